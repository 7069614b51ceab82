"""The worker against a real mail server that refuses, delays, breaks off, and is not there."""

import asyncio
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog
from sqlmodel import col
from structlog.testing import capture_logs

from app.audit.service import COMMAND_LINE
from app.ballots.models import Credential
from app.ballots.service import get_ballot
from app.core.database import Database
from app.notices import worker as worker_module
from app.notices.desk import desk_of, pause_mail, resume_mail
from app.notices.invitations import queue_again
from app.notices.models import Delivery, OutboxMessage
from app.notices.outbox import MOST_TRIES, claim, pause_after
from app.notices.worker import Worker
from tests.support.ballots import HQ, NOON, add_members
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import PASSWORD, a_post_office, code_in, deliver, with_mail
from tests.support.one_database import ON_ONE_DATABASE
from tests.support.ports import free_port

FIRST, SECOND = "lee1@example.org", "lee2@example.org"
VOTES = "/api/v1/ballots/pay-2026/votes"


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def two_invited(database, settings):
    add_members(database, 2)
    frozen_ballot(database)
    assert invite(database, settings) == 2


def numbers(database, settings):
    with database.reading() as session:
        found = desk_of(session, settings=settings, now=NOON).numbers
        return {state: number for state, number in found.items() if number}


def row_of(database, address):
    with database.reading() as session:
        return session.execute(
            sa.select(OutboxMessage).where(col(OutboxMessage.address) == address)
        ).scalar_one()


def live_codes(database):
    with database.reading() as session:
        return session.execute(
            sa.select(sa.func.count())
            .select_from(Credential)
            .where(col(Credential.revoked_at).is_(None))
        ).scalar_one()


def again(database, *, state):
    with database.writing() as session:
        return queue_again(
            session, get_ballot(session, "pay-2026"), state=state, staff=HQ, now=NOON
        )


def test_a_refused_address_is_noted_in_the_servers_words_and_its_code_is_removed(
    database, settings, office, clock, two_invited
):
    office.refuse = {FIRST}
    deliver(database, settings, clock=clock)
    assert numbers(database, settings) == {"accepted": 1, "refused": 1}
    assert row_of(database, FIRST).reply == "550 5.1.1 No such person here"
    assert row_of(database, SECOND).reply == "250 2.0.0 Queued as INVENTED"
    assert live_codes(database) == 1


def test_what_was_refused_can_be_tried_again(database, settings, office, clock, two_invited):
    office.refuse = {FIRST}
    deliver(database, settings, clock=clock)
    office.refuse = set()
    assert again(database, state=Delivery.REFUSED) == 1
    deliver(database, settings, clock=clock)
    assert sorted(office.recipients) == [FIRST, SECOND]


def test_trying_again_touches_only_the_messages_that_the_page_counts(
    database, settings, office, clock, two_invited
):
    office.refuse = {FIRST}
    deliver(database, settings, clock=clock)
    with database.writing() as session:
        session.execute(sa.update(OutboxMessage).values(purpose="reminder"))
    assert again(database, state=Delivery.REFUSED) == 0


def test_a_greylisted_message_comes_again_in_a_minute_and_with_one_live_code(
    client, database, settings, office, clock, two_invited
):
    office.greylist = True
    deliver(database, settings, clock=clock)
    assert numbers(database, settings) == {"queued": 2}
    assert live_codes(database) == 0
    clock.now += timedelta(seconds=59)
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    clock.now += timedelta(seconds=1)
    deliver(database, settings, clock=clock)
    assert sorted(office.recipients) == [FIRST, SECOND]
    assert live_codes(database) == 2
    for letter in office.letters:
        vote = {"answers": {"offer": "reject"}}
        assert client.post(VOTES, token=code_in(letter), json=vote).status_code == 201


def test_pauses_grow_to_an_hour_and_after_a_day_it_is_given_up(
    database, settings, office, clock, two_invited
):
    office.busy = {FIRST}
    waited = timedelta()
    for tries in range(1, MOST_TRIES + 1):
        deliver(database, settings, clock=clock)
        clock.now += pause_after(tries)
        waited += pause_after(tries)
    assert timedelta(hours=20) < waited < timedelta(hours=30)
    assert numbers(database, settings) == {"accepted": 1, "refused": 1}
    assert row_of(database, FIRST).reply == "451 4.3.0 Mailbox busy"
    assert pause_after(1) == timedelta(minutes=1)
    assert pause_after(1000) == timedelta(hours=1)


@pytest.mark.parametrize("accepts", [True, False], ids=["with the message", "without it"])
def test_a_server_that_hangs_up_before_its_answer_leaves_it_unsure_until_somebody_decides(
    database, settings, office, clock, two_invited, accepts
):
    (office.lose_answer if accepts else office.hang_up).add(FIRST)
    deliver(database, settings, clock=clock)
    deliver(database, settings, clock=clock)
    assert numbers(database, settings) == {"accepted": 1, "unsure": 1}
    assert office.recipients.count(FIRST) == int(accepts)
    office.lose_answer, office.hang_up = set(), set()
    assert again(database, state=Delivery.UNSURE) == 1
    deliver(database, settings, clock=clock)
    assert numbers(database, settings) == {"accepted": 2}
    assert office.recipients.count(FIRST) == int(accepts) + 1


def test_of_two_letters_only_the_newer_link_votes(
    client, database, settings, office, clock, two_invited
):
    office.lose_answer = {FIRST}
    deliver(database, settings, clock=clock)
    older = code_in(office.letter_to(FIRST))
    older_id = office.letter_to(FIRST)["Message-ID"]
    office.lose_answer = set()
    again(database, state=Delivery.UNSURE)
    deliver(database, settings, clock=clock)
    newer = code_in(office.letter_to(FIRST))
    assert office.letter_to(FIRST)["Message-ID"] != older_id
    vote = {"answers": {"offer": "reject"}}
    assert client.post(VOTES, token=older, json=vote).status_code == 401
    assert client.post(VOTES, token=newer, json=vote).status_code == 201


def test_whoever_voted_with_an_unsure_link_is_not_written_to_again(
    client, database, settings, office, clock, two_invited
):
    office.lose_answer = {FIRST}
    deliver(database, settings, clock=clock)
    code = code_in(office.letter_to(FIRST))
    client.post(VOTES, token=code, json={"answers": {"offer": "reject"}})
    again(database, state=Delivery.UNSURE)
    deliver(database, settings, clock=clock)
    assert office.recipients.count(FIRST) == 1
    # Told apart from the other, it would say that its member has voted.
    assert numbers(database, settings) == {"accepted": 2}


def test_a_server_that_is_not_there_costs_nothing_but_time(
    database, settings, office, clock, two_invited
):
    away = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{free_port()}"})
    deliver(database, away, clock=clock)
    assert numbers(database, settings) == {"queued": 2}
    with database.reading() as session:
        trouble = desk_of(session, settings=settings, now=NOON).trouble
    assert trouble.startswith("127.0.0.1:")
    assert "refused" in trouble or "Connect" in trouble
    deliver(database, settings, clock=clock)
    assert sorted(office.recipients) == [FIRST, SECOND]
    with database.reading() as session:
        assert desk_of(session, settings=settings, now=NOON).trouble == ""


def test_a_server_that_does_not_take_our_sender_touches_no_message(
    database, settings, office, clock, two_invited
):
    office.refuse_sender = True
    deliver(database, settings, clock=clock)
    assert numbers(database, settings) == {"queued": 2}
    assert live_codes(database) == 0
    with database.reading() as session:
        trouble = desk_of(session, settings=settings, now=NOON).trouble
    assert trouble.endswith("550 5.7.1 Sender address rejected: not owned by you")


def test_a_server_that_is_too_slow_to_answer_leaves_it_unsure(
    database, settings, office, clock, two_invited
):
    office.slow = 1.5
    deliver(database, settings, clock=clock, patience=0.5)
    assert numbers(database, settings) == {"unsure": 2}


def test_a_slow_server_is_waited_for(database, settings, office, clock, two_invited):
    office.slow = 0.5
    deliver(database, settings, clock=clock)
    assert numbers(database, settings) == {"accepted": 2}


def test_a_sign_in_that_fails_is_trouble_and_not_a_refusal(database, settings, clock, two_invited):
    with a_post_office(password=PASSWORD) as guarded:
        wrong = guarded.url.replace("//", "//union:wrong@")
        deliver(database, settings.model_copy(update={"smtp_url": wrong}), clock=clock)
        assert numbers(database, settings) == {"queued": 2}
        right = guarded.url.replace("//", f"//union:{PASSWORD}@")
        deliver(database, settings.model_copy(update={"smtp_url": right}), clock=clock)
        assert sorted(guarded.recipients) == [FIRST, SECOND]


def test_while_mail_is_paused_nothing_leaves(database, settings, office, clock, two_invited):
    with database.writing() as session:
        pause_mail(session, actor=COMMAND_LINE, now=NOON)
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    with database.writing() as session:
        resume_mail(session, actor=COMMAND_LINE, now=NOON)
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == 2


def test_a_pause_in_the_middle_holds_what_was_claimed_already(
    database, settings, office, clock, two_invited
):
    worker = Worker(database, settings=settings, clock=clock)
    claimed = worker._look_around()
    with database.writing() as session:
        pause_mail(session, actor=COMMAND_LINE, now=NOON)
    send(worker, claimed)
    assert office.accepted == []
    assert row_states(database) == [("queued", None)] * 2


def send(worker, claimed):
    async def run():
        await worker._send_all(claimed, asyncio.Event())
        for line in worker._lines:
            await line.close()

    asyncio.run(run())


def row_states(database):
    with database.reading() as session:
        rows = session.execute(sa.select(col(OutboxMessage.state), col(OutboxMessage.worker)))
        return [tuple(row) for row in rows]


def test_two_workers_share_and_do_not_repeat(database, settings, office, clock):
    add_members(database, 60)
    frozen_ballot(database)
    invite(database, settings)

    async def both():
        workers = [Worker(database, settings=settings, clock=clock) for _ in range(2)]
        stop = asyncio.Event()
        await asyncio.gather(*(worker.run(stop, until_idle=True) for worker in workers))

    asyncio.run(both())
    assert len(office.recipients) == len(set(office.recipients)) == 60


def test_a_claim_whose_worker_died_is_open_to_others_after_two_minutes(
    database, settings, office, clock, two_invited
):
    with database.writing() as session:
        assert len(claim(session, worker="gone", most=10, now=NOON)) == 2
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    clock.now += timedelta(minutes=2, seconds=1)
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == 2


def test_the_rate_is_kept(database, settings, office, clock):
    add_members(database, 6)
    frozen_ballot(database)
    invite(database, settings)
    begun = time.monotonic()
    deliver(database, settings.model_copy(update={"mail_rate": 10.0}), clock=clock)
    assert time.monotonic() - begun > 0.5
    assert len(office.accepted) == 6


def test_a_connection_is_kept_for_many_messages(database, settings, office, clock):
    add_members(database, 30)
    frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == 30
    assert office.connections <= 4


def test_a_message_that_cannot_be_written_costs_the_others_nothing(
    database, settings, office, clock, two_invited
):
    with database.writing() as session:
        # Such as one that a newer version queued.
        session.execute(
            sa.update(OutboxMessage)
            .where(col(OutboxMessage.key).like("%/1"))
            .values(purpose="unheard of")
        )
    deliver(database, settings, clock=clock)
    assert office.recipients == [SECOND]
    assert numbers(database, settings) == {"accepted": 1, "refused": 1}


def test_a_claim_that_passed_to_another_worker_is_left_to_them(
    database, settings, office, clock, two_invited
):
    slow = Worker(database, settings=settings, clock=clock)
    claimed = slow._look_around()
    clock.now += timedelta(minutes=3)
    with database.writing() as session:
        assert claim(session, worker="another", most=10, now=clock.now) == claimed
    send(slow, claimed)
    assert office.accepted == []
    assert row_states(database) == [("queued", "another")] * 2


@ON_ONE_DATABASE  # and not on that one either: it is away
def test_a_database_that_is_away_is_said_once_and_not_every_second(
    settings, clock, tmp_path, monkeypatch
):
    # One that wrote before keeps to how logs were set up then.
    monkeypatch.setattr(worker_module, "log", structlog.get_logger())
    monkeypatch.setattr(worker_module, "LOOK_EVERY", 0.05)
    away = Database(f"sqlite:///{tmp_path / 'none' / 'm.sqlite3'}")
    worker = Worker(away, settings=settings, clock=clock)

    async def look_some_times():
        stop = asyncio.Event()
        working = asyncio.create_task(worker.run(stop))
        await asyncio.sleep(0.5)
        stop.set()
        await working

    with capture_logs() as logs:
        asyncio.run(look_some_times())
    away.dispose()
    [said] = [line for line in logs if line["event"] == "mail_waits_for_the_database"]
    assert said["kind"] == "SQLITE_CANTOPEN"
