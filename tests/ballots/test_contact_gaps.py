"""Members to ask: who cannot be reached, who is reached at work alone, what is missing."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.ballots.contact_gaps import (
    BranchGaps,
    gaps_by_branch,
    gaps_of_branch,
    unreachable_on_roll,
)
from app.ballots.freeze import freeze_roll
from app.ballots.models import RollEntry
from app.ballots.repository import cells_of
from app.ballots.service import get_ballot
from app.roll.repository import find_member
from tests.conftest import NOW
from tests.support.ballots import HQ, add_members
from tests.support.changes import supplement
from tests.support.drafts import given_draft

WORK = ("justice.gov.uk",)


@pytest.fixture
def draft(database):
    """Invented: 6 in Leeds of whom 3 are fine, and York, where one is late and so not entitled."""
    add_members(database, 3, mobile="07700 900123")
    add_members(database, 1, branch="Lewes")
    move(database, "LEW0001", branch="Leeds", email="", family_name="Unreached")
    add_members(database, 1, branch="Ledbury")
    move(database, "LED0001", branch="Leeds", email="b@hq.justice.gov.uk", family_name="At Work")
    add_members(database, 1, branch="Leigh")
    move(database, "LEI0001", branch="Leeds", workplace="", family_name="Unplaced")
    add_members(database, 2, branch="York", mobile="07700 900124")
    move(database, "YOR0001", email="", mobile="", joined_on=NOW.date() + timedelta(days=9))
    move(database, "YOR0002", email="c@justice.gov.uk")
    return given_draft(
        database, opens_at=NOW + timedelta(days=5), cut_off_at=NOW + timedelta(days=3)
    )


def move(database, number, **facts):
    with database.writing() as session:
        member = find_member(session, number)
        for name, value in facts.items():
            setattr(member, name, value)


def gaps(database, branch="Leeds", *, work_domains=WORK):
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        return gaps_of_branch(session, ballot, branch=branch, work_domains=work_domains)


def by_branch(database, *, work_domains=WORK):
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        return gaps_by_branch(session, ballot, work_domains=work_domains)


def freeze(database):
    with database.writing() as session:
        freeze_roll(session, get_ballot(session, "pay-2026"), staff=HQ, now=NOW)


def names(members):
    return [member.membership_number for member in members]


def test_each_is_on_the_lists_they_belong_to(database, draft):
    found = gaps(database)
    assert found.entitled == 6
    assert names(found.unreachable) == ["LEW0001"]
    assert names(found.at_work) == ["LED0001"]
    assert [(each.name, each.missing) for each in found.incomplete] == [
        ("Invented At Work", ("mobile number",)),
        ("Invented Unplaced", ("mobile number", "workplace")),
        ("Invented Unreached", ("e-mail address", "mobile number")),
    ]


def test_nobody_lacks_what_nobody_has(database, draft):
    # The union of this test keeps no postal addresses, until the first member has one.
    assert not any("postal address" in each.missing for each in gaps(database).incomplete)
    move(database, "LEE0001", address="1 Invented Street")
    incomplete = gaps(database).incomplete
    assert len(incomplete) == 5
    assert all("postal address" in each.missing for each in incomplete)


def test_who_is_not_entitled_is_not_asked(database, draft):
    found = gaps(database, "york")
    assert (found.entitled, found.unreachable, names(found.at_work)) == (1, (), ["YOR0002"])


def test_headquarters_sees_how_many_in_which_branches(database, draft):
    expected = [
        BranchGaps("Leeds", unreachable=1, at_work=1),
        BranchGaps("York", unreachable=0, at_work=1),
    ]
    assert by_branch(database) == expected
    freeze(database)
    assert by_branch(database) == expected
    assert by_branch(database, work_domains=()) == [BranchGaps("Leeds", unreachable=1, at_work=0)]


def test_after_the_freeze_it_is_those_on_the_frozen_roll_with_their_details_of_today(
    database, draft
):
    freeze(database)
    move(database, "LEW0001", mobile="07700 900125")
    move(database, "LED0001", category="retired")
    add_members(database, 1, branch="Lech")
    move(database, "LEC0001", branch="Leeds", email="")
    found = gaps(database)
    assert found.entitled == 6
    assert found.unreachable == ()
    assert names(found.at_work) == ["LED0001"]


def test_an_entry_taken_off_the_roll_is_not_asked(database, draft):
    freeze(database)
    with database.writing() as session:
        entry = session.exec(
            select(RollEntry).where(RollEntry.membership_number == "LEW0001")
        ).one()
        entry.on_roll = False
    assert gaps(database).entitled == 5
    assert by_branch(database) == [
        BranchGaps("Leeds", unreachable=0, at_work=1),
        BranchGaps("York", unreachable=0, at_work=1),
    ]


def test_who_can_be_reached_is_fixed_on_coming_onto_the_roll(database, draft):
    freeze(database)
    with database.reading() as session:
        assert unreachable_on_roll(session, get_ballot(session, "pay-2026")) == 1
    # A gap that is mended, and one that opens, change nothing; a supplement brings its own.
    move(database, "LEW0001", mobile="07700 900125")
    move(database, "LEE0001", email="", mobile="")
    add_members(database, 2, branch="Hull", email="")
    move(database, "HUL0002", mobile="07700 900126")
    supplement(database)
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        assert unreachable_on_roll(session, ballot) == 2
        cells = cells_of(session, ballot.id)
    hull = {cell.reachable: cell.entitled for cell in cells if cell.branch == "Hull"}
    assert hull == {True: 1, False: 1}
