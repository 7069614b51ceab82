"""Texts to members whom no e-mail reaches, against a provider that refuses, delays, hangs up."""

import asyncio
import json
import time
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.audit.service import COMMAND_LINE
from app.ballots.models import Credential
from app.ballots.service import get_ballot
from app.core.settings import Settings
from app.notices.channels import NoSuchNumber, TextProvider, worldwide
from app.notices.desk import desk_of, pause_mail, resume_mail
from app.notices.models import Delivery, OutboxMessage
from app.notices.text_worker import TextWorker
from app.notices.texts import TextsAreOff, queue_texts
from tests.support.ballots import HQ, NOON, add_members
from tests.support.desks import given_desk, words
from tests.support.invitations import frozen_ballot
from tests.support.ports import free_port
from tests.support.texts import a_provider

HERE = "/hq/ballots/pay-2026/texts"


@pytest.fixture
def provider():
    with a_provider() as provider:
        yield provider


@pytest.fixture
def settings(settings, provider):
    key = "Authorization: Bearer sms-key-42"
    facts = {"sms_url": provider.url, "sms_key": key}
    return Settings(**settings.model_dump() | facts)


@pytest.fixture
def queued(database, settings, clock):
    """One member with a mobile alone, whose text is queued; one with e-mail; one with neither."""
    clock.now = NOON
    add_members(database, 1, email="", mobile="07700 900001")
    add_members(database, 1, branch="Hull", mobile="07700900002")
    add_members(database, 1, branch="York", email="")
    frozen_ballot(database)
    with database.writing() as session:
        ballot = get_ballot(session, "pay-2026")
        assert queue_texts(session, ballot, staff=HQ, settings=settings, now=NOON) == 1
        assert queue_texts(session, ballot, staff=HQ, settings=settings, now=NOON) == 0


def deliver(database, settings, clock, *, patience=5.0):
    channel = TextProvider(settings, patience=patience)
    worker = TextWorker(database, settings=settings, clock=clock, channel=channel)
    asyncio.run(worker.run(asyncio.Event(), until_idle=True))


def state_of_text(database):
    with database.reading() as session:
        return session.exec(select(OutboxMessage)).one().state


def live_codes(database):
    with database.reading() as session:
        return len(
            session.exec(select(Credential).where(col(Credential.revoked_at).is_(None))).all()
        )


@pytest.mark.usefixtures("queued")
def test_a_text_reaches_who_has_a_mobile_alone_and_its_link_opens_the_ballot(
    database, settings, clock, provider, client
):
    deliver(database, settings, clock)
    deliver(database, settings, clock)
    [(path, headers, body)] = provider.asked
    sent = json.loads(body)
    assert path == "/send?from=union"
    assert headers["Authorization"] == "Bearer sms-key-42"
    assert sent["to"] == "+447700900001"
    assert "Pay offer 2026" in sent["text"]
    code = sent["text"].rpartition("/vote/")[2]
    vote = {"answers": {"offer": "accept"}}
    assert client.post("/api/v1/ballots/pay-2026/votes", token=code, json=vote).status_code == 201
    assert state_of_text(database) == Delivery.ACCEPTED


@pytest.mark.usefixtures("queued")
@pytest.mark.parametrize(
    ("status", "state", "codes"),
    [
        pytest.param(400, Delivery.REFUSED, 0, id="refused for good"),
        pytest.param(302, Delivery.REFUSED, 0, id="a redirect, which is not followed"),
        pytest.param(429, Delivery.QUEUED, 0, id="too many: again later"),
        pytest.param(503, Delivery.QUEUED, 0, id="its own trouble: again later"),
        pytest.param(401, Delivery.QUEUED, 0, id="our key is wrong: nobody is lost"),
    ],
)
def test_what_the_provider_answers_decides_what_becomes_of_it(
    database, settings, clock, provider, status, state, codes
):
    provider.status = status
    deliver(database, settings, clock)
    assert (state_of_text(database), live_codes(database)) == (state, codes)
    assert len(provider.asked) == 1


@pytest.mark.usefixtures("queued")
@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        pytest.param("1200", 20, id="twenty minutes"),
        pytest.param("5", 1, id="less than our own pause"),
        pytest.param("999999", 60, id="an hour at most"),
        pytest.param("Tue, 01 Dec 2026 09:00:00 GMT", 1, id="a date"),
        pytest.param("²", 1, id="nonsense"),
    ],
)
def test_a_provider_that_asks_for_a_pause_has_it(
    database, settings, clock, provider, asked, minutes
):
    provider.status, provider.retry_after = 429, asked
    deliver(database, settings, clock)
    with database.reading() as session:
        due_at = session.exec(select(OutboxMessage.due_at)).one()
    assert due_at - clock.now == timedelta(minutes=minutes)


@pytest.mark.usefixtures("queued")
def test_a_text_whose_answer_never_came_is_unsure_and_not_sent_again(
    database, settings, clock, provider
):
    provider.slow = 1.0
    deliver(database, settings, clock, patience=0.2)
    deliver(database, settings, clock)
    assert len(provider.asked) == 1
    assert (state_of_text(database), live_codes(database)) == (Delivery.UNSURE, 1)


@pytest.mark.usefixtures("queued")
def test_a_provider_that_is_not_there_costs_nobody_anything(database, settings, clock, provider):
    away = settings.model_copy(update={"sms_url": f"http://127.0.0.1:{free_port()}/"})
    deliver(database, away, clock)
    assert (state_of_text(database), live_codes(database)) == (Delivery.QUEUED, 0)
    clock.now = NOON.replace(minute=1)
    deliver(database, settings, clock)
    assert len(provider.asked) == 1


@pytest.mark.usefixtures("queued")
def test_a_form_is_filled_in_as_well(database, settings, clock, provider):
    form = settings.model_copy(update={"sms_body": "to={number}&text={text}"})
    deliver(database, form, clock)
    [(_, headers, body)] = provider.asked
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body)["to"] == ["+447700900001"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("07700 900001", "+447700900001"),
        ("+44 7700 900001", "+447700900001"),
        ("00353 85 123 4567", "+353851234567"),
    ],
)
def test_a_number_is_written_as_providers_take_it(written, number):
    assert worldwide(written) == number


@pytest.mark.parametrize(
    "written", ["0113 496 0000", "12", "call me", "+44\r\nX: y", "٠٧٧٠٠٩٠٠٠٠١"]
)
def test_what_cannot_be_a_mobile_number_is_refused(written):
    with pytest.raises(NoSuchNumber):
        worldwide(written)


@pytest.mark.usefixtures("queued")
def test_what_a_worker_has_claimed_waits_too_when_mail_is_paused(
    database, settings, clock, provider
):
    class PausedMeanwhile(TextWorker):
        def _claim(self):
            claimed = super()._claim()
            with database.writing() as session:
                pause_mail(session, actor=COMMAND_LINE, now=NOON)
            return claimed

    worker = PausedMeanwhile(database, settings=settings, clock=clock)
    assert worker._claim(), "there is one to claim"
    asyncio.run(worker._send_all(TextProvider(settings), worker._claim() or [1], asyncio.Event()))
    assert provider.asked == []
    assert (state_of_text(database), live_codes(database)) == (Delivery.QUEUED, 0)
    with database.writing() as session:
        resume_mail(session, actor=COMMAND_LINE, now=NOON)
    deliver(database, settings, clock)
    assert len(provider.asked) == 1


def test_a_code_from_a_download_at_the_same_moment_stops_no_worker(
    database, settings, clock, provider
):
    clock.now = NOON
    add_members(database, 2, email="", mobile="07700900001")
    frozen_ballot(database)
    with database.writing() as session:
        queue_texts(session, get_ballot(session, "pay-2026"), staff=HQ, settings=settings, now=NOON)

    class Raced(TextWorker):
        clashes = 0

        def _write(self, session, rows, now):
            written = super()._write(session, rows, now)
            if not Raced.clashes:
                Raced.clashes += 1
                # As the database says it when a download was first.
                raise IntegrityError("INSERT INTO credential", {}, Exception("unique"))
            return written

    worker = Raced(database, settings=settings, clock=clock)
    asyncio.run(worker.run(asyncio.Event(), until_idle=True))
    assert Raced.clashes == 1
    assert len(provider.accepted) == 2


@pytest.mark.usefixtures("queued")
def test_a_provider_in_trouble_is_left_alone_longer_each_time_and_named_to_officers(
    database, settings, clock, provider, client
):
    provider.status = 503
    worker = TextWorker(database, settings=settings, clock=clock)
    waits = []
    for minutes in (0, 2, 10):
        clock.now = NOON + timedelta(minutes=minutes)
        waits.append(
            asyncio.run(worker._send_all(TextProvider(settings), worker._claim(), asyncio.Event()))
        )
    assert waits == [1, 2, 4]
    with database.reading() as session:
        desk = desk_of(session, settings=settings, now=NOON)
    assert desk.text_trouble == "The provider of texts answered 503."
    assert "The provider of texts answered 503." in words(
        given_desk(client, database).page(HERE).main
    )
    provider.status = 200
    clock.now += timedelta(hours=1)
    deliver(database, settings, clock)
    with database.reading() as session:
        assert desk_of(session, settings=settings, now=NOON).text_trouble == ""


def test_texts_keep_to_a_rate_of_their_own(database, settings, clock, provider):
    clock.now = NOON
    add_members(database, 6, email="", mobile="07700900001")
    frozen_ballot(database)
    slow = settings.model_copy(update={"sms_rate": 10.0})
    with database.writing() as session:
        queue_texts(session, get_ballot(session, "pay-2026"), staff=HQ, settings=slow, now=NOON)
    began_at = time.monotonic()
    deliver(database, slow, clock)
    assert len(provider.accepted) == 6
    assert time.monotonic() - began_at >= 0.5


def test_headquarters_sends_them_with_one_click(database, client, settings, clock):
    del settings
    clock.now = NOON
    add_members(database, 2, email="", mobile="07700900001")
    frozen_ballot(database)
    desk = given_desk(client, database)
    assert "2 members have a mobile number" in words(desk.page(HERE).main)
    assert desk.post(HERE).status_code == 303
    page = desk.page(HERE)
    assert words(page.select_one("main tbody tr")) == "Waiting 2"


def test_without_a_provider_nothing_is_queued(database, settings):
    off = settings.model_copy(update={"sms_url": None})
    add_members(database, 1)
    frozen_ballot(database)
    with database.writing() as session, pytest.raises(TextsAreOff):
        queue_texts(session, get_ballot(session, "pay-2026"), staff=HQ, settings=off, now=NOON)
