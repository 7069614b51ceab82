"""Metrics of a real server: the sum over its workers, and never who, what or with which code."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.one_database import ON_ONE_DATABASE
from tests.support.servers import MusterServe, running_server

VOTES = "/api/v1/ballots/pay-2026/votes"
STREAM = "/api/v1/ballots/pay-2026/turnout/stream"
REJECT = {"answers": {"offer": "reject"}}
VOTERS = 40
ASKED = 12  # scrapes over connections of their own: both workers answer some of them
WITHIN = 20  # seconds
# Each request over a connection of its own, which the kernel gives to either worker.
APART = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), timeout=WITHIN)


@pytest.fixture
def ballot(database, settings):
    add_members(database, VOTERS, branch="Northumbria")
    return given_ballot(database, settings, now=datetime.now(UTC))


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def cast(server, code):
    address = server.base_url + VOTES
    return APART.post(address, headers=bearer(code), json=REJECT).status_code


def scrape(server):
    text = APART.get(f"{server.base_url}/metrics").text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def streams_open(server):
    """Every number that a dozen scrapes give."""
    return {scrape(server)["muster_streams_open",] for _ in range(ASKED)}


def workers_of(server):
    """The processes that serve; the first one only looks after them."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            if parent == server.pid and "spawn_main" in (folder / "cmdline").read_text("utf-8"):
                found.add(int(folder.name))
    return found


def worker_that_serves(server, response):
    """The process at the other end of an answer that still comes."""
    ours = response.extensions["network_stream"].get_extra_info("client_addr")
    [found] = [
        worker
        for worker in workers_of(server)
        if ours in {line.raddr for line in psutil.Process(worker).net_connections("tcp")}
    ]
    return found


def test_two_workers_answer_for_each_other(settings, ballot):
    codes = list(ballot.codes.values())
    with running_server(settings, kind=MusterServe, workers=2) as server:
        statuses = Counter(cast(server, code) for code in (*codes, *codes[:5], "no-such-code"))
        assert statuses == {201: VOTERS, 409: 5, 401: 1}
        scrapes = [scrape(server) for _ in range(ASKED)]
        assert len(workers_of(server)) == 2
    route = ("route", "/api/v1/ballots/{slug}/votes")
    expected = {
        ("muster_requests_total", ("method", "POST"), route, ("status", "201")): VOTERS,
        ("muster_votes_total", ("outcome", "counted")): VOTERS,
        ("muster_votes_total", ("outcome", "already_voted")): 5,
        ("muster_refusals_total", ("code", "already_voted")): 5,
        ("muster_refusals_total", ("code", "unknown_code")): 1,
        ("muster_batch_votes_sum",): VOTERS + 6,
    }
    for found in scrapes:
        assert {sample: found.get(sample) for sample in expected} == expected


# What a worker says of its streams goes through no database: one of them will do.
@ON_ONE_DATABASE
def test_streams_of_a_killed_worker_are_not_open_any_more(database, settings, ballot):
    token = given_token(database, settings)
    with (
        running_server(settings, kind=MusterServe, workers=2) as server,
        httpx.Client(base_url=server.base_url, headers=bearer(token), timeout=WITHIN) as http,
    ):
        with http.stream("GET", STREAM) as response:
            lines = response.iter_lines()
            assert any(line.startswith("data") for line in lines)
            assert streams_open(server) == {1}
            killed = worker_that_serves(server, response)
            os.kill(killed, signal.SIGKILL)
        give_up_at = time.monotonic() + WITHIN
        while len(workers_of(server) - {killed}) < 2:
            assert time.monotonic() < give_up_at
            time.sleep(0.1)
        assert streams_open(server) == {0}


def test_one_process_keeps_its_numbers_to_itself_and_knows_its_memory(settings, ballot):
    with running_server(settings, kind=MusterServe) as server:
        assert cast(server, ballot.any_code) == 201
        found = scrape(server)
    assert found["muster_votes_total", ("outcome", "counted")] == 1
    assert found["muster_batch_seconds_count",] == 1
    assert found["muster_votes_waiting",] == 0
    assert found["process_resident_memory_bytes",] > 0


def test_every_outcome_is_counted_from_the_start(client):
    """A rate of what was never seen is nothing, and an alert on it would never come."""
    text = client.get("/metrics").text
    for outcome in ("counted", "already_voted", "not_taken", "unknown_code"):
        assert f'muster_votes_total{{outcome="{outcome}"}}' in text


def test_metrics_say_nothing_about_anybody(client, database, settings):
    add_members(database, 2, branch="Northumbria")
    ballot = given_ballot(database, settings)
    token = given_token(database, settings)
    code = ballot.any_code
    client.post(VOTES, token=code, json=REJECT | {"receipt": "5f0c6d2e9b7a41838d1f64c2a90e7b35"})
    client.post(VOTES, token=code[:-1], json={"answers": {"offer": "perhaps"}})
    client.get(f"/vote/{code}")
    client.get(f"/no/such/{code}?name=hq-officer")
    client.get("/api/v1/members/NOR0001", token=token)
    client.get("/api/v1/ballots/pay-2026/turnout", token=token)
    client.post("/sign-in", data={"name": "hq-officer", "password": "wrong"})
    text = client.get("/metrics").text
    assert "already_voted" in text
    spelled_out = text.replace("-", "").casefold()
    secrets = [code, code[:-1], token, "5f0c6d2e9b7a4183", "hq-officer", "NOR0001", "Northumbria"]
    for secret in (*secrets, "Invented", "perhaps", "reject", "pay-2026", "no/such", "127.0.0.1"):
        assert secret.replace("-", "").casefold() not in spelled_out
