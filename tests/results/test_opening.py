"""Opening a box for the count: when, on whose record, and what whoever comes early is told."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.audit.service import SERVICE
from app.ballots.lifecycle import BallotCancelled
from app.ballots.service import get_ballot
from app.results import opening
from app.results.opening import open_box_for_count
from app.results.service import BallotNotClosed, NotDeclaredYet, recount
from tests.conftest import NOW
from tests.support.boards import CHOICES, declare, given_votes
from tests.support.cancelled import cancel
from tests.support.staff import events_of

CLOSES = NOW + timedelta(days=7)


@pytest.fixture
def ballot(database, settings):
    return given_votes(database, settings)


def row_of(database):
    with database.reading() as session:
        return get_ballot(session, "pay-2026")


def open_at(database, settings, moment):
    open_box_for_count(database, row_of(database), settings=settings, now=moment)


def test_whoever_comes_at_the_stroke_waits_for_the_last_votes_and_then_counts(
    database, settings, ballot, monkeypatch
):
    slept = []
    monkeypatch.setattr(opening.time, "sleep", slept.append)
    ready_at = CLOSES + settings.close_grace
    open_at(database, settings, CLOSES + timedelta(seconds=2))
    assert slept == [3.0]
    row = row_of(database)
    assert (row.sealed_at, row.stirred_at) == (ready_at, ready_at)


def test_whoever_comes_when_the_last_votes_are_in_waits_for_nothing(
    database, settings, ballot, monkeypatch
):
    slept = []
    monkeypatch.setattr(opening.time, "sleep", slept.append)
    ready_at = CLOSES + settings.close_grace
    open_at(database, settings, ready_at)
    assert slept == []
    assert row_of(database).stirred_at == ready_at


def test_where_enough_wait_already_the_next_is_told_when_to_come_again(
    database, settings, ballot, monkeypatch
):
    taken = threading.BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr(opening, "_chairs", taken)
    with pytest.raises(BallotNotClosed) as refused:
        open_at(database, settings, CLOSES + timedelta(seconds=2.5))
    assert str(refused.value) == (
        "Voting has just closed; the last votes are being stored. Try in 3 seconds."
    )
    assert refused.value.retry_after == 3
    assert row_of(database).sealed_at is None


def test_whoever_waited_leaves_the_place_to_the_next(database, settings, ballot, monkeypatch):
    monkeypatch.setattr(opening.time, "sleep", lambda _: None)
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(opening, "_chairs", places)
    open_at(database, settings, CLOSES)
    assert places.acquire(blocking=False)


def test_the_opening_is_on_record_as_the_services_own_with_how_many_papers(
    database, settings, ballot
):
    moment = CLOSES + timedelta(days=1)
    open_at(database, settings, moment)
    open_at(database, settings, moment + timedelta(hours=1))
    sealed, signed = events_of(database)[-2:]
    assert [each.action for each in (sealed, signed)] == ["BoxSealed", "BoardSigned"]
    for each in (sealed, signed):
        assert (each.actor, each.at) == (SERVICE.name, moment)
        assert each.details["papers"] == len(CHOICES)


def test_a_box_is_opened_once_though_two_looked_before_it_was(database, settings, ballot):
    looked = row_of(database)
    for hours in (1, 2):
        moment = CLOSES + timedelta(hours=hours)
        open_box_for_count(database, looked, settings=settings, now=moment)
    assert row_of(database).stirred_at == CLOSES + timedelta(hours=1)
    actions = [event.action for event in events_of(database)]
    assert (actions.count("BoxSealed"), actions.count("BoardSigned")) == (1, 1)


def test_a_box_stays_sealed_that_was_cancelled_since_its_officer_looked(database, settings, ballot):
    looked = row_of(database)
    cancel(database)
    with pytest.raises(BallotCancelled):
        open_box_for_count(database, looked, settings=settings, now=CLOSES + timedelta(hours=1))
    assert row_of(database).stirred_at is None
    assert "BoardSigned" not in [event.action for event in events_of(database)]


def test_a_declared_result_is_on_record_with_its_numbers(database, settings, ballot):
    declare(database, settings)
    event = events_of(database)[-1]
    with database.reading() as session:
        found = recount(session, get_ballot(session, "pay-2026"))
    assert event.action == "ResultDeclared"
    assert (event.details["votes_cast"], event.details["entitled"]) == (11, 20)
    assert event.details["tally_digest"] == found.declared_digest


def test_a_recount_says_whether_numbers_and_papers_are_the_same(database, settings, ballot):
    with database.reading() as session, pytest.raises(NotDeclaredYet):
        recount(session, get_ballot(session, "pay-2026"))
    declare(database, settings)
    with database.reading() as session:
        whole = recount(session, get_ballot(session, "pay-2026"))
    assert (whole.agrees, whole.same_papers) == (True, True)
    assert whole.recounted_digest == whole.declared_digest
    # Two papers exchange their receipts: the numbers stay, and the papers are not those signed.
    swap = "UPDATE ballot_paper SET answers = :there WHERE id = :here"
    with database.writing() as session:
        papers = session.execute(text("SELECT id, answers FROM ballot_paper ORDER BY id")).all()
        first = papers[0]
        other = next(paper for paper in papers if paper.answers != first.answers)
        session.execute(text(swap), {"here": first.id, "there": other.answers})
        session.execute(text(swap), {"here": other.id, "there": first.answers})
    with database.reading() as session:
        swapped = recount(session, get_ballot(session, "pay-2026"))
    assert (swapped.agrees, swapped.same_papers) == (True, False)
    with database.writing() as session:
        session.execute(text(swap), {"here": other.id, "there": other.answers})
    with database.reading() as session:
        changed = recount(session, get_ballot(session, "pay-2026"))
    assert (changed.agrees, changed.same_papers) == (False, False)
    assert changed.declared_digest == whole.declared_digest != changed.recounted_digest
