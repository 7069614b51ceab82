"""The worker killed in the middle, as a power cut would, on both databases."""

import random
import signal
import time
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.core.clock import system_clock
from app.notices.models import Delivery, OutboxMessage
from tests.support.ballots import add_members
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import code_in, with_mail
from tests.support.workers import a_worker, let_claims_run_out, numbers, wait_for

MEMBERS, CONNECTIONS, KILLS = 400, 2, 4


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
