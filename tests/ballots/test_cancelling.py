"""Two officers cancel a ballot for good: no vote after it, no count, and everybody reads why."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.audit.service import COMMAND_LINE
from app.ballots.cancelling import (
    CancellationWaits,
    CancellationWasDecided,
    NothingToCancel,
    NotYoursToCancel,
    ScrutineerMustAgree,
    TooLateToCancel,
    refuse_cancellation,
)
from app.ballots.credentials import BallotOver, issue_codes
from app.ballots.extensions import TooLateToExtend
from app.ballots.lifecycle import BallotCancelled, State, state_of
from app.ballots.second_officers import NotInOffice, ProposerLeft, SameOfficer
from app.ballots.service import describe, get_ballot
from app.core.errors import DomainError
from app.results.opening import open_box_for_count
from app.results.service import declare_result, result_of
from app.security.models import Role
from app.security.service import Staff, disable_account
from tests.support.ballots import HQ, NOON, add_members, given_ballot, move_window
from tests.support.cancelled import WHY, approve_cancel, cancel, propose_cancel
from tests.support.changes import SECOND, SLUG, ballot_row
from tests.support.drafts import given_draft
from tests.support.extensions import propose_later
from tests.support.staff import events_of, given_account

CLOSE = NOON + timedelta(days=7)
AFTER = CLOSE + timedelta(hours=1)
SCRUTINEER = Staff("vera", role=Role.SCRUTINEER, branch=None)
OTHER_SCRUTINEER = Staff("otto", role=Role.SCRUTINEER, branch=None)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


@pytest.fixture
def supervised(database, settings):
    add_members(database, 3)
    for name in ("vera", "otto"):
        given_account(database, name, role=Role.SCRUTINEER)
    given_draft(database, scrutineer="vera")
    with database.writing() as session:
        session.execute(text("UPDATE ballot SET frozen_at = created_at"))


def test_nothing_changes_until_a_second_officer_agrees(database, ballot):
    number = propose_cancel(database)
    assert ballot_row(database).cancelled_at is None
    with pytest.raises(SameOfficer):
        approve_cancel(database, number, staff=HQ)
    assert ballot_row(database).cancelled_at is None
    approve_cancel(database, number)
    row = ballot_row(database)
    assert (row.cancelled_at, row.cancel_reason, row.sealed_at) == (NOON, WHY, NOON)
    assert state_of(row, now=NOON) is State.CLOSED


def test_each_step_is_on_record_with_its_public_reason(database, ballot):
    cancel(database)
    proposed, decided, cancelled = events_of(database)[-3:]
    assert (proposed.action, proposed.actor) == ("CancellationProposed", "hq-officer")
    assert (decided.action, decided.details["outcome"]) == ("CancellationDecided", "approved")
    assert (cancelled.action, cancelled.actor) == ("BallotCancelled", "second-officer")
    said = {"proposed_by": "hq-officer", "reason": WHY, "before": "open", "count_seen": False}
    assert said.items() <= cancelled.details.items()


def test_everybody_sees_when_and_why(database, ballot):
    cancel(database)
    with database.reading() as session:
        shown = describe(session, get_ballot(session, SLUG), now=NOON)
    assert shown.state is State.CLOSED
    assert shown.cancelled is not None
    assert (shown.cancelled.at, shown.cancelled.reason) == (NOON, WHY)


def test_a_draft_and_a_declared_ballot_are_not_cancelled(database, settings):
    add_members(database, 1)
    given_draft(database)
    with pytest.raises(NothingToCancel):
        propose_cancel(database)
    with database.writing() as session:
        session.execute(
            text(
                "UPDATE ballot SET frozen_at = created_at, sealed_at = closes_at,"
                " stirred_at = closes_at, declared_at = closes_at, declared_by = 'x'"
            )
        )
    with pytest.raises(TooLateToCancel):
        propose_cancel(database, now=AFTER)


@pytest.mark.parametrize("at", [NOON - timedelta(days=2), NOON, AFTER])
def test_a_ballot_is_cancelled_before_while_and_after_it_is_open(database, ballot, at):
    cancel(database, now=at)
    assert ballot_row(database).cancelled_at == at


def test_of_a_cancelled_ballot_nothing_is_opened_counted_or_declared(database, settings, ballot):
    cancel(database)
    with pytest.raises(BallotCancelled):
        open_box_for_count(database, ballot_row(database), settings=settings, now=AFTER)
    for act in (declare_result, result_of):
        with pytest.raises(BallotCancelled), database.writing() as session:
            act(session, SLUG, staff=HQ, now=AFTER)
    assert ballot_row(database).stirred_at is None


def test_a_box_that_was_opened_for_the_count_is_not_declared_once_cancelled(
    database, settings, ballot
):
    move_window(database, ballot.id, closes_at=NOON - timedelta(minutes=1))
    open_box_for_count(database, ballot_row(database), settings=settings, now=NOON)
    cancel(database)
    assert events_of(database)[-1].details["count_seen"] is True
    with pytest.raises(BallotCancelled), database.writing() as session:
        declare_result(session, SLUG, staff=HQ, now=NOON)


def test_no_code_leaves_and_the_close_does_not_move(database, settings, ballot):
    cancel(database)
    with pytest.raises(BallotOver), database.writing() as session:
        issue_codes(session, get_ballot(session, SLUG), staff=HQ, settings=settings, now=NOON)
    with pytest.raises(TooLateToExtend):
        propose_later(database)


def test_one_proposal_waits_at_a_time_and_is_decided_once(database, ballot):
    number = propose_cancel(database)
    with pytest.raises(CancellationWaits):
        propose_cancel(database, staff=SECOND)
    approve_cancel(database, number)
    with pytest.raises(CancellationWasDecided):
        approve_cancel(database, number)
    with pytest.raises(BallotCancelled):
        propose_cancel(database)


@pytest.mark.parametrize(("staff", "outcome"), [(HQ, "withdrawn"), (SECOND, "refused")])
def test_a_proposal_can_be_refused_or_withdrawn_and_made_again(database, ballot, staff, outcome):
    number = propose_cancel(database)
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        found = refuse_cancellation(session, row, number, staff=staff, now=NOON)
        assert found.outcome == outcome
    assert ballot_row(database).cancelled_at is None
    assert propose_cancel(database) != number


def test_of_two_who_approve_at_once_one_does(database, ballot):
    number = propose_cancel(database)

    def approve(name):
        with suppress(DomainError):
            approve_cancel(database, number, staff=Staff(name, role=Role.HQ, branch=None))
            return name
        return None

    with ThreadPoolExecutor(4) as pool:
        done = [name for name in pool.map(approve, ["a", "b", "c", "d"]) if name]
    assert len(done) == 1
    assert [event.action for event in events_of(database)].count("BallotCancelled") == 1


@pytest.mark.parametrize("staff", [OTHER_SCRUTINEER, Staff("bo", role=Role.BRANCH, branch="Leeds")])
def test_nobody_else_proposes_or_decides(database, supervised, staff):
    with pytest.raises(NotYoursToCancel):
        propose_cancel(database, staff=staff)
    number = propose_cancel(database)
    with pytest.raises(NotYoursToCancel):
        approve_cancel(database, number, staff=staff)


def test_the_scrutineer_may_be_one_of_the_two(database, supervised):
    approve_cancel(database, propose_cancel(database, staff=SCRUTINEER))
    assert ballot_row(database).cancelled_at == NOON


def test_after_the_close_headquarters_alone_cannot_bury_a_count(database, supervised):
    number = propose_cancel(database, now=AFTER)
    with pytest.raises(ScrutineerMustAgree):
        approve_cancel(database, number, now=AFTER)
    approve_cancel(database, number, staff=SCRUTINEER, now=AFTER)
    assert ballot_row(database).cancelled_at == AFTER


def test_whoever_left_office_meanwhile_is_no_second_officer(database, ballot):
    for name in ("hq-officer", "second-officer"):
        given_account(database, name)
    number = propose_cancel(database)
    with database.writing() as session:
        disable_account(session, "hq-officer", actor=COMMAND_LINE, now=NOON)
    with pytest.raises(ProposerLeft):
        approve_cancel(database, number)
    with database.writing() as session:
        disable_account(session, "second-officer", actor=COMMAND_LINE, now=NOON)
    with pytest.raises(NotInOffice):
        approve_cancel(database, number)
    assert ballot_row(database).cancelled_at is None


def test_the_database_itself_cancels_nothing_by_one_officer_or_after_the_result(database, ballot):
    number = propose_cancel(database)
    for wrong in (
        (
            f"UPDATE ballot_proposal SET outcome = 'approved', decided_by = proposed_by,"
            f" decided_at = proposed_at WHERE id = {number}"
        ),
        "UPDATE ballot SET cancelled_at = created_at, cancel_reason = 'why'",
        "UPDATE ballot SET cancelled_at = created_at, sealed_at = created_at",
        (
            "UPDATE ballot SET declared_at = closes_at, declared_by = 'x', stirred_at = closes_at,"
            " sealed_at = closes_at, cancelled_at = closes_at, cancel_reason = 'why'"
        ),
    ):
        with pytest.raises(IntegrityError), database.writing() as session:
            session.execute(text(wrong))
