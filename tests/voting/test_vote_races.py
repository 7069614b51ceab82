"""One code sent many times at once: in one process, and over the network to two processes."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import httpx
import pytest

from app.voting.seal import box_totals
from tests.support.ballots import add_members, given_ballot
from tests.support.servers import running_server

VOTES = "/api/v1/ballots/pay-2026/votes"
AT_ONCE = 32
REJECT = {"answers": {"offer": "reject"}}


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


def bearer(code):
    return {"Authorization": f"Bearer {code}"}


async def post_at_once(http, votes):
    """Send (code, body) pairs at the same moment; return how often each status came."""
    answers = await asyncio.gather(
        *(http.post(VOTES, headers=bearer(code), json=body) for code, body in votes)
    )
    return Counter(answer.status_code for answer in answers)


def test_one_code_posted_32_times_at_once_counts_once(client, database, settings):
    add_members(database, 1)
    ballot = given_ballot(database, settings)
    votes = [(ballot.any_code, REJECT)] * AT_ONCE
    assert client.run(post_at_once, client._http, votes) == {201: 1, 409: AT_ONCE - 1}
    assert totals(database, ballot) == (1, 1, 1)


def test_one_vote_sent_32_times_at_once_is_one_vote(client, database, settings):
    """With its receipt it is the same vote each time, so each answer is the receipt."""
    add_members(database, 1)
    ballot = given_ballot(database, settings)
    votes = [(ballot.any_code, REJECT | {"receipt": "mine"})] * AT_ONCE
    assert client.run(post_at_once, client._http, votes) == {201: AT_ONCE}
    assert totals(database, ballot) == (1, 1, 1)


@pytest.fixture
def open_now(database, settings):
    """A real server tells the time by the system's clock."""
    add_members(database, 8)
    return given_ballot(database, settings, now=datetime.now(UTC))


def test_codes_raced_through_two_processes_count_once_each(database, settings, open_now):
    async def race(base_url):
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=30) as http:
            first = [
                await post_at_once(http, [(code, REJECT)] * AT_ONCE)
                for code in list(open_now.codes.values())[:2]
            ]
            every_code = [(code, REJECT) for code in list(open_now.codes.values())[2:]] * 8
            return *first, await post_at_once(http, every_code)

    with running_server(settings, workers=2) as server:
        one, two, six = asyncio.run(race(server.base_url))
    assert one == two == {201: 1, 409: AT_ONCE - 1}
    assert six == {201: 6, 409: 42}
    assert totals(database, open_now) == (8, 8, 8)


def test_the_log_of_a_real_server_holds_no_code_no_receipt_and_no_choice(settings, open_now):
    mine, theirs = list(open_now.codes.values())[:2]
    secrets = ["5f0c6d2e9b7a41838d1f64c2a90e7b35", "perhaps"]
    votes = [
        (mine, REJECT | {"receipt": secrets[0]}),
        (mine, REJECT),
        (theirs, {"answers": {"offer": "perhaps"}}),
        (theirs[:-1], REJECT),
        (theirs, {"answers": None}),
    ]
    with running_server(settings) as server:
        with httpx.Client(base_url=server.base_url) as http:
            statuses = [
                http.post(VOTES, headers=bearer(code), json=body).status_code
                for code, body in votes
            ]
            http.get(f"/vote/{theirs}")
        server.stop()
        log = server.log
    assert statuses == [201, 409, 422, 401, 422]
    assert log.count('"event": "request"') >= len(votes)
    spelled_out = log.upper().replace("-", "")
    for secret in (*secrets, "reject", mine, theirs, theirs[:-1]):
        assert secret.upper().replace("-", "") not in spelled_out
