"""One order of locks for every deed of staff: the ballot, what the deed is about, the audit log."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.audit import service as audit
from app.audit.events import MailPaused
from app.ballots.chain import lock_roll
from app.ballots.extensions import get_extension, refuse_extension
from app.ballots.service import get_ballot
from app.notices.desk import pause_mail, resume_mail
from app.notices.extension_notice import queue_notice
from app.notices.reminders import cancel_reminder
from app.notices.webhook_courier import AT_ONCE, Courier
from app.notices.webhook_events import note_test
from app.notices.webhook_models import WebhookDelivery
from app.notices.webhooks import add_webhook, end_webhook
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from app.voting.exclusions import approve_exclusion
from tests.support.ballots import HQ, NOON, add_members, given_ballot
from tests.support.changes import SECOND, SLUG, ballot_row, exclude, propose, supplement
from tests.support.extensions import CLOSE, LATER, approve_later, extend, propose_later
from tests.support.locks import LOG, locks_taken
from tests.support.reminders import plan

pytestmark = pytest.mark.parametrize("database_server", ["postgres"], indirect=True)
ROUNDS = 25
BEFORE_LOG = {"ballot", "window_extension", "exclusion_proposal", "reminder", "mail_switch"}


@pytest.fixture
def settings(settings):
    return settings.model_copy(
        update={"smtp_url": "smtp://127.0.0.1:9", "reminder_batch": 10, "webhooks_inside": True}
    )


@pytest.fixture
def ballot(database, settings):
    add_members(database, 60)
    return given_ballot(database, settings)


def extend_and_tell(database, settings):
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        number = propose_later(database)
        refuse_extension(session, row, number, staff=SECOND, now=NOON)
    extend(database)
    with database.writing() as session:
        row = get_ballot(session, SLUG)
        newest = get_extension(session, row, number + 1)
        queue_notice(session, row, newest, staff=HQ, settings=settings, now=NOON)


def plan_and_cancel(database, settings):
    number = plan(database, settings, at=NOON + timedelta(hours=1))
    with database.writing() as session:
        cancel_reminder(session, get_ballot(session, SLUG), number, staff=HQ, now=NOON)


def change_roll(database, settings):
    del settings
    add_members(database, 2, branch="Hull")
    supplement(database)
    exclude(database, "HUL0001")


def add_and_end_webhook(database, settings):
    with database.writing() as session:
        hook, _ = add_webhook(session, "http://127.0.0.1:9/", staff=HQ, settings=settings, now=NOON)
    with database.writing() as session:
        end_webhook(session, hook.id, staff=HQ, now=NOON)


def pause_and_resume(database, settings):
    del settings
    for do in (pause_mail, resume_mail):
        with database.writing() as session:
            do(session, actor=HQ.actor, now=NOON)


def count_and_declare(database, settings):
    later = CLOSE + timedelta(hours=1)
    open_box_for_count(database, ballot_row(database), settings=settings, now=later)
    with database.writing() as session:
        declare_result(session, SLUG, staff=HQ, now=later)


@pytest.mark.parametrize(
    "deed",
    [
        extend_and_tell,
        plan_and_cancel,
        change_roll,
        add_and_end_webhook,
        pause_and_resume,
        count_and_declare,
    ],
)
def test_the_ballot_is_locked_first_and_the_log_last(database, settings, ballot, deed):
    with locks_taken(database) as transactions:
        deed(database, settings)
    recorded = [order for order in transactions if LOG in order]
    assert recorded
    for order in recorded:
        assert set(order[order.index(LOG) + 1 :]).isdisjoint(BEFORE_LOG), order
        if "ballot" in order:
            assert order[0] == "ballot", order


def test_an_approval_waits_for_an_exclusion_and_neither_ends_in_a_deadlock(
    database, settings, ballot
):
    """The exclusion holds the ballot and wants the log: an approval must not hold the log."""
    number = propose_later(database)
    with ThreadPoolExecutor(1) as pool, database.writing() as session:
        lock_roll(session, get_ballot(session, SLUG), now=NOON)
        began = threading.Event()

        def approve():
            began.set()
            approve_later(database, number)

        approving = pool.submit(approve)
        began.wait()
        # Until it waits for the ballot, whatever it has locked by then.
        while not waiting_for_a_lock(database):
            assert not approving.done()
        audit.record(session, MailPaused("mail"), actor=HQ.actor, now=NOON)
        session.commit()
        approving.result(timeout=20)
    assert ballot_row(database).closes_at == LATER


def waiting_for_a_lock(database):
    with database.reading() as session:
        found = session.connection().exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return found.scalar_one()


def test_two_officers_at_once_never_wait_for_each_other_for_ever(database, settings, ballot):
    """One moves the close while the other takes members off, as fast as they can."""
    proposals = [propose(database, f"LEE{n:04}") for n in range(1, ROUNDS + 1)]

    def move_the_close():
        for n in range(ROUNDS):
            extend(database, new_close=CLOSE + timedelta(minutes=n + 1))

    def take_off():
        for number in proposals:
            approve_exclusion(database, SLUG, number, staff=SECOND, now=NOON)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(move_the_close), pool.submit(take_off)]:
            done.result(timeout=60)
    assert ballot_row(database).closes_at == CLOSE + timedelta(minutes=ROUNDS)


@pytest.fixture
def tellings(database, settings):
    """An address with some tellings, due and stored in the opposite order of their keys."""
    with database.writing() as session:
        url = "http://127.0.0.1:9/"
        hook, _ = add_webhook(session, url, staff=HQ, settings=settings, now=NOON)
        for _ in range(AT_ONCE):
            note_test(session, hook.id, now=NOON)
    with database.writing() as session:
        events = sorted(session.scalars(sa.select(col(WebhookDelivery.event_id))), reverse=True)
        for n, event in enumerate(events):
            session.execute(
                sa.update(WebhookDelivery)
                .where(col(WebhookDelivery.event_id) == event)
                .values(due_at=NOON - timedelta(minutes=AT_ONCE - n))
            )
    return hook.id, events


def lock_telling(session, event, *, nowait=False):
    session.execute(
        sa.select(col(WebhookDelivery.event_id))
        .where(col(WebhookDelivery.event_id) == event)
        .with_for_update(nowait=nowait)
    )


@pytest.mark.parametrize("who", ["worker", "officer"])
def test_worker_and_officer_lock_what_an_address_is_told_in_one_order(
    database, settings, clock, tellings, who
):
    """Whoever waits for the first of them holds none of the others."""
    number, events = tellings
    courier = Courier(database, settings=settings, clock=clock)
    told = [(telling, (True, "HTTP 204")) for telling in courier._claim()]

    def end():
        with database.writing() as session:
            end_webhook(session, number, staff=HQ, now=NOON)

    with ThreadPoolExecutor(1) as pool, database.writing() as session:
        lock_telling(session, events[-1])
        doing = pool.submit(courier._settle, told) if who == "worker" else pool.submit(end)
        while not waiting_for_a_lock(database):
            assert not doing.done()
        for event in events[:-1]:
            lock_telling(session, event, nowait=True)
        session.commit()
        doing.result(timeout=20)
