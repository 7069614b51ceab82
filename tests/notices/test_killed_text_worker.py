"""The worker killed while texts leave, on both databases, beside a provider that speaks HTTP."""

import json
import random
import time
from contextlib import ExitStack

import pytest
from sqlmodel import select

from app.ballots.service import get_ballot
from app.core.clock import system_clock
from app.core.settings import Settings
from app.notices.text_worker import LANES
from app.notices.texts import queue_texts
from app.roll.models import Member
from tests.support.ballots import HQ, add_members
from tests.support.invitations import frozen_ballot
from tests.support.texts import a_provider
from tests.support.workers import a_worker, let_claims_run_out, numbers, wait_for

MEMBERS, KILLS = 300, 3


@pytest.fixture
def provider():
    with a_provider() as provider:
        yield provider


@pytest.fixture
def settings(settings, provider):
    return Settings(**settings.model_dump() | {"sms_url": provider.url})


@pytest.fixture
def start_worker(settings):
    """Start workers that end with the test, also with one that fails."""
    with ExitStack() as started:

        def start(*options):
            worker = started.enter_context(a_worker(settings, *options))
            started.callback(worker.kill)
            return worker

        yield start


def queue(database, settings):
    now = system_clock()
    add_members(database, MEMBERS, email="")
    with database.writing() as session:
        for number, member in enumerate(session.exec(select(Member)).all()):
            member.mobile = f"07700{number:06}"
    frozen_ballot(database, now=now)
    with database.writing() as session:
        ballot = get_ballot(session, "pay-2026")
        return queue_texts(session, ballot, staff=HQ, settings=settings, now=now)


def test_killed_at_any_moment_no_text_is_sent_twice_and_none_is_forgotten(
    database, settings, provider, start_worker
):
    assert queue(database, settings) == MEMBERS
    chance = random.Random()  # noqa: S311 - not a secret
    for kill in range(1, KILLS + 1):
        before = len(provider.accepted)
        worker = start_worker()
        wait_for(lambda before=before: len(provider.accepted) > before + 5)
        time.sleep(chance.random() / 10)
        worker.kill()
        worker.communicate()
        assert numbers(database, settings)["queued"] > 0, f"kill {kill} came too late to count"
        let_claims_run_out(database)
    worker = start_worker("--until-idle")
    _, log = worker.communicate(timeout=60)
    assert worker.returncode == 0, log

    sent = [json.loads(body)["to"] for body in provider.accepted]
    found = numbers(database, settings)
    assert len(sent) == len(set(sent)), "a text was accepted twice"
    assert found["queued"] == found["sending"] == found["refused"] == found["dropped"] == 0
    assert found["accepted"] + found["unsure"] == MEMBERS
    # The one exception: what was in hand when it was killed, and whose answer nobody heard.
    assert found["unsure"] <= KILLS * LANES
    assert found["accepted"] <= len(sent) <= found["accepted"] + found["unsure"]
    for number in sent[:20]:
        assert number not in log
