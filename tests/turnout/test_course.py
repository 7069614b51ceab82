"""The course of turnout: what is shown of it, what follows from it, and what it never tells."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.turnout.course import (
    Point,
    Since,
    comparable,
    full_hour,
    pace_of,
    steps_of,
    turnout_of,
    votes_last_hour,
    votes_today,
)
from tests.support.courses import OPENED_AT, at_hour, course

HOURLY = st.lists(st.integers(0, 12), min_size=1, max_size=60)


def totals_of(hourly):
    """The total at each full hour, as points."""
    cast, points = 0, []
    for hour, votes in enumerate(hourly, 1):
        cast += votes
        points.append(Point(at_hour(hour), votes_cast=cast))
    return points


@given(hourly=HOURLY, floor=st.integers(1, 9), later=st.integers(0, 15))
def test_no_two_numbers_shown_together_are_fewer_votes_apart_than_the_floor(hourly, floor, later):
    kept = totals_of(hourly)
    total = kept[-1].votes_cast + later
    shown = steps_of(kept, votes_cast=total, floor=floor)
    numbers = [0, *(point.votes_cast for point in shown), *([total] if shown else [])]
    assert all(after - before >= floor for before, after in pairwise(numbers))


@given(hourly=HOURLY, floor=st.integers(1, 9))
def test_all_that_was_ever_shown_of_the_past_tells_of_no_fewer_votes_either(hourly, floor):
    kept = totals_of(hourly)
    ever = {0}
    for number in range(1, len(kept) + 1):
        for total in range(kept[number - 1].votes_cast, kept[-1].votes_cast + 1):
            shown = steps_of(kept[:number], votes_cast=total, floor=floor)
            ever.update(point.votes_cast for point in shown)
    assert all(after - before >= floor for before, after in pairwise(sorted(ever)))


@given(hourly=HOURLY, floor=st.integers(1, 9), later=st.integers(0, 15))
def test_votes_of_late_are_the_floor_or_more_or_nothing(hourly, floor, later):
    kept = totals_of(hourly)
    total = kept[-1].votes_cast + later
    found = course(
        *((number, point.votes_cast) for number, point in enumerate(kept, 1)),
        votes_cast=total,
        floor=floor,
    )
    now = kept[-1].at + timedelta(minutes=30)
    for since in (votes_today(found, floor=floor, now=now), votes_last_hour(found, now=now)):
        assert since.votes is None or since.votes >= floor
    # Nor does what they are reckoned from lie between two numbers that are shown.
    shown = {OPENED_AT, *(point.at for point in found.points)}
    assert votes_today(found, floor=floor, now=now).since in shown


def test_hours_are_put_together_until_enough_votes_have_come():
    kept = totals_of([3, 1, 2, 9, 0, 4, 30])
    assert [(point.at, point.votes_cast) for point in steps_of(kept, votes_cast=60, floor=5)] == [
        (at_hour(3), 6),
        (at_hour(4), 15),
        (at_hour(7), 49),
    ]


def test_a_step_is_shown_only_once_as_many_have_voted_after_it():
    kept = totals_of([8])
    assert steps_of(kept, votes_cast=12, floor=5) == ()
    assert steps_of(kept, votes_cast=13, floor=5) == tuple(kept)


def test_full_hours_are_full_hours_in_london_too():
    assert full_hour(datetime(2026, 7, 1, 13, 59, 59, tzinfo=UTC)) == datetime(
        2026, 7, 1, 13, tzinfo=UTC
    )


def test_votes_today_are_those_since_midnight_in_london():
    # Opened at nine: fifteen hours later it is midnight.
    found = course((14, 380), (15, 400), (16, 410), (24, 600), votes_cast=640)
    assert votes_today(found, floor=5, now=at_hour(25)) == Since(at_hour(15), None, votes=240)


def test_where_midnight_is_no_step_votes_are_given_since_the_step_before_it():
    found = course((13, 380), (24, 600), votes_cast=640)
    assert votes_today(found, floor=5, now=at_hour(25)) == Since(at_hour(13), None, votes=260)


def test_on_the_first_day_votes_today_are_all_votes():
    found = course((1, 50), votes_cast=70)
    assert votes_today(found, floor=5, now=at_hour(2)) == Since(OPENED_AT, None, votes=70)


def test_in_summer_midnight_is_an_hour_earlier_in_utc():
    opened = datetime(2026, 7, 6, 8, tzinfo=UTC)
    found = course((1, 10))
    moved = type(found)(
        found.name,
        opens_at=opened,
        closes_at=opened + timedelta(days=5),
        entitled=100,
        points=(Point(datetime(2026, 7, 6, 23, tzinfo=UTC), votes_cast=40),),
        votes_cast=60,
        is_over=False,
    )
    now = datetime(2026, 7, 7, 9, tzinfo=UTC)
    assert votes_today(moved, floor=5, now=now).votes == 20


def test_votes_of_the_last_hour_are_those_between_its_two_full_hours():
    found = course((4, 100), (5, 137), votes_cast=150)
    now = at_hour(5.7)
    assert votes_last_hour(found, now=now) == Since(at_hour(4), at_hour(5), votes=37)


def test_the_last_hour_is_withheld_where_it_is_part_of_a_longer_step():
    found = course((3, 100), (5, 137), votes_cast=150)
    assert votes_last_hour(found, now=at_hour(5.7)).votes is None


@pytest.mark.parametrize(
    ("required", "hours", "needed"),
    [
        pytest.param(2500, 24 * 5, 300, id="1,500 in five days"),
        pytest.param(2501, 24 * 5, 301, id="one more is rounded up"),
        pytest.param(2500, 24 * 9 + 18, 1500, id="in the last day all of them"),
        pytest.param(1000, 24 * 5, None, id="met"),
        pytest.param(None, 24 * 5, None, id="no threshold"),
        pytest.param(2500, 24 * 10, None, id="over"),
    ],
)
def test_the_pace_that_is_needed_spreads_what_is_missing_over_the_days_left(
    required, hours, needed
):
    found = course((24 * 4, 900), votes_cast=1000)
    assert pace_of(found, required_votes=required, now=at_hour(hours)).needed == needed


def test_the_pace_there_is_is_reckoned_over_the_last_day_or_a_little_more():
    found = course((10, 500), (22, 700), (40, 900), votes_cast=1000)
    pace = pace_of(found, required_votes=None, now=at_hour(50))
    # 300 votes since hour 22, in 28 hours.
    assert (pace.now, pace.now_since) == (257, at_hour(22))


def test_in_the_first_day_there_is_no_pace_yet():
    found = course((10, 500), votes_cast=600)
    assert pace_of(found, required_votes=None, now=at_hour(23)).now is None


def test_between_two_steps_votes_are_taken_to_come_evenly():
    found = course((24, 100), (72, 300), days=10, votes_cast=400, is_over=True)
    assert found.votes_at(0.0) == 0
    assert found.votes_at(0.1) == 100
    assert found.votes_at(0.2) == 200
    assert found.votes_at(1.0) == 400


def test_a_course_with_a_long_gap_is_not_compared_with():
    whole = [(12 * number, 50 * number) for number in range(1, 20)]
    known = course(*whole, is_over=True)
    gap = course(*(each for each in whole if not 60 < each[0] < 110), is_over=True)
    running = course(*whole)
    assert comparable([running, gap, known]) == (known,)


def test_one_vote_short_of_half_never_shows_as_half():
    assert turnout_of(27_215, course=course(entitled=54_432)) == "49.99"
