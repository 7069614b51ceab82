"""The worker killed in the middle, as a power cut would, on both databases."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.core.clock import system_clock
from app.notices.desk import desk_of
from app.notices.models import Delivery, OutboxMessage
from tests.support.ballots import add_members
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import a_post_office, code_in, with_mail

ROOT = Path(__file__).parents[2]
MEMBERS, CONNECTIONS, KILLS = 400, 2, 4


@pytest.fixture
def office():
    with a_post_office() as office:
        yield office


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office, mail_connections=CONNECTIONS)


@pytest.fixture
def start_worker():
    """Start workers that end with the test, also with one that fails."""
    with ExitStack() as started:

        def start(settings, *options):
            worker = started.enter_context(a_worker(settings, *options))
            started.callback(worker.kill)
            return worker

        yield start


def a_worker(settings, *options):
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "app", "worker", *options],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "MUSTER_DATABASE_URL": settings.database_url,
            "MUSTER_SECRET_KEY": settings.secret_key.get_secret_value(),
            "MUSTER_BASE_URL": settings.base_url,
            "MUSTER_SMTP_URL": settings.smtp_url,
            "MUSTER_MAIL_CONNECTIONS": str(settings.mail_connections),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, *, seconds=30):
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.01)


def let_claims_run_out(database):
    """As if the minutes had passed after which others may take over."""
    with database.writing() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(col(OutboxMessage.claimed_until).is_not(None))
            .values(claimed_until=system_clock())
        )


def numbers(database, settings):
    with database.reading() as session:
        return dict(desk_of(session, settings=settings, now=system_clock()).numbers)


def test_killed_at_any_moment_nothing_is_sent_twice_and_nothing_is_forgotten(
    database, settings, office, start_worker
):
    now = system_clock()
    add_members(database, MEMBERS)
    frozen_ballot(database, now=now)
    assert invite(database, settings, now=now) == MEMBERS
    chance = random.Random()  # noqa: S311 - not a secret
    for kill in range(1, KILLS + 1):
        before = len(office.accepted)
        worker = start_worker(settings)
        wait_for(lambda before=before: len(office.accepted) > before + 5)
        time.sleep(chance.random() / 10)
        worker.kill()
        worker.communicate()
        assert numbers(database, settings)["queued"] > 0, f"kill {kill} came too late to count"
        let_claims_run_out(database)
    worker = start_worker(settings, "--until-idle")
    _, log = worker.communicate(timeout=60)
    assert worker.returncode == 0, log

    sent = office.recipients
    found = numbers(database, settings)
    assert len(sent) == len(set(sent)), "a message was accepted twice"
    assert found["queued"] == found["sending"] == found["refused"] == found["dropped"] == 0
    assert found["accepted"] + found["unsure"] == MEMBERS
    # The one exception: what was in hand when it was killed, and whose answer nobody heard.
    assert found["unsure"] <= KILLS * CONNECTIONS
    assert found["accepted"] <= len(sent) <= found["accepted"] + found["unsure"]
    for secret in {code_in(letter) for letter in office.letters[:20]}:
        assert secret not in log
    for address in sent[:20]:
        assert address not in log


def test_told_to_stop_it_finishes_what_is_in_hand_and_gives_the_rest_back(
    database, settings, office, start_worker
):
    now = system_clock()
    add_members(database, MEMBERS)
    frozen_ballot(database, now=now)
    invite(database, settings, now=now)
    office.slow = 0.05
    worker = start_worker(settings)
    wait_for(lambda: len(office.accepted) > 5)
    worker.send_signal(signal.SIGTERM)
    _, log = worker.communicate(timeout=20)
    assert worker.returncode == 0, log
    found = numbers(database, settings)
    assert found["sending"] == found["unsure"] == 0
    assert found["accepted"] == len(office.accepted)
    assert found["queued"] == MEMBERS - len(office.accepted)
    with database.reading() as session:
        held = session.execute(
            sa.select(sa.func.count()).where(
                col(OutboxMessage.worker).is_not(None),
                col(OutboxMessage.state) == Delivery.QUEUED,
            )
        ).scalar_one()
    assert held == 0
