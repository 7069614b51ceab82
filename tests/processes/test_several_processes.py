"""Two server processes on one database agree about everything."""

import os
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest

from app.core.clock import system_clock
from app.core.database import Database
from app.core.migrations import newest_revision, revision_of
from tests.conftest import SECRET
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.pythons import start_python
from tests.support.servers import running_server

VOTES = "/api/v1/ballots/pay-2026/votes"
WRONG = "0" * 28


@pytest.fixture
def now():
    return system_clock()


@pytest.fixture
def pair(settings):
    """Two processes of one installation, each with its own address."""
    with (
        running_server(settings) as one,
        running_server(settings) as other,
        httpx.Client(base_url=one.base_url, timeout=10) as here,
        httpx.Client(base_url=other.base_url, timeout=10) as there,
    ):
        yield here, there


def vote(client, code, **more):
    return client.post(
        VOTES,
        json={"answers": {"offer": "reject"}} | more,
        headers={"Authorization": f"Bearer {code}"},
    )


def test_whoever_starts_first_migrates_and_the_others_find_nothing_to_do(database_server):
    url = database_server.create_empty()
    environment = {
        "MUSTER_DATABASE_URL": url,
        "MUSTER_SECRET_KEY": SECRET,
        "PATH": os.environ["PATH"],
    }
    with ExitStack() as race:
        rivals = [
            race.enter_context(
                start_python("app", "migrate", env=environment, stderr=subprocess.PIPE)
            )
            for _ in range(4)
        ]
        for rival in rivals:
            _, said = rival.communicate(timeout=90)
            assert rival.returncode == 0, said.decode()
    database = Database(url)
    assert revision_of(database) == newest_revision()
    database.dispose()
    database_server.drop(url)


def test_a_vote_on_one_process_reaches_a_dashboard_on_the_other_within_two_seconds(
    database, settings, pair, now
):
    add_members(database, 9)
    ballot = given_ballot(database, settings, now=now)
    token = given_token(database, settings, now=now)
    one, other = pair
    stream = "/api/v1/ballots/pay-2026/turnout/stream"
    with other.stream("GET", stream, headers={"Authorization": f"Bearer {token}"}) as opened:
        lines = opened.iter_lines()
        assert '"votes_cast":0' in next(line for line in lines if line.startswith("data: {"))
        assert vote(one, ballot.any_code).status_code == 201
        answered = time.monotonic()
        assert '"votes_cast":1' in next(line for line in lines if line.startswith("data: {"))
        assert time.monotonic() - answered < 2


def test_one_code_sent_through_both_processes_at_once_counts_once(database, settings, pair, now):
    add_members(database, 3)
    ballot = given_ballot(database, settings, now=now)
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda n: vote(pair[n % 2], ballot.any_code).status_code, range(32))
    assert Counter(answers) == {201: 1, 409: 31}


def test_a_lost_answer_may_be_asked_for_again_at_the_other_process(database, settings, pair, now):
    add_members(database, 3)
    ballot = given_ballot(database, settings, now=now)
    first = vote(pair[0], ballot.any_code, receipt="made-by-the-member-0001")
    again = vote(pair[1], ballot.any_code, receipt="made-by-the-member-0001")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


def test_who_signs_in_at_one_process_is_known_to_the_other_until_they_sign_out(
    database, settings, pair, now
):
    given_token(database, settings, now=now)
    one, other = pair
    signed_in = one.post(
        "/sign-in", data={"name": "hq-officer", "password": "correct horse battery"}
    )
    assert signed_in.status_code == 303
    other.cookies.update(one.cookies)
    assert other.get("/staff").status_code == 200
    # The cookie is kept at the first, as by somebody who copied it before the sign-out.
    assert other.post("/sign-out").status_code == 303
    assert one.get("/staff").status_code == 303


def test_wrong_codes_at_both_processes_count_together(database, settings, pair, now):
    add_members(database, 3)
    ballot = given_ballot(database, settings, now=now)
    statuses = Counter(vote(pair[n % 2], WRONG).status_code for n in range(24))
    # Throttled at `failures_allowed` in all, not at each; a window that ends meanwhile starts anew.
    assert statuses[401] <= settings.failures_allowed + 2
    assert statuses[429] >= 2
    assert vote(pair[0], ballot.any_code).status_code == 201


def test_a_window_extended_through_one_process_holds_at_the_other(database, settings, pair, now):
    add_members(database, 3)
    ballot = given_ballot(database, settings, now=now, closes_at=now + timedelta(seconds=1))
    time.sleep(1.2)
    assert vote(pair[0], ballot.any_code).status_code == 410
    with database.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE ballot SET closes_at = '2099-01-01 00:00:00.000000'"
        )
    assert [vote(each, ballot.any_code, receipt="r").status_code for each in pair] == [201, 201]
