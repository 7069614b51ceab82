"""An answer says what was committed: a vote, or a ballot, whose COMMIT failed is never a success.

The database itself is made to refuse at the COMMIT and not before, which is when a program that
answers too early has already said yes. With FastAPI's default scope for dependencies
(scope="request") the code after `yield`, and so the COMMIT, runs after the answer: there the staff
route below answers 201 and the ballot is gone.
"""

import asyncio
from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from app.voting.models import RollMark
from app.voting.seal import box_totals
from tests.conftest import SECRET
from tests.support.ballots import add_members, ballot_in, given_ballot, given_token
from tests.support.client import AppClient

VOTES = "/api/v1/ballots/pay-2026/votes"
VOTE = {"answers": {"offer": "reject"}, "receipt": "5f0c6d2e9b7a41838d1f64c2a90e7b35"}
ALL = "NEW.ballot_id > 0"

POSTGRES_FAULT = """
CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'this transaction will not be committed'; END $$;
CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION fault();
"""
POSTGRES_REPAIR = "DROP FUNCTION fault CASCADE"
# SQLite has no such triggers, but checks these references only at the COMMIT.
SQLITE_FAULT = """
CREATE TABLE fault (id INTEGER REFERENCES ballot (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TRIGGER fault_on_insert AFTER INSERT ON {table} WHEN {when}
BEGIN INSERT INTO fault VALUES (-1); END;
"""
SQLITE_REPAIR = "DROP TRIGGER fault_on_insert; DROP TABLE fault"
CUT_ALL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@contextmanager
def failing_commits(database, table, *, when):
    """Let no transaction commit that inserts such a row into a table."""
    fault = SQLITE_FAULT if database.is_sqlite else POSTGRES_FAULT
    _run(database, fault.format(table=table, when=when))
    try:
        yield
    finally:
        _run(database, SQLITE_REPAIR if database.is_sqlite else POSTGRES_REPAIR)


def _run(database, script):
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    (cursor.executescript if database.is_sqlite else cursor.execute)(script)
    raw.commit()
    raw.close()


@pytest.fixture
def ballot(database, settings):
    add_members(database, 8)
    return given_ballot(database, settings)


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


def test_the_fault_strikes_at_the_commit_and_not_before(database, ballot):
    reached = []

    def mark_somebody():
        with database.writing() as session:
            session.add(RollMark(ballot_id=ballot.id, entry_id=1))
            session.flush()
            reached.append("the end of the block")

    with failing_commits(database, "roll_mark", when=ALL), pytest.raises(DBAPIError):
        mark_somebody()
    assert reached
    assert totals(database, ballot) == (0, 0, 0)


def test_a_vote_whose_commit_failed_is_not_answered_as_counted(client, database, ballot):
    with failing_commits(database, "roll_mark", when=ALL):
        answer = client.post(VOTES, token=ballot.any_code, json=VOTE)
        assert totals(database, ballot) == (0, 0, 0)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_counted")
    assert int(answer.headers["retry-after"]) > 0
    again = client.post(VOTES, token=ballot.any_code, json=VOTE)
    assert (again.status_code, again.json()) == (201, {"receipt": VOTE["receipt"]})
    assert totals(database, ballot) == (1, 1, 1)


@pytest.mark.parametrize("table", ["roll_mark", "ballot_paper", "turnout_counter"])
def test_whatever_fails_nothing_is_kept(client, database, ballot, table):
    with failing_commits(database, table, when=ALL):
        assert client.post(VOTES, token=ballot.any_code, json=VOTE).status_code == 503
        assert totals(database, ballot) == (0, 0, 0)
    assert client.post(VOTES, token=ballot.any_code, json=VOTE).status_code == 201
    assert totals(database, ballot) == (1, 1, 1)


def test_a_vote_that_cannot_be_committed_costs_no_other_vote(client, database, ballot):
    with database.reading() as session:
        entry = session.execute(text("SELECT max(id) FROM roll_entry")).scalar_one()

    async def all_at_once():
        answers = await asyncio.gather(
            *(
                client._http.post(
                    VOTES,
                    headers={"Authorization": f"Bearer {code}"},
                    json=VOTE | {"receipt": number},
                )
                for number, code in ballot.codes.items()
            )
        )
        return Counter(answer.status_code for answer in answers)

    with failing_commits(database, "roll_mark", when=f"NEW.entry_id = {entry}"):
        assert client.run(all_at_once) == {201: 7, 503: 1}
        assert totals(database, ballot) == (7, 7, 7)
    assert client.run(all_at_once) == {201: 8}
    assert totals(database, ballot) == (8, 8, 8)


def test_a_ballot_whose_commit_failed_is_not_answered_as_made(client, database, settings):
    token = given_token(database, settings)
    sent = ballot_in().model_dump(mode="json", exclude_none=True)
    with failing_commits(database, "ballot", when="NEW.id > 0"):
        answer = client.post("/api/v1/ballots", token=token, json=sent)
        assert answer.status_code >= 500
        assert client.get("/api/v1/ballots/pay-2026", token=token).status_code == 404
    assert client.post("/api/v1/ballots", token=token, json=sent).status_code == 201


def test_a_vote_over_a_connection_that_was_cut_goes_over_another(postgres, clock):
    url = postgres.create_migrated()
    settings = Settings(database_url=url, secret_key=SECRET, base_url="http://testserver")
    database = Database(url)
    add_members(database, 2)
    ballot = given_ballot(database, settings)
    before, after = ballot.codes.values()
    with AppClient(create_app(settings, clock=clock)) as client:
        assert client.post(VOTES, token=before, json=VOTE).status_code == 201
        with database.reading() as session:
            assert session.execute(text(CUT_ALL_OTHERS)).all()
        assert client.post(VOTES, token=after, json=VOTE).status_code == 201
    assert totals(database, ballot) == (2, 2, 2)
    database.dispose()
    postgres.drop(url)
