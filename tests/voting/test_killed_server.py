"""A server killed in the middle of 500 votes loses no answered vote and counts none twice.

A process of its own is ended by SIGKILL, which it cannot see coming, while 500 votes are on their
way to it; then it is started again. Both databases write through to the disk (fsync is on).
"""

import http.client
import json
import secrets
import selectors
import socket
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from app.voting.models import BallotPaper
from app.voting.receipts import receipt_digest
from app.voting.seal import box_totals
from app.voting.sealing import PaperSeal
from tests.conftest import SECRET
from tests.support.ballots import add_members, given_ballot
from tests.support.databases import SqliteForTests, postgres_for_tests
from tests.support.servers import running_server

VOTES = "/api/v1/ballots/pay-2026/votes"
VOTERS = 500


@pytest.fixture(scope="module")
def postgres():
    """Other tests' server leaves the disk to itself."""
    with postgres_for_tests() as server:
        yield server


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    """Other tests' files lie in memory."""
    return SqliteForTests(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def ballot(database, settings):
    add_members(database, VOTERS)
    return given_ballot(database, settings, now=datetime.now(UTC))


class Crowd:
    """Members who vote at the same moment, each over a connection of their own.

    Plain sockets, because the moment counts: the server is killed when so many have their answer
    and the others' answers are still being written, or their votes still being committed.
    """

    def __init__(self, codes):
        # A receipt is made before the vote, so that it can be sent again.
        self.votes = {secrets.token_hex(16): code for code in codes}
        self.answered = {}

    def vote(self, server, receipts, *, kill_after=None):
        """Send every vote, then read the answers as they come."""
        waiting = selectors.DefaultSelector()
        lines = {each: socket.create_connection(("127.0.0.1", server.port)) for each in receipts}
        for receipt, line in lines.items():
            waiting.register(line, selectors.EVENT_READ, receipt)
            line.sendall(self._request(receipt))
        while waiting.get_map():
            ready = waiting.select(timeout=30)
            assert ready, "no answer for half a minute"
            for key, _ in ready:
                waiting.unregister(key.fileobj)
                self._read(key.data, key.fileobj)
                if kill_after is not None and len(self.answered) == kill_after:
                    server.kill()
                    kill_after = None

    def _request(self, receipt):
        body = json.dumps({"answers": {"offer": "reject"}, "receipt": receipt})
        return (
            f"POST {VOTES} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Authorization: Bearer {self.votes[receipt]}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _read(self, receipt, line):
        with closing(line), closing(http.client.HTTPResponse(line)) as answer:
            try:
                answer.begin()
                said = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                return  # cut off: as far as the member knows, nothing was counted
            self.answered[receipt] = (answer.status, said.get("receipt"))


def papers_by_receipt(database, ballot, receipts):
    """How many papers each receipt finds, and how many papers no receipt finds."""
    lookup = PaperSeal([SECRET], ballot=ballot.slug).lookup
    owners = {lookup(receipt_digest(each, slug=ballot.slug)): each for each in receipts}
    with database.reading() as session:
        digests = session.execute(select(BallotPaper.receipt_digest)).scalars().all()
    return Counter(owners.get(digest, "nobody's") for digest in digests)


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


@pytest.mark.parametrize("kill_after", [1, 100])
def test_a_server_killed_in_the_middle_loses_no_answered_vote(
    database, settings, ballot, kill_after
):
    crowd = Crowd(ballot.codes.values())
    with running_server(settings) as server:
        crowd.vote(server, crowd.votes, kill_after=kill_after)
        answered = dict(crowd.answered)
        assert kill_after <= len(answered) < VOTERS, "it was not killed in the middle"
        assert answered == {receipt: (201, receipt) for receipt in answered}

        papers = papers_by_receipt(database, ballot, crowd.votes)
        assert answered.keys() <= papers.keys(), "an answered vote was lost"
        assert set(papers.values()) == {1}, "a vote was counted twice"
        assert len(set(totals(database, ballot))) == 1

        server.start()
        crowd.vote(server, crowd.votes.keys() - answered.keys())
        assert crowd.answered == {receipt: (201, receipt) for receipt in crowd.votes}
        assert papers_by_receipt(database, ballot, crowd.votes) == dict.fromkeys(crowd.votes, 1)

        # Whoever was answered and asks again, because the answer went astray, changes nothing.
        crowd.vote(server, answered)
        assert crowd.answered == {receipt: (201, receipt) for receipt in crowd.votes}
    assert totals(database, ballot) == (VOTERS, VOTERS, VOTERS)


def test_the_databases_of_these_tests_write_through(database):
    with database.reading() as session:
        if database.is_sqlite:
            full = 2
            assert session.execute(text("PRAGMA synchronous")).scalar_one() == full
        else:
            assert session.execute(text("SHOW fsync")).scalar_one() == "on"
            assert session.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
