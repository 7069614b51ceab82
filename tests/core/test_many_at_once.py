"""Many requests at once are all answered: none waits for a thread that waits for it."""

import asyncio
import time
from collections import Counter

import httpx

from tests.support.ballots import add_members, ballot_in, given_ballot, given_token

AT_ONCE = 120


def all_at_once(client, requests):
    async def together():
        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return await asyncio.gather(*(http.request(*each[:2], **each[2]) for each in requests))

    return client.run(together)


def test_many_readers_at_once_are_all_answered_promptly(client, database, settings):
    add_members(database, 3)
    given_ballot(database, settings)
    began = time.monotonic()
    answers = all_at_once(client, [("GET", "/api/v1/ballots", {})] * AT_ONCE)
    assert Counter(answer.status_code for answer in answers) == {200: AT_ONCE}
    # Threads that wait for each other give up after the pool's 30 s, and not before.
    assert time.monotonic() - began < 25


def test_many_writers_at_once_are_all_answered_promptly(client, database, settings):
    token = given_token(database, settings)
    headers = {"Authorization": f"Bearer {token}"}
    requests = [
        (
            "POST",
            "/api/v1/ballots",
            {"headers": headers, "json": ballot_in(slug=f"b-{n}").model_dump(mode="json")},
        )
        for n in range(80)
    ]
    began = time.monotonic()
    answers = all_at_once(client, requests)
    assert Counter(answer.status_code for answer in answers) == {201: 80}
    assert time.monotonic() - began < 25
