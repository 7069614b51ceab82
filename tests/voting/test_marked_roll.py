"""Who has not voted yet: those on the roll without a mark, by name, in the cells asked about."""

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.ballots.models import Credential, RollCell, RollEntry
from app.voting.marked_roll import Unvoted, code_not_voted_with, list_unvoted
from tests.support.ballots import add_members, given_ballot
from tests.support.changes import exclude
from tests.support.votes import cast


@pytest.fixture
def ballot(database, settings):
    """Leeds has three members and York two; the first of Leeds has voted."""
    add_members(database, 3, branch="Leeds")
    add_members(database, 2, branch="York")
    ballot = given_ballot(database, settings)
    cast(database, ballot, ["reject"])
    return ballot


def unvoted(database, ballot, *branches):
    with database.reading() as session:
        cells = select(RollCell).where(
            RollCell.ballot_id == ballot.id, col(RollCell.branch).in_(branches)
        )
        asked = [cell.id for cell in session.exec(cells)]
        return list_unvoted(session, ballot.id, cells=asked)


def numbers(found):
    return [each.membership_number for each in found]


def test_whoever_voted_is_not_listed_and_others_are_by_name(database, ballot):
    assert unvoted(database, ballot, "Leeds") == [
        Unvoted("LEE0002", "Invented", "Member 2", "Leeds office"),
        Unvoted("LEE0003", "Invented", "Member 3", "Leeds office"),
    ]


def test_they_stand_in_the_order_of_their_names_across_branches(database, ballot):
    both = unvoted(database, ballot, "Leeds", "York")
    assert numbers(both) == ["YOR0001", "LEE0002", "YOR0002", "LEE0003"]
    assert unvoted(database, ballot) == []


def test_whoever_was_taken_off_the_roll_is_not_asked_to_vote(database, ballot):
    exclude(database, "LEE0002")
    assert numbers(unvoted(database, ballot, "Leeds")) == ["LEE0003"]


def test_a_vote_in_another_ballot_is_none_in_this(database, settings, ballot):
    other = given_ballot(database, settings, slug="other")
    assert len(unvoted(database, other, "Leeds")) == 3
    cast(database, other, ["reject", "reject"])
    assert numbers(unvoted(database, other, "Leeds")) == ["LEE0003"]
    assert numbers(unvoted(database, ballot, "Leeds")) == ["LEE0002", "LEE0003"]


def test_a_code_was_not_voted_with_until_its_entry_has_a_mark(database, ballot):
    entries = (
        sa.select(col(RollEntry.membership_number))
        .join(Credential, col(Credential.entry_id) == col(RollEntry.id))
        .where(code_not_voted_with())
        .order_by(col(RollEntry.membership_number))
    )
    with database.reading() as session:
        found = session.scalars(entries).all()
    assert found == ["LEE0002", "LEE0003", "YOR0001", "YOR0002"]


def test_namesakes_stand_by_their_given_names_and_then_their_numbers(database, settings):
    for given_name, branch in (("Zoe", "Derby"), ("Ann", "Leeds"), ("Ann", "Hull")):
        add_members(database, 1, branch=branch, given_name=given_name, family_name="Byrne")
    ballot = given_ballot(database, settings)
    assert numbers(unvoted(database, ballot, "Derby", "Leeds", "Hull")) == [
        "HUL0001",
        "LEE0001",
        "DER0001",
    ]
