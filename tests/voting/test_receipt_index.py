"""SQLite finds a receipt by its index: otherwise each look reads all papers of a ballot.

A proof among many papers once took 110 ms, because the planner took the key of the papers.
"""

import pytest
from sqlalchemy import event

from app.ballots.codes import code_digest
from app.ballots.service import get_ballot
from app.results.board_lines import lines_with
from app.results.boards import board_of, form_of
from app.voting.receipts import receipt_digest
from app.voting.sqlite_box import SENT_BEFORE
from tests.conftest import SECRET
from tests.support.boards import given_votes, open_for_count


@pytest.fixture
def database_server(sqlite):
    """On SQLite alone: PostgreSQL's planner counts rows before it plans."""
    return sqlite


@pytest.fixture
def ballot(database, settings):
    ballot = given_votes(database, settings)
    open_for_count(database, settings)
    return ballot


@pytest.fixture
def plan(database):
    """How SQLite would go about the papers, step by step."""

    def ask(statement, parameters):
        with database.engine.connect() as connection:
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            told = [step.detail for step in steps]
        return [step for step in told if step.split()[1] in {"p", "ballot_paper"}]

    return ask


def by_receipt(table):
    index = "INDEX ix_ballot_paper_receipt (ballot_id=? AND receipt_digest=?)"
    return [f"SEARCH {table} USING {index}", f"SEARCH {table} USING COVERING {index}"]


def test_a_vote_that_is_sent_again_is_found_by_the_index(ballot, plan):
    receipt = next(iter(ballot.codes.values()))
    digest = receipt_digest(receipt, slug=ballot.slug)
    [step] = plan(SENT_BEFORE, (code_digest(receipt, key=SECRET), ballot.id, digest))
    assert step in by_receipt("p")


def test_a_line_of_the_board_is_found_by_the_index(database, ballot, plan):
    receipt = next(iter(ballot.codes.values()))
    asked = []
    with database.reading() as session:
        row = get_ballot(session, ballot.slug)
        form = form_of(row, board_of(session, row))
        digest = receipt_digest(receipt, slug=ballot.slug)

        @event.listens_for(session.connection(), "before_cursor_execute")
        def note(connection, cursor, statement, parameters, *more):
            asked.append((statement, parameters))

        assert len(lines_with(session, ballot.id, form=form, receipt=digest)) == 1
    papers = [plan(*each) for each in asked if "ballot_paper" in each[0]]
    assert papers[0][0] in by_receipt("ballot_paper")
    # And the line itself, and the papers before it on its tile, by their keys.
    keys = "USING PRIMARY KEY (ballot_id=? AND id"
    assert [keys in step for steps in papers[1:] for step in steps] == [True, True]
