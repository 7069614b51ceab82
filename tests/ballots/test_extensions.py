"""Two officers close a ballot later: before the close, never earlier, never again once closed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.ballots.extensions import (
    LAST_CALL,
    LONGEST,
    ExtensionWaits,
    ExtensionWasDecided,
    NothingToExtend,
    NotLater,
    TooLateToExtend,
    TooMuchLater,
    UnknownExtension,
    approve_extension,
    get_extension,
    propose_extension,
    refuse_extension,
)
from app.ballots.second_officers import SameOfficer
from app.ballots.service import create_ballot, get_ballot
from app.core.errors import DomainError
from app.voting.seal import seal_box
from tests.support.ballots import HQ, NOON, add_members, ballot_in, given_ballot
from tests.support.changes import SECOND, SLUG, ballot_row
from tests.support.extensions import CLOSE, LATER, REASON, approve_later, extend, propose_later
from tests.support.staff import events_of, facts_of

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


def test_nothing_changes_until_a_second_officer_agrees(database, ballot):
    number = propose_later(database)
    assert ballot_row(database).closes_at == CLOSE
    with pytest.raises(SameOfficer):
        approve_later(database, number, staff=HQ)
    assert ballot_row(database).closes_at == CLOSE
    approve_later(database, number)
    assert ballot_row(database).closes_at == LATER


def test_each_step_is_on_record_with_its_public_reason(database, ballot):
    extend(database)
    proposed, decided, extended = events_of(database)[-3:]
    assert (proposed.action, proposed.actor) == ("ExtensionProposed", "hq-officer")
    assert (decided.action, decided.details["outcome"]) == ("ExtensionDecided", "approved")
    assert (extended.action, extended.actor) == ("WindowExtended", "second-officer")
    assert facts_of(extended) == {
        "closed_at": CLOSE.isoformat(),
        "closes_at": LATER.isoformat(),
        "proposed_by": "hq-officer",
        "reason": REASON,
    }


@pytest.mark.parametrize("new_close", [CLOSE - MICROSECOND, CLOSE])
def test_a_window_is_never_shortened(database, ballot, new_close):
    with pytest.raises(NotLater):
        propose_later(database, new_close=new_close)


def test_a_mistyped_year_is_refused(database, ballot):
    with pytest.raises(TooMuchLater):
        propose_later(database, new_close=CLOSE + LONGEST + MICROSECOND)
    assert propose_later(database, new_close=CLOSE + LONGEST)


@pytest.mark.parametrize("at", [CLOSE - LAST_CALL, CLOSE, CLOSE + timedelta(days=1)])
def test_in_the_last_minute_and_after_the_close_nothing_is_extended(database, ballot, at):
    number = propose_later(database)
    with pytest.raises(TooLateToExtend):
        approve_later(database, number, now=at)
    assert ballot_row(database).closes_at == CLOSE
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        refuse_extension(session, row, number, staff=SECOND, now=at)
    with pytest.raises(TooLateToExtend):
        propose_later(database, now=at)


def test_just_before_the_last_minute_it_is_still_extended(database, ballot):
    number = propose_later(database)
    approve_later(database, number, now=CLOSE - LAST_CALL - MICROSECOND)
    assert ballot_row(database).closes_at == LATER


def test_the_database_itself_approves_nothing_after_the_close_or_by_one_officer(database, ballot):
    number = propose_later(database)
    for by, at in (("second-officer", CLOSE), ("hq-officer", NOON)):
        with pytest.raises(IntegrityError), database.writing() as session:
            session.execute(
                text(
                    "UPDATE window_extension SET outcome = 'approved', decided_by = :by,"
                    " decided_at = :at WHERE id = :id"
                ),
                {"by": by, "at": at.strftime("%Y-%m-%d %H:%M:%S.%f+00:00"), "id": number},
            )


def test_a_sealed_ballot_is_not_extended_whatever_a_clock_says(database, ballot):
    number = propose_later(database)
    with database.writing() as session:
        seal_box(session, ballot.id, now=CLOSE)
    with pytest.raises(TooLateToExtend):
        approve_later(database, number)
    assert ballot_row(database).closes_at == CLOSE


def test_one_proposal_waits_at_a_time_and_is_decided_once(database, ballot):
    number = propose_later(database)
    with pytest.raises(ExtensionWaits):
        propose_later(database, staff=SECOND)
    approve_later(database, number)
    with pytest.raises(ExtensionWasDecided):
        approve_later(database, number)
    extend(database, new_close=LATER + timedelta(hours=1))
    assert ballot_row(database).closes_at == LATER + timedelta(hours=1)


@pytest.mark.parametrize(("staff", "outcome"), [(HQ, "withdrawn"), (SECOND, "refused")])
def test_a_proposal_can_be_refused_or_withdrawn_and_made_again(database, ballot, staff, outcome):
    number = propose_later(database)
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        found = refuse_extension(session, row, number, staff=staff, now=NOON)
        assert found.outcome == outcome
    assert ballot_row(database).closes_at == CLOSE
    assert propose_later(database) != number


def test_of_two_officers_who_approve_at_once_one_does(database, ballot):
    number = propose_later(database)

    def approve(name):
        with suppress(DomainError):
            approve_later(database, number, staff=SECOND.__class__(name, SECOND.role, None))
            return name
        return None

    with ThreadPoolExecutor(4) as pool:
        done = [name for name in pool.map(approve, ["b", "c", "d", "e"]) if name]
    assert len(done) == 1
    assert [event.action for event in events_of(database)].count("WindowExtended") == 1


def test_a_draft_has_nothing_to_extend_and_an_unknown_proposal_is_none(database, ballot):
    with database.writing() as session:
        draft = create_ballot(session, ballot_in(slug="draft"), staff=HQ, now=NOON)
        with pytest.raises(UnknownExtension):
            get_extension(session, draft, 1)
    with database.writing() as session, pytest.raises(NothingToExtend):
        propose_extension(
            session,
            get_ballot(session, "draft"),
            new_close=LATER,
            reason=REASON,
            staff=HQ,
            now=NOON,
        )


def test_a_proposal_of_another_ballot_is_not_found(database, settings, ballot):
    number = propose_later(database)
    other = given_ballot(database, settings, slug="other")
    with database.reading() as session, pytest.raises(UnknownExtension):
        get_extension(session, get_ballot(session, other.slug), number)


def test_approving_takes_the_row_it_was_given(database, ballot):
    number = propose_later(database)
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        approve_extension(session, row, number, staff=SECOND, now=NOON)
        assert row.closes_at == LATER
