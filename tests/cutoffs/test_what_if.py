"""A cut-off moved in thought: who would come in or drop out, and in which branches."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from app.ballots.service import get_ballot
from app.cutoffs.what_if import can_move, what_if_each
from app.roll.models import Member
from app.security.models import Role
from tests.support.ballots import add_members, given_token
from tests.support.drafts import given_draft
from tests.support.turnout import unsaved_ballot

WHAT_IF = "/api/v1/ballots/pay-2026/cut-off/what-if"
DAY = date(2026, 11, 20)


@pytest.fixture
def draft(database):
    """The cut-off is on Friday 20 November. Invented: who joined around it, in three branches."""
    add_members(database, 3, branch="York", joined_on=date(2026, 11, 20))
    add_members(database, 2, branch="Leeds", joined_on=date(2026, 11, 21))
    add_members(database, 4, branch="Hull", joined_on=date(2026, 11, 22))
    add_members(database, 1, branch="Goole", joined_on=date(2026, 11, 21), category="student")
    # One of each of two branches is unlike the others there, and is counted with them.
    with database.writing() as session:
        unlike = ["YOR0001", "LEE0001"]
        for member in session.exec(select(Member).where(Member.membership_number.in_(unlike))):
            member.region = "South"
    return given_draft(
        database,
        cut_off_at=datetime(2026, 11, 20, 17, 0, tzinfo=UTC),
        opens_at=datetime(2026, 11, 30, 9, 0, tzinfo=UTC),
        closes_at=datetime(2026, 12, 14, 9, 0, tzinfo=UTC),
        constituency={"categories": ["full"]},
    )


@pytest.mark.parametrize(
    ("days", "cut_off_day", "branches"),
    [
        pytest.param(0, "2026-11-20", {}, id="the same day changes nothing"),
        pytest.param(1, "2026-11-21", {"Leeds": (2, 0)}, id="one day later"),
        pytest.param(
            2, "2026-11-22", {"Hull": (4, 0), "Leeds": (2, 0)}, id="two days: the day is in time"
        ),
        pytest.param(-1, "2026-11-19", {"York": (0, 3)}, id="a day earlier leaves some out"),
        pytest.param(-2, "2026-11-18", {"York": (0, 3)}, id="two days earlier, nobody more"),
    ],
)
def test_a_moved_cut_off_lets_in_or_leaves_out(client, draft, hq, days, cut_off_day, branches):
    answer = client.get(WHAT_IF, token=hq, params={"days": days})
    assert answer.status_code == 200
    assert answer.json() == {
        "ballot": "pay-2026",
        "days": days,
        "cut_off_day": cut_off_day,
        "added": sum(added for added, _ in branches.values()),
        "removed": sum(removed for _, removed in branches.values()),
        "branches": [
            {"branch": name, "added": added, "removed": removed}
            for name, (added, removed) in branches.items()
        ],
    }


def test_a_cut_off_after_the_close_is_refused_in_words(client, draft, hq):
    assert client.get(WHAT_IF, token=hq, params={"days": 23}).status_code == 200
    answer = client.get(WHAT_IF, token=hq, params={"days": 24})
    assert (answer.status_code, answer.json()["code"]) == (422, "cut_off_after_the_close")
    assert "after the close of voting" in answer.json()["detail"]


def test_a_cut_off_may_be_moved_as_far_as_the_close_itself():
    ballot = unsaved_ballot()
    ballot.closes_at = ballot.cut_off_at + timedelta(days=3)
    assert [can_move(ballot, days=days) for days in (2, 3, 4)] == [True, True, False]


def test_a_branch_asks_about_its_own_members_alone(database, draft):
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        answers = what_if_each(session, ballot, days=(1, 2, -1), branch="Leeds")
    assert [[(each.branch, each.added, each.removed) for each in a.branches] for a in answers] == [
        [("Leeds", 2, 0)],
        [("Leeds", 2, 0)],
        [],
    ]


def test_several_moves_are_answered_together_and_none_is_no_question(database, draft):
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        answers = what_if_each(session, ballot, days=(-1, 0, 2))
        assert what_if_each(session, ballot, days=()) == []
    assert [(each.days, each.added, each.removed) for each in answers] == [
        (-1, 0, 3),
        (0, 0, 0),
        (2, 6, 0),
    ]


@pytest.mark.parametrize("days", ["", "two", "1.5", "61", "-61", "1e9", None])
def test_what_is_no_number_of_days_is_refused(client, draft, hq, days):
    params = {} if days is None else {"days": days}
    assert client.get(WHAT_IF, token=hq, params=params).status_code == 422


def test_it_is_for_headquarters_alone(client, database, settings, draft):
    for name, role, branch in (("bo", Role.BRANCH, "Leeds"), ("sam", Role.SCRUTINEER, None)):
        token = given_token(database, settings, name=name, role=role, branch=branch)
        assert client.get(WHAT_IF, token=token, params={"days": 1}).status_code == 403
    assert client.get(WHAT_IF, params={"days": 1}).status_code == 401


def test_a_ballot_that_is_not_there_is_said_so(client, hq):
    assert client.get(WHAT_IF, token=hq, params={"days": 1}).status_code == 404
