"""Whoever writes to the database without the key puts no paper of theirs into the count."""

import pytest
from sqlmodel import select

from app.ballots.service import get_ballot
from app.results.opening import open_box_for_count
from app.voting.models import BallotPaper
from app.voting.receipts import receipt_digest
from app.voting.seal import PapersDoNotOpen
from app.voting.stirring import stir_boxes
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot
from tests.support.boards import CLOSED
from tests.support.votes import cast

COPIED = (
    "1 of 11 papers are copies of others, which no vote makes: somebody wrote to the database. "
    "Nothing was counted and nothing was changed. Keep the database as it is and have it examined.$"
)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 12)
    ballot = given_ballot(database, settings)
    cast(database, ballot, ["accept"] * 10 + ["reject"])
    return ballot


def count(database, ballot, settings):
    with database.reading() as session:
        row = get_ballot(session, ballot.slug)
    open_box_for_count(database, row, settings=settings, now=CLOSED)


def put_in_an_open_paper(database):
    with database.writing() as session:
        paper = session.exec(select(BallotPaper)).first()
        paper.sealed, paper.answers = None, '{"offer":"reject"}'
        paper.receipt_digest = receipt_digest("forged", slug="pay-2026")


def copy_a_paper_over_another(database):
    """As somebody does who knows of one paper what it says: their own."""
    with database.writing() as session:
        mine, other, *_ = session.exec(select(BallotPaper)).all()
        other.sealed, other.receipt_digest = mine.sealed, mine.receipt_digest


@pytest.mark.parametrize("stirs", [0, 2])
@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (put_in_an_open_paper, "1 of 11 papers do not open with the keys"),
        (copy_a_paper_over_another, COPIED),
    ],
)
def test_a_paper_that_did_not_come_through_the_box_stops_the_count(
    database, ballot, settings, forge, words, stirs
):
    forge(database)
    for _ in range(stirs):
        stir_boxes(database, settings=settings, now=NOW)
    with pytest.raises(PapersDoNotOpen, match=f"^{words}"):
        count(database, ballot, settings)
    with database.reading() as session:
        assert get_ballot(session, ballot.slug).stirred_at is None
