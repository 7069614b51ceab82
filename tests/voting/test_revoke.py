"""Codes are revoked of those who have not voted, in one ballot, all of them or by number."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.audit.service import COMMAND_LINE
from app.ballots.models import Credential, RollEntry
from app.ballots.service import get_ballot
from app.voting.revoke import revoke_codes
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot
from tests.support.staff import events_of, facts_of
from tests.support.votes import cast

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ballots(database, settings):
    """Two ballots of three members; in the first the first has voted, in the second two have."""
    add_members(database, 3)
    pay, other = given_ballot(database, settings), given_ballot(database, settings, slug="other")
    cast(database, pay, ["reject"])
    cast(database, other, ["reject"] * 2)
    return pay, other


@pytest.fixture
def revoke(database, ballots):
    def run(*numbers, now=NOW):
        with database.writing() as session:
            ballot = get_ballot(session, "pay-2026")
            return revoke_codes(session, ballot, numbers=numbers, actor=COMMAND_LINE, now=now)

    return run


def ended(database, ballot):
    """Membership numbers and moments of the codes of a ballot that were revoked."""
    query = (
        select(RollEntry.membership_number, Credential.revoked_at)
        .where(
            Credential.entry_id == RollEntry.id,
            Credential.ballot_id == ballot.id,
            col(Credential.revoked_at).is_not(None),
        )
        .order_by(RollEntry.membership_number)
    )
    with database.reading() as session:
        return [tuple(row) for row in session.execute(query)]


def test_all_codes_are_ended_but_of_those_who_have_voted_in_this_ballot(database, ballots, revoke):
    pay, other = ballots
    assert revoke() == 2
    assert ended(database, pay) == [("LEE0002", NOW), ("LEE0003", NOW)]
    assert ended(database, other) == []


def test_a_number_ends_one_code_and_none_of_whoever_has_voted(database, ballots, revoke):
    pay, other = ballots
    assert revoke("LEE0001", "LEE0003", "NOBODY") == 1
    assert ended(database, pay) == [("LEE0003", NOW)]
    assert ended(database, other) == []


def test_a_code_ends_once(database, ballots, revoke):
    assert revoke("LEE0002") == 1
    assert revoke(now=LATER) == 1
    assert ended(database, ballots[0]) == [("LEE0002", NOW), ("LEE0003", LATER)]


def test_it_is_on_record_how_many_and_by_whom_but_not_whose(database, revoke):
    revoke(now=LATER)
    last = events_of(database)[-1]
    assert (last.action, last.subject, last.actor, last.at) == (
        "CodesRevoked",
        "pay-2026",
        "command line",
        LATER,
    )
    assert facts_of(last) == {"revoked": 2}
