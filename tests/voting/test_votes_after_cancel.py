"""Once two officers have cancelled a ballot no vote is taken, in any process, at any moment."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.ballots.service import get_ballot
from app.turnout.figures import read_figures
from app.voting.seal import box_totals
from tests.support.ballots import NOON, add_members, given_ballot
from tests.support.cancelled import WHY, cancel
from tests.support.servers import running_server

VOTES = "/api/v1/ballots/pay-2026/votes"
REJECT = {"answers": {"offer": "reject"}}


def bearer(code):
    return {"Authorization": f"Bearer {code}"}


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


def post(client, code, body):
    return client.post(VOTES, headers=bearer(code), json=body)


def test_a_vote_after_the_cancellation_is_told_so(client, database, ballot):
    first, second, _ = ballot.codes.values()
    mine = REJECT | {"receipt": "mine"}
    assert post(client, first, mine).status_code == 201
    cancel(database)
    for code, body in ((second, REJECT), (first, REJECT), (first, mine), (second, {"answers": {}})):
        refused = post(client, code, body)
        assert (refused.status_code, refused.json()["code"]) == (410, "ballot_closed")
        assert "cancelled" in refused.json()["detail"]
    assert totals(database, ballot) == (1, 1, 1)


def test_before_the_opening_too(client, database, ballot, clock):
    clock.now = NOON - timedelta(hours=2)
    cancel(database, now=clock.now)
    refused = post(client, ballot.any_code, REJECT)
    assert refused.status_code == 410
    assert "cancelled" in refused.json()["detail"]


def test_a_stranger_learns_nothing_more(client, database, ballot):
    cancel(database)
    assert post(client, "AAAA-BBBB", REJECT).json()["code"] == "unknown_code"


def test_turnout_keeps_what_it_was(client, database, ballot):
    assert post(client, ballot.any_code, REJECT).status_code == 201
    cancel(database)
    post(client, list(ballot.codes.values())[1], REJECT)
    with database.reading() as session:
        figures = read_figures(session, get_ballot(session, "pay-2026"), now=NOON)
    assert sum(figures.votes.values()) == 1


@pytest.mark.parametrize(("language", "words"), [("en", "was cancelled"), ("cy", "Canslwyd")])
def test_members_read_plain_words_on_both_pages(client, database, ballot, language, words):
    cancel(database)
    for path, status in ((f"/vote/{ballot.any_code}", 410), ("/ballots/pay-2026", 200)):
        shown = client.get(f"{path}?lang={language}")
        assert shown.status_code == status
        assert words in shown.text
        assert WHY in shown.text


def test_of_votes_raced_against_a_cancellation_none_is_stored_after_it(database, settings):
    add_members(database, 300)
    ballot = given_ballot(database, settings, now=datetime.now(UTC))
    answered = Counter()

    async def race(base_url):
        enough = asyncio.Event()
        limits = httpx.Limits(max_connections=32)
        async with httpx.AsyncClient(base_url=base_url, limits=limits, timeout=60) as http:

            async def vote(code):
                answer = await http.post(VOTES, headers=bearer(code), json=REJECT)
                answered[answer.status_code] += 1
                if answered[201] == 60:
                    enough.set()

            votes = [asyncio.create_task(vote(code)) for code in ballot.codes.values()]
            await enough.wait()
            await asyncio.to_thread(cancel, database, now=datetime.now(UTC))
            at_the_commit = await asyncio.to_thread(totals, database, ballot)
            await asyncio.gather(*votes)
            return at_the_commit

    with running_server(settings, workers=2) as server:
        at_the_commit = asyncio.run(race(server.base_url))
    stored = totals(database, ballot)
    assert stored == at_the_commit
    assert set(answered) == {201, 410}
    assert stored == (answered[201],) * 3
