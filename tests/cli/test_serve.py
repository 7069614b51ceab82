"""`python -m app serve` is the real server: it answers, logs in our form, and stops when told.

One test starts it as an operator does, on either database and with one process or two; what it
says where it does not come up is asked of a fork (tests/support/pythons.py).
"""

import json
import os
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from tests.support.ballots import add_members, given_ballot
from tests.support.ports import free_port
from tests.support.pythons import start_afresh, start_python
from tests.support.votes import cast

READY_WITHIN = 30  # seconds


@pytest.fixture
def port():
    return free_port()


def start(settings, port, log, *more, by=start_python):
    environment = {
        "PATH": os.environ["PATH"],
        "MUSTER_DATABASE_URL": settings.database_url,
        "MUSTER_SECRET_KEY": settings.secret_key.get_secret_value(),
        "MUSTER_UNOIN_NAME": "Probation (invented)",
    }
    words = ("app", "serve", "--port", str(port), *more)
    return by(*words, env=environment, stderr=log, start_new_session=True)


def first_answer(process, port):
    give_up_at = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz")
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the server did not answer")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_serves_until_told_to_stop(settings, port, tmp_path, workers):
    with (tmp_path / "log").open("w+") as log:
        process = start(settings, port, log, "--workers", workers, by=start_afresh)
        try:
            answer = first_answer(process, port)
            httpx.get(f"http://127.0.0.1:{port}/vote/7K3QD-9ZT0M?code=7K3QD-9ZT0M")
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=15)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        log.seek(0)
        lines = [json.loads(line) for line in log]
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert "server" not in answer.headers
    assert process.returncode in {0, -signal.SIGTERM}
    events = [line["event"] for line in lines]
    [misspelt] = [line for line in lines if line["event"] == "unknown_setting"]
    assert (misspelt["name"], misspelt["perhaps_meant"]) == (
        "MUSTER_UNOIN_NAME",
        "MUSTER_UNION_NAME",
    )
    assert "Application startup complete." in events
    assert "Application shutdown complete." in events
    assert "7K3QD" not in json.dumps(lines)


def test_a_port_that_is_taken_is_one_sentence(settings, port, database, tmp_path):
    with socket.socket() as other, (tmp_path / "log").open("w+") as log:
        other.bind(("127.0.0.1", port))
        other.listen()
        process = start(settings, port, log)
        assert process.wait(timeout=READY_WITHIN) == 1
        log.seek(0)
        [said] = log.readlines()
    assert said.startswith(
        f"Port {port} of 127.0.0.1 cannot be listened on: Address already in use"
    )


def test_it_does_not_start_on_a_database_without_a_schema(settings, port, database_server):
    url = database_server.create_empty()
    empty = settings.model_copy(update={"database_url": url})
    process = start(empty, port, subprocess.PIPE)
    _, said = process.communicate(timeout=READY_WITHIN)
    assert process.returncode == 1
    assert said.decode() == (
        "The database is not at this version's schema. Run `muster migrate`.\n"
    )
    database_server.drop(url)


def test_it_does_not_start_with_keys_that_open_no_paper(settings, database, port, tmp_path):
    now = datetime.now(UTC)
    add_members(database, 3)
    cast(database, given_ballot(database, settings, now=now), ["reject"], at=now)
    other = settings.model_copy(
        update={"secret_key": SecretStr("another key, as long as any of them must be")}
    )
    process = start(other, port, subprocess.PIPE)
    _, said = process.communicate(timeout=READY_WITHIN)
    assert process.returncode == 1
    [sentence] = said.decode().splitlines()
    assert "The papers of pay-2026 were sealed with another key" in sentence
    with (tmp_path / "log").open("w+") as log:
        process = start(other, port, log, "--key-is-lost")
        answer = first_answer(process, port)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
    assert answer.status_code == 200
