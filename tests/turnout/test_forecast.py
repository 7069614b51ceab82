"""The forecast: silent without evidence, wide where it must be, and right four times in five."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.turnout.course import Point
from app.turnout.forecast import (
    ENOUGH_BALLOTS,
    Forecast,
    Wanting,
    _interval,
    evidence_for,
    forecast_of,
)
from app.turnout.simulated import another, draw_course, draw_habits, simulated_family
from tests.support.courses import at_hour, course

DAYS = 10


def one_of(number, *, turnout=0.4, days=DAYS):
    """An earlier ballot of 10,000 whose votes came evenly."""
    final = round(10_000 * turnout) + 7 * number
    return course(
        *((24 * day, round(final * day / days)) for day in range(1, days)),
        days=days,
        entitled=10_000,
        votes_cast=final,
        is_over=True,
        name=f"Ballot {number}",
    )


NINE = [one_of(number) for number in range(ENOUGH_BALLOTS)]


def running(votes, *, entitled=10_000, days=DAYS):
    return course((24, votes), days=days, entitled=entitled, votes_cast=votes)


@pytest.mark.parametrize(
    ("hours", "votes", "days", "wanting"),
    [
        pytest.param(48, 100, 10, None, id="two days, a fifth of the window, a hundred votes"),
        pytest.param(47, 100, 10, Wanting(True, False, False), id="not two days"),
        pytest.param(48, 99, 10, Wanting(False, False, True), id="one vote too few"),
        pytest.param(48, 100, 14, Wanting(False, True, False), id="a seventh of the window"),
        pytest.param(50.4, 100, 14, None, id="15 % of the window"),
        pytest.param(1, 3, 14, Wanting(True, True, True), id="nothing yet"),
    ],
)
def test_it_is_silent_before_there_is_evidence(hours, votes, days, wanting):
    at = Point(at_hour(hours), votes_cast=votes)
    found = running(votes, days=days)
    assert evidence_for(found, at=at) == wanting
    if wanting is not None:
        assert forecast_of(found, at=at, earlier=NINE) == wanting
    else:
        assert isinstance(forecast_of(found, at=at, earlier=NINE), Forecast)


def test_nine_ballots_that_went_alike_say_that_the_tenth_will():
    at = Point(at_hour(24 * 5), votes_cast=2000)
    found = forecast_of(running(2000), at=at, earlier=NINE)
    assert found.ballots == ENOUGH_BALLOTS
    assert not found.is_simulated
    # From 20 to 40 % in log-odds: each ballot goes on in nearly the same way.
    assert 3950 < found.low <= found.high < 4050


def test_the_interval_reaches_as_far_as_the_outermost_of_nine():
    odd = one_of(1, turnout=0.55)
    late = replace(
        odd, points=tuple(replace(each, votes_cast=each.votes_cast // 2) for each in odd.points)
    )
    at = Point(at_hour(24 * 5), votes_cast=2000)
    wide = forecast_of(running(2000), at=at, earlier=[*NINE[:8], late])
    assert wide.high > 5500
    assert wide.low < 4050


@pytest.mark.parametrize(
    ("gains", "ends"),
    [
        pytest.param(range(1, 10), (1, 9), id="of nine the outermost"),
        pytest.param(range(1, 20), (2, 18), id="of nineteen the second on either side"),
        pytest.param(range(1, 15), (1.5, 13.5), id="of fourteen half way between two"),
    ],
)
def test_a_tenth_of_the_gaps_lies_outside_on_either_side(gains, ends):
    assert _interval(list(gains)) == pytest.approx(ends)


@pytest.mark.parametrize("number", [0, 2, 3, 8])
def test_with_too_few_ballots_it_says_that_it_is_simulated(number):
    at = Point(at_hour(24 * 5), votes_cast=2000)
    found = forecast_of(running(2000), at=at, earlier=NINE[:number])
    assert found.is_simulated
    assert found.ballots == (number if number >= 3 else 0)


def test_each_earlier_ballot_narrows_what_the_simulated_ones_say():
    at = Point(at_hour(24 * 5), votes_cast=2000)
    widths = []
    for number in (0, 3, 6, 9):
        found = forecast_of(running(2000), at=at, earlier=NINE[:number])
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 3 * widths[-1]


def test_ballots_that_say_too_little_are_left_out():
    gap = replace(NINE[0], points=NINE[0].points[:3])
    small = course(*((24 * day, 5 * day) for day in range(1, DAYS)), votes_cast=60, is_over=True)
    still_running = replace(NINE[0], is_over=False)
    at = Point(at_hour(24 * 5), votes_cast=2000)
    found = forecast_of(running(2000), at=at, earlier=[*NINE, gap, small, still_running])
    assert found.ballots == ENOUGH_BALLOTS


def test_it_never_leaves_the_votes_there_are_and_the_people_there_are():
    full = running(9990)
    found = forecast_of(full, at=Point(at_hour(24 * 9), votes_cast=9990), earlier=[])
    assert 9990 <= found.low <= found.high <= 10_000
    everybody = Point(at_hour(24 * 9), votes_cast=10_000)
    found = forecast_of(running(10_000), at=everybody, earlier=[])
    assert (found.low, found.high) == (10_000, 10_000)


def test_the_simulated_courses_are_always_the_same_and_all_possible():
    family = simulated_family()
    simulated_family.cache_clear()
    assert simulated_family() == family
    for each in family:
        assert each.is_comparable
        assert each.votes_cast <= each.entitled
        votes = [point.votes_cast for point in each.line]
        assert votes == sorted(votes)
        assert all(one.at < other.at for one, other in zip(each.line, each.line[1:], strict=False))


def test_ballots_of_one_union_are_more_alike_than_those_of_all():
    random = Random(5)  # noqa: S311 - invented on purpose
    habits = draw_habits(random)
    own = [draw_course(random, habits=another(habits, random=random)) for _ in range(40)]
    half_way = sorted(each.votes_at(0.5) / each.votes_cast for each in own)
    others = sorted(each.votes_at(0.5) / each.votes_cast for each in simulated_family())
    assert half_way[-5] - half_way[4] < others[-40] - others[39]


def test_the_window_of_a_simulated_ballot_is_open_for_days():
    assert all(timedelta(days=4) < each.window < timedelta(days=70) for each in simulated_family())
