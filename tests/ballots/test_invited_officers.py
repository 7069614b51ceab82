"""An officer and whoever they invited are not two: each could hold the other's account."""

from datetime import timedelta

import pytest

from app.ballots.second_officers import InvitedByTheOther
from app.results.declaring import declare
from app.results.opening import open_box_for_count
from app.results.schemas import ResultOut
from app.security.invitations import accept_invitation, invite
from app.security.models import Role
from app.security.service import Staff
from tests.support.ballots import HQ, NOON, add_members, given_ballot, move_window
from tests.support.cancelled import approve_cancel, propose_cancel
from tests.support.changes import SECOND, SLUG, approve_exclusion, ballot_row, propose
from tests.support.extensions import approve_later, propose_later
from tests.support.staff import ADDRESS, PASSWORD, given_account

OPERATORS = Staff("command line", role=Role.HQ, branch=None)
THIRD = Staff("third-officer", role=Role.HQ, branch=None)


def invited(database, settings, name, *, by):
    with database.writing() as session:
        link = invite(
            session,
            name,
            role=Role.HQ,
            branch=None,
            actor=by.actor,
            settings=settings,
            now=NOON,
        )
        accept_invitation(
            session,
            link.rpartition("/")[2],
            password=PASSWORD,
            origin=ADDRESS,
            settings=settings,
            now=NOON,
        )


def exclude_by_two(database, first, second):
    approve_exclusion(
        database, SLUG, propose(database, "LEE0001", staff=first), staff=second, now=NOON
    )


def extend_by_two(database, first, second):
    approve_later(database, propose_later(database, staff=first), staff=second)


def cancel_by_two(database, first, second):
    approve_cancel(database, propose_cancel(database, staff=first), staff=second)


def declare_by_two(database, first, second):
    with database.writing() as session:
        declare(session, SLUG, staff=first, now=NOON)
    with database.writing() as session:
        assert isinstance(declare(session, SLUG, staff=second, now=NOON), ResultOut)


@pytest.fixture(
    params=[exclude_by_two, extend_by_two, cancel_by_two, declare_by_two],
    ids=["exclude", "extend", "cancel", "declare"],
)
def act(request, database, settings):
    """One of the four acts that take two, on a ballot that is ready for it."""
    add_members(database, 3)
    two = request.param is declare_by_two
    ballot = given_ballot(database, settings, declared_by_two=two)
    if two:
        move_window(database, ballot.id, closes_at=NOON - timedelta(minutes=1))
        open_box_for_count(database, ballot_row(database), settings=settings, now=NOON)
    return request.param


@pytest.mark.parametrize("order", [(HQ, SECOND), (SECOND, HQ)], ids=["inviter", "invited"])
def test_whoever_invited_the_other_is_no_second_officer(database, settings, act, order):
    given_account(database, HQ.name)
    invited(database, settings, SECOND.name, by=HQ)
    before = ballot_row(database).model_dump()
    with pytest.raises(InvitedByTheOther):
        act(database, *order)
    assert ballot_row(database).model_dump() == before


@pytest.mark.parametrize("by", [OPERATORS, THIRD], ids=["the operator", "a third officer"])
def test_whom_neither_of_the_two_invited_is_one(database, settings, act, by):
    given_account(database, HQ.name)
    given_account(database, THIRD.name)
    invited(database, settings, SECOND.name, by=by)
    act(database, HQ, SECOND)
