"""What Prometheus learns of mail, webhooks and backups: cheap numbers, and nothing of anybody."""

import os
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import col

from app.core.settings import Settings
from app.main import create_app
from app.notices.bounce_models import Bounce
from app.notices.desk import pause_mail
from app.notices.models import Delivery, MailSwitch, OutboxMessage, Purpose
from app.notices.watch import Watch, newest_backup
from app.notices.webhook_events import note_test
from app.notices.webhooks import add_webhook
from tests.support.answers import statements_of
from tests.support.ballots import HQ, NOON
from tests.support.client import AppClient

HOUR = timedelta(hours=1)


@pytest.fixture
def settings(settings, tmp_path):
    more = {"smtp_url": "smtp://127.0.0.1:9", "backup_folder": tmp_path, "webhooks_inside": True}
    return settings.model_copy(update=more)


def scrape(client):
    return {
        (sample.name.removeprefix("muster_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name.startswith("muster_")
    }


def put(database, number, *, purpose, state, by_text=False, due_at=NOON):
    with database.writing() as session:
        for _ in range(number):
            session.add(
                OutboxMessage(
                    key=os.urandom(8).hex(),
                    purpose=purpose,
                    by_text=by_text,
                    state=state,
                    queued_at=NOON,
                    due_at=due_at,
                )
            )


def test_messages_are_counted_by_purpose_channel_and_state(client, database):
    put(database, 3, purpose=Purpose.INVITATION, state=Delivery.QUEUED, due_at=NOON - HOUR)
    put(database, 2, purpose=Purpose.INVITATION, state=Delivery.REFUSED)
    put(database, 20, purpose=Purpose.TEXT, state=Delivery.ACCEPTED, by_text=True)
    put(database, 1, purpose=Purpose.TEXT, state=Delivery.QUEUED, by_text=True, due_at=NOON + HOUR)
    found = scrape(client)
    assert found["outbox_messages", "email", "invitation", "queued"] == 3
    assert found["outbox_messages", "email", "invitation", "refused"] == 2
    assert found["outbox_messages", "email", "invitation", "accepted"] == 0
    assert found["outbox_messages", "text", "text", "accepted"] == 20
    assert found["outbox_overdue_seconds", "email"] == 3600
    assert found["outbox_overdue_seconds", "text"] == 0
    assert found["looked_timestamp_seconds",] == NOON.timestamp()


@pytest.mark.parametrize(
    ("purpose", "state"),
    [
        (Purpose.REMINDER, Delivery.QUEUED),
        (Purpose.NEW_LINK, Delivery.DROPPED),
        (Purpose.OWN_CHECK, Delivery.ACCEPTED),
        (Purpose.INVITATION, Delivery.ACCEPTED),
        (Purpose.INVITATION, Delivery.DROPPED),
    ],
)
def test_one_message_that_tells_of_somebody_is_not_seen(client, database, clock, purpose, state):
    put(database, 4, purpose=purpose, state=state)
    assert scrape(client)["outbox_messages", "email", purpose, state] == 0
    put(database, 20, purpose=purpose, state=state)
    clock.now += HOUR
    assert scrape(client)["outbox_messages", "email", purpose, state] == 20


def test_the_worker_and_its_troubles_are_seen(client, database):
    assert scrape(client)["worker_seen_timestamp_seconds",] == 0
    with database.writing() as session:
        switch = session.get_one(MailSwitch, 1)
        switch.seen_at, switch.text_trouble = NOON - HOUR, "It is away."
        pause_mail(session, actor=HQ.actor, now=NOON)
    found = scrape(client)
    assert found["worker_seen_timestamp_seconds",] == (NOON - HOUR).timestamp()
    assert (found["mail_on",], found["mail_paused",]) == (1, 1)
    assert (found["mail_trouble", "email"], found["mail_trouble", "text"]) == (0, 1)


def test_webhooks_wait_until_they_are_heard(client, database, settings, clock):
    with database.writing() as session:
        url = "http://127.0.0.1:9/"
        hook, _ = add_webhook(session, url, staff=HQ, settings=settings, now=NOON)
        note_test(session, hook.id, now=NOON)
    clock.now += HOUR
    found = scrape(client)
    assert (found["webhooks_waiting",], found["webhooks_overdue_seconds",]) == (1, 3600)


def test_what_came_back_is_counted_by_kind(client, database):
    put(database, 1, purpose=Purpose.INVITATION, state=Delivery.ACCEPTED)
    with database.writing() as session:
        [message] = session.scalars(sa.select(col(OutboxMessage.id)))
        for n, hard in enumerate((True, True, False)):
            session.add(
                Bounce(message_id=f"<{n}>", outbox_id=message, address="", hard=hard, heard_at=NOON)
            )
    found = scrape(client)
    assert (found["mail_returned", "hard"], found["mail_returned", "soft"]) == (2, 1)


def test_only_whole_backups_count_and_the_newest_of_them(client, tmp_path):
    assert scrape(client)["backup_timestamp_seconds",] == 0
    for name, made in (("muster-a.backup", 1000), ("muster-b.backup", 3000), ("notes.txt", 4000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (made, made))
    (tmp_path / "muster-c.backup.unfinished").touch()
    found = scrape(client)
    assert (found["backup_expected",], found["backup_timestamp_seconds",]) == (1, 3000)


def test_a_folder_that_is_not_there_holds_no_backup(tmp_path):
    assert newest_backup(tmp_path / "gone") is None


@pytest.mark.parametrize(("given", "expected"), [("", None), ("/var/b", "/var/b")])
def test_no_folder_is_an_empty_setting(given, expected):
    folder = Settings(secret_key="x" * 40, backup_folder=given).backup_folder
    assert (str(folder) if folder else None) == expected


def test_the_outbox_is_counted_for_a_hundredth_of_the_time(client, database, clock):
    with statements_of(client.app.state.database) as asked:
        for _ in range(3):
            client.get("/metrics")
        assert sum("GROUP BY outbox" in each for each in asked) == 1
        clock.now += HOUR
        client.get("/metrics")
    assert sum("GROUP BY outbox" in each for each in asked) == 2
    assert not any("member" in each or "roll_entry" in each for each in asked)


def test_metrics_do_not_wait_for_a_look_that_hangs(database, settings):
    def slowly():
        time.sleep(1)
        return NOON

    looking = Watch(database, settings=settings, clock=slowly)
    began = time.monotonic()
    for _ in range(3):
        looking.look(patience=0.05)
    assert time.monotonic() - began < 0.6
    looking.look(patience=5)


def test_metrics_are_there_while_the_database_is_not(settings, clock, tmp_path):
    nowhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/no/where.sqlite3"})
    app = create_app(settings, clock=clock)
    app.state.watch = Watch(
        create_app(nowhere, clock=clock).state.database, settings=nowhere, clock=clock
    )
    with AppClient(app) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "muster_votes_total" in answer.text
