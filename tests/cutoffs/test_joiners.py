"""Who joined since the ballot was announced: in or out, each with its reason."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from app.ballots.freeze import freeze_roll
from app.ballots.service import create_ballot, get_ballot
from app.cutoffs.service import joiners
from app.roll.models import Member
from tests.conftest import NOW
from tests.support.ballots import HQ, add_members, ballot_in
from tests.support.changes import exclude, supplement
from tests.support.drafts import given_draft

ANNOUNCED = date(2026, 11, 2)
CUT_OFF_DAY = date(2026, 11, 20)


@pytest.fixture
def draft(database):
    with database.writing() as session:
        ballot = create_ballot(
            session,
            ballot_in(
                announced_on=ANNOUNCED,
                cut_off_at=datetime(2026, 11, 20, 17, 0, tzinfo=UTC),
                opens_at=datetime(2026, 11, 30, 9, 0, tzinfo=UTC),
                closes_at=datetime(2026, 12, 14, 9, 0, tzinfo=UTC),
                constituency={"categories": ["full"]},
            ),
            staff=HQ,
            now=NOW,
        )
        return ballot.slug


def freeze(database):
    with database.writing() as session:
        freeze_roll(session, get_ballot(session, "pay-2026"), staff=HQ, now=NOW)


def found(database, *, branch="Leeds", now=NOW):
    with database.reading() as session:
        return joiners(session, get_ballot(session, "pay-2026"), branch=branch, now=now)


def change(database, number, **facts):
    with database.writing() as session:
        member = session.exec(select(Member).where(Member.membership_number == number)).one()
        for name, value in facts.items():
            setattr(member, name, value)


@pytest.mark.parametrize(
    ("joined_on", "listed", "is_in"),
    [
        pytest.param(date(2026, 11, 1), False, None, id="the day before the announcement"),
        pytest.param(ANNOUNCED, True, True, id="the day of the announcement"),
        pytest.param(date(2026, 11, 19), True, True, id="the day before the cut-off"),
        pytest.param(CUT_OFF_DAY, True, True, id="the day of the cut-off"),
        pytest.param(date(2026, 11, 21), True, False, id="the day after the cut-off"),
    ],
)
def test_joiners_are_in_up_to_the_cut_off_and_the_freeze_agrees(
    database, draft, joined_on, listed, is_in
):
    add_members(database, 1, joined_on=joined_on)
    add_members(database, 3, branch="York")
    before = found(database)
    assert [each.is_in for each in before.members] == ([is_in] if listed else [])
    freeze(database)
    after = found(database)
    assert [each.is_in for each in after.members] == [each.is_in for each in before.members]


def test_a_joiner_is_named_with_number_day_and_reason(database, draft):
    add_members(database, 1, joined_on=date(2026, 11, 9))
    [joiner] = found(database).members
    assert (joiner.name, joiner.membership_number) == ("Invented Member 1", "LEE0001")
    assert (joiner.branch, joiner.joined_on) == ("Leeds", date(2026, 11, 9))
    assert joiner.reason == (
        "Joined on 9 November 2026, in time: the last day to join and vote was 20 November 2026."
    )


def test_before_the_cut_off_the_reason_speaks_of_a_day_to_come(database, draft):
    add_members(database, 1, joined_on=date(2026, 11, 9))
    [joiner] = found(database, now=datetime(2026, 11, 20, 23, 0, tzinfo=UTC)).members
    assert joiner.reason.endswith("the last day to join and vote is 20 November 2026.")


def test_who_is_out_is_told_why(database, draft):
    add_members(database, 1, joined_on=date(2026, 11, 21))
    add_members(database, 1, branch="York", joined_on=date(2026, 11, 9), category="student")
    late = found(database)
    student = found(database, branch="York")
    assert late.members[0].reason == (
        "Joined on 21 November 2026; the last day to join and vote in this ballot was "
        "20 November 2026."
    )
    assert student.members[0].reason == (
        "The membership category is student; this ballot is put to full."
    )
    assert (late.in_count, late.out_count, late.since) == (0, 1, ANNOUNCED)


def test_a_branch_lists_its_own_joiners_and_headquarters_all(database, draft):
    add_members(database, 2, joined_on=date(2026, 11, 9))
    add_members(database, 1, branch="York", joined_on=date(2026, 11, 25))
    assert (found(database).in_count, found(database).out_count) == (2, 0)
    everyone = found(database, branch=None)
    assert (everyone.in_count, everyone.out_count) == (2, 1)
    # The latest first.
    assert [each.branch for each in everyone.members] == ["York", "Leeds", "Leeds"]


def test_after_the_freeze_the_frozen_roll_decides(database, draft):
    add_members(database, 2, joined_on=date(2026, 11, 9))
    freeze(database)
    # One changes category afterwards and keeps the vote; one comes to the roll too late for it.
    change(database, "LEE0001", category="retired")
    add_members(database, 1, branch="Lewes", joined_on=date(2026, 11, 9))
    kept, other = sorted(found(database).members, key=lambda each: each.membership_number)
    [missed] = found(database, branch="Lewes").members
    assert kept.is_in
    assert other.is_in
    assert kept.reason.endswith("On the frozen roll of this ballot.")
    assert not missed.is_in
    assert missed.reason == (
        "Joined in time, but is not on the roll of this ballot, which was frozen on "
        "21 November 2026. Headquarters can add them: tell them."
    )


def test_who_is_on_the_roll_of_another_ballot_alone_is_out_of_this_one(database, draft):
    add_members(database, 1)
    freeze(database)
    add_members(database, 1, branch="Lewes", joined_on=date(2026, 11, 9))
    given_draft(database, slug="hours-2026")
    with database.writing() as session:
        freeze_roll(session, get_ballot(session, "hours-2026"), staff=HQ, now=NOW)
    assert [each.is_in for each in found(database, branch="Lewes").members] == [False]


def test_who_was_taken_off_the_frozen_roll_is_out(database, draft):
    add_members(database, 2, joined_on=date(2026, 11, 9))
    freeze(database)
    exclude(database, "LEE0001")
    answers = {each.membership_number: each.is_in for each in found(database).members}
    assert answers == {"LEE0001": False, "LEE0002": True}


def test_who_comes_in_by_a_supplement_is_in(database, draft):
    add_members(database, 1)
    freeze(database)
    add_members(database, 1, branch="Lewes", joined_on=date(2026, 11, 9))
    assert not found(database, branch="Lewes").members[0].is_in
    supplement(database)
    assert found(database, branch="Lewes").members[0].is_in


@pytest.mark.parametrize(
    ("facts", "day_needed"),
    [
        pytest.param({"joined_on": date(2026, 11, 20)}, None, id="in, on the last day"),
        pytest.param({"joined_on": date(2026, 11, 21)}, CUT_OFF_DAY, id="one day late"),
        pytest.param(
            {"joined_on": date(2026, 11, 21), "category": "student"},
            None,
            id="late, and no day would have helped",
        ),
    ],
)
def test_who_is_too_late_is_told_the_day_they_would_have_needed(database, draft, facts, day_needed):
    add_members(database, 1, **facts)
    add_members(database, 3, branch="York")
    [joiner] = found(database).members
    assert joiner.day_needed == day_needed
    freeze(database)
    [joiner] = found(database).members
    assert joiner.day_needed == day_needed


def test_a_day_of_joining_put_right_after_the_freeze_takes_nobodys_vote(database, draft):
    add_members(database, 1, joined_on=date(2026, 10, 30))
    freeze(database)
    change(database, "LEE0001", joined_on=date(2026, 11, 4))
    [joiner] = found(database).members
    assert joiner.is_in
