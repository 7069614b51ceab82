"""`GET /api/v1/ballots/{slug}/turnout/history`: for headquarters, whole ballot, by the hour."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import select

from app.audit.service import COMMAND_LINE
from app.ballots.service import get_ballot
from app.security.models import Role
from app.turnout.course_files import supply
from app.turnout.history import earlier_courses, record_of
from app.turnout.models import TurnoutHour
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token, move_window
from tests.support.courses import course, keep_total
from tests.support.turnout import set_votes

HISTORY = "/api/v1/ballots/pay-2026/turnout/history"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEMBERS = 400


@pytest.fixture
def ballot(database, settings):
    add_members(database, MEMBERS)
    return given_ballot(database, settings, kind="industrial_action")


def vote_for_days(database, ballot, *, days, a_day):
    """Let so many vote a day, and keep the hour at each noon and midnight."""
    for half in range(1, 2 * days + 1):
        keep_total(database, ballot.id, a_day * half // 2, now=NOW + half * DAY / 2)


def supply_nine(database, *, final=0.5):
    """Nine earlier ballots whose votes came evenly."""
    with database.writing() as session:
        for number in range(9):
            each = course(
                *((24 * day, 100 * day) for day in range(1, 10)),
                entitled=2000,
                votes_cast=round(2000 * final) + number,
                is_over=True,
                name=f"Ballot {number}",
            )
            earlier = NOW - (30 + number) * DAY - each.closes_at
            moved = type(each)(
                each.name,
                opens_at=each.opens_at + earlier,
                closes_at=each.closes_at + earlier,
                entitled=each.entitled,
                points=tuple(
                    type(point)(point.at + earlier, point.votes_cast) for point in each.points
                ),
                votes_cast=each.votes_cast,
                is_over=True,
            )
            supply(session, moved, actor=COMMAND_LINE, now=NOW)


def test_headquarters_sees_the_steps_the_pace_and_what_is_missing(client, database, ballot, hq):
    keep_total(database, ballot.id, 30, now=NOW)
    keep_total(database, ballot.id, 42, now=NOW + HOUR)
    keep_total(database, ballot.id, 60, now=NOW + 2 * HOUR)
    client.app.state.clock.now = NOW + 2 * HOUR + timedelta(minutes=20)
    set_votes(database, ballot.id, Leeds=66)
    response = client.get(HISTORY, token=hq)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    found = response.json()
    assert found["course"]["votes_cast"] == 66
    assert found["course"]["points"] == [
        {"at": "2026-11-21T12:00:00Z", "votes_cast": 30, "turnout_percent": "7.50"},
        {"at": "2026-11-21T13:00:00Z", "votes_cast": 42, "turnout_percent": "10.50"},
        {"at": "2026-11-21T14:00:00Z", "votes_cast": 60, "turnout_percent": "15.00"},
    ]
    assert found["required_votes"] == 200
    assert found["today"] == {"since": "2026-11-21T11:00:00Z", "until": None, "votes": 66}
    assert found["last_hour"]["votes"] == 18
    # 134 votes in 6 days, 21 hours and 40 minutes.
    assert found["pace"] == {"needed": 20, "now": None, "now_since": None}
    assert found["forecast"] is None
    assert found["no_forecast"] == {"time": True, "share": True, "votes": True}
    assert found["record"] == {"ballots": 0, "forecasts": 0, "held": 0}
    assert found["earlier"] == []


@pytest.mark.parametrize("role", [Role.BRANCH, Role.SCRUTINEER])
def test_nobody_else_sees_it(client, database, settings, ballot, role):
    branch = "Leeds" if role is Role.BRANCH else None
    token = given_token(database, settings, name="other", role=role, branch=branch)
    assert client.get(HISTORY, token=token).status_code == 403
    assert client.get(HISTORY).status_code == 401


def test_a_draft_has_no_history(client, database, hq, ballot):
    with database.writing() as session:
        get_ballot(session, "pay-2026").frozen_at = None
    assert client.get(HISTORY, token=hq).json()["code"] == "roll_not_frozen"


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    hours=st.lists(st.integers(0, 9), min_size=1, max_size=12),
    late=st.lists(st.integers(0, 6), min_size=1, max_size=3),
)
def test_whoever_asks_at_any_moment_learns_of_no_fewer_votes_than_the_floor(
    client, database, ballot, hq, hours, late
):
    with database.writing() as session:
        session.execute(delete(TurnoutHour))
    total, ever = 0, {0}
    for hour, votes in enumerate(hours):
        total += votes
        client.app.state.clock.now = NOW + hour * HOUR
        keep_total(database, ballot.id, total, now=NOW + hour * HOUR)
        for more in late:
            total += more
            set_votes(database, ballot.id, Leeds=total)
            found = client.get(HISTORY, token=hq).json()
            points = [point["votes_cast"] for point in found["course"]["points"]]
            known = [0, *points, *([total] if points else [])]
            assert all(after - before >= 5 for before, after in pairwise(known))
            for part in ("today", "last_hour"):
                votes_since = found[part]["votes"]
                assert votes_since is None or votes_since >= 5
                # Nor does a difference with the total make a number that was not there.
                if part == "today" and votes_since is not None:
                    assert total - votes_since in known
            ever.update(points)
    assert all(after - before >= 5 for before, after in pairwise(sorted(ever)))
    with database.reading() as session:
        kept = [0, *session.exec(select(TurnoutHour.votes_cast).order_by(TurnoutHour.hour))]
    assert all(after - before >= 5 for before, after in pairwise(kept))


def test_a_forecast_is_made_with_the_step_and_kept(client, database, ballot, hq):
    supply_nine(database)
    vote_for_days(database, ballot, days=4, a_day=30)
    set_votes(database, ballot.id, Leeds=126)
    client.app.state.clock.now = NOW + 4 * DAY + HOUR
    found = client.get(HISTORY, token=hq).json()
    forecast = found["forecast"]
    assert forecast["made_at"] == "2026-11-25T12:00:00Z"
    assert (forecast["earlier_ballots"], forecast["simulated"]) == (9, False)
    assert 120 < forecast["low"] <= forecast["high"] < 300
    assert found["no_forecast"] is None
    assert len(found["earlier"]) == 6
    assert found["earlier"][0]["name"] == "Ballot 0"
    # 30 a day, as it has been all along, and six more since noon.
    assert found["pace"]["now"] == 34


def test_a_ballot_that_was_open_before_there_were_forecasts_has_none(client, database, ballot, hq):
    vote_for_days(database, ballot, days=4, a_day=30)
    with database.writing() as session:
        for row in session.exec(select(TurnoutHour)):
            row.forecast_low = row.forecast_high = row.forecast_ballots = None
    set_votes(database, ballot.id, Leeds=126)
    client.app.state.clock.now = NOW + 4 * DAY + HOUR
    found = client.get(HISTORY, token=hq).json()
    assert (found["forecast"], found["no_forecast"]) == (None, None)


def test_a_ballot_that_is_over_is_compared_with_and_judged(database, settings, ballot):
    vote_for_days(database, ballot, days=6, a_day=30)
    keep_total(database, ballot.id, 190, now=NOW + 6.5 * DAY)
    set_votes(database, ballot.id, Leeds=200)
    after = NOW + 8 * DAY
    later = given_ballot(database, settings, slug="next", now=after, title="Next", opens_at=after)
    with database.reading() as session:
        [found] = earlier_courses(session, get_ballot(session, later.slug), now=after)
        record = record_of(session, now=after)
    assert (found.name, found.votes_cast, found.entitled) == ("Pay offer 2026", 200, MEMBERS)
    # From the evening of the fourth day on there were a hundred votes.
    assert record.ballots == 1
    assert record.forecasts == 4
    assert record.held == 4


def test_no_ballot_is_compared_with_itself_or_with_a_later_one(database, settings, ballot):
    later = given_ballot(database, settings, slug="next", now=NOW, title="Next")
    move_window(database, later.id, closes_at=NOW + 7 * DAY + HOUR)
    for each in (ballot, later):
        set_votes(database, each.id, Leeds=0)
    for half in range(1, 14):
        for each in (ballot, later):
            keep_total(database, each.id, 15 * half, now=NOW + half * DAY / 2)
    for each in (ballot, later):
        set_votes(database, each.id, Leeds=210)
    with database.reading() as session:
        first, second = (get_ballot(session, each.slug) for each in (ballot, later))
        assert earlier_courses(session, first, now=NOW + 20 * DAY) == ()
        found = earlier_courses(session, second, now=NOW + 20 * DAY)
    assert [course.name for course in found] == ["Pay offer 2026"]


def test_of_a_day_the_last_forecast_counts_for_the_record(database, ballot):
    vote_for_days(database, ballot, days=4, a_day=30)
    keep_total(database, ballot.id, 140, now=NOW + 4 * DAY + HOUR)
    move_window(database, ballot.id, closes_at=NOW + 5 * DAY)
    with database.reading() as session:
        assert record_of(session, now=NOW + 6 * DAY).forecasts == 1
        assert record_of(session, now=NOW + 4 * DAY + 2 * HOUR).forecasts == 0
