"""The stream of a real server: at once, within two seconds of a vote, over when it stops."""

import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from app.security.models import Role
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.servers import running_server

STREAM = "/api/v1/ballots/pay-2026/turnout/stream"
WITHIN = 15  # seconds: longer than anything here takes, shorter than for ever


@pytest.fixture
def ballot(database, settings):
    add_members(database, 8, branch="Leeds")
    add_members(database, 6, branch="York")
    return given_ballot(database, settings, kind="industrial_action", now=datetime.now(UTC))


@contextmanager
def watching(server, token, **params):
    """Open the stream; yields the response and an iterator over its turnouts."""
    headers = {"Authorization": f"Bearer {token}"}
    with (
        httpx.Client(base_url=server.base_url, timeout=WITHIN) as http,
        http.stream("GET", STREAM, headers=headers, params=params) as response,
    ):
        yield response, turnouts(response.iter_lines())


def turnouts(lines):
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def cast(server, code, *, answer="reject"):
    response = httpx.post(
        f"{server.base_url}/api/v1/ballots/pay-2026/votes",
        headers={"Authorization": f"Bearer {code}"},
        json={"answers": {"offer": answer}},
        timeout=WITHIN,
    )
    assert response.status_code == 201, response.text


def test_the_stream_moves_within_two_seconds_of_a_vote(database, settings, ballot, hq):
    with running_server(settings) as server, watching(server, hq) as (response, stream):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        assert next(stream)["votes_cast"] == 0
        for votes, code in enumerate(list(ballot.codes.values())[:3], 1):
            cast(server, code)
            answered = time.monotonic()
            assert next(stream)["votes_cast"] == votes
            assert time.monotonic() - answered < 2


def test_the_stream_says_what_the_plain_call_says_and_never_an_answer(
    database, settings, ballot, hq
):
    with running_server(settings) as server:
        cast(server, ballot.any_code)
        plain = httpx.get(
            f"{server.base_url}/api/v1/ballots/pay-2026/turnout?group_by=workplace",
            headers={"Authorization": f"Bearer {hq}"},
            timeout=WITHIN,
        ).json()
        with watching(server, hq, group_by="workplace") as (_, stream):
            streamed = next(stream)
    assert streamed.pop("as_at") >= plain.pop("as_at")
    assert streamed == plain
    assert "reject" not in json.dumps(streamed)


def test_a_branch_officer_is_streamed_their_own_branch(database, settings, ballot):
    york = given_token(database, settings, name="york", role=Role.BRANCH, branch="York")
    with running_server(settings) as server, watching(server, york) as (_, stream):
        found = next(stream)
        assert found["entitled"] == 6
        assert [each["name"] for each in found["groups"]] == ["York"]


def test_an_open_stream_does_not_keep_the_server_from_stopping(database, settings, ballot, hq):
    with running_server(settings) as server, watching(server, hq) as (_, stream):
        next(stream)
        asked = time.monotonic()
        server.stop()
        # Less than any grace that a server is given, so the stream ended by itself.
        assert time.monotonic() - asked < 5
        assert list(stream) == []
