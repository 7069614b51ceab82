"""The board in the database: signed before anybody reads a paper, and the same ever after."""

import asyncio
import json
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.ballots.service import get_ballot
from app.core.checkpoints import open_checkpoint
from app.core.signing import signer_of
from app.evidence.verify_board import check_board
from app.results.boards import BoardDisagrees, board_of
from app.results.service import declare_result, recount
from app.voting.box import open_box
from app.voting.models import BallotPaper, RollMark, TurnoutCounter
from tests.support.ballots import HQ, NOON, add_members, given_ballot, given_token
from tests.support.boards import (
    CHOICES,
    CLOSED,
    broken,
    declare,
    files_of,
    given_votes,
    open_for_count,
)
from tests.support.votes import sealed_vote

NOTHING = '{"offer":null}'
BOARD = "/api/v1/ballots/pay-2026/board"
PAPERS = "/ballots/pay-2026/board/papers.jsonl"
CHECKPOINT = "/ballots/pay-2026/board/checkpoint.txt"


@pytest.fixture
def ballot(database, settings):
    return given_votes(database, settings, board="answers")


def leaves_in(files):
    return [json.loads(line) for line in files["papers.jsonl"].splitlines()]


def board_in(database):
    with database.reading() as session:
        return board_of(session, get_ballot(session, "pay-2026"))


def test_a_board_is_signed_before_anybody_reads_the_count(
    client, database, settings, ballot, clock
):
    token = given_token(database, settings)
    assert client.get(BOARD).json()["code"] == "board_not_signed"
    assert board_in(database) is None
    clock.now = CLOSED
    assert client.get("/api/v1/ballots/pay-2026/result", token=token).status_code == 200
    board = board_in(database)
    assert (board.size, board.made_at) == (11, CLOSED)
    signed = open_checkpoint(board.checkpoint, verifier=signer_of(settings).verifier)
    assert signed.origin == "testserver/ballots/pay-2026"
    assert (signed.size, signed.root) == (board.size, board.root)


def test_what_was_signed_is_public_at_once_and_the_papers_with_the_result(
    client, database, settings, ballot, clock
):
    clock.now = CLOSED
    open_for_count(database, settings)
    signed = client.get(CHECKPOINT)
    assert signed.text == board_in(database).checkpoint
    assert client.get(BOARD).json()["published"] is False
    for path in (
        PAPERS,
        "/ballots/pay-2026/board/declared.json",
        "/ballots/pay-2026/board/board.zip",
    ):
        assert client.get(path).status_code == 409, path
    asked = client.post(f"{BOARD}/proof", json={"receipt": ballot.any_code})
    assert (asked.status_code, asked.json()["code"]) == (409, "papers_not_published")
    declare(database, settings)
    assert client.get(CHECKPOINT).text == signed.text
    assert client.get(PAPERS).content == files_of(database)["papers.jsonl"]
    assert client.get(BOARD).json()["published"] is True


def test_no_page_before_the_declaration_shows_a_receipt_or_an_answer(
    client, database, settings, ballot, clock
):
    clock.now = CLOSED
    open_for_count(database, settings)
    receipts = [leaf["receipt"] for leaf in leaves_in(files_of(database))]
    for path in (
        CHECKPOINT,
        "/ballots/pay-2026/board",
        BOARD,
        "/ballots/pay-2026/board/about.json",
    ):
        shown = client.get(path).text
        assert not [receipt for receipt in receipts if receipt in shown]
        assert "votes_cast" not in shown


def test_the_papers_are_those_of_the_box_each_once_in_the_order_of_random_ids(
    database, settings, ballot
):
    declare(database, settings)
    leaves = leaves_in(files_of(database))
    shown = Counter(leaf["answers"]["offer"] for leaf in leaves)
    assert shown == Counter(CHOICES)
    with database.reading() as session:
        rows = session.execute(text("SELECT receipt_digest FROM ballot_paper ORDER BY id"))
        assert [leaf["receipt"] for leaf in leaves] == [bytes(row[0]).hex() for row in rows]


def test_an_inclusion_only_board_shows_no_answer_and_tells_no_two_papers_alike(database, settings):
    given_votes(database, settings)
    declare(database, settings)
    files = files_of(database)
    leaves = leaves_in(files)
    assert all(leaf.keys() == {"paper", "receipt"} for leaf in leaves)
    # Seven papers say the same and are committed to in seven ways.
    assert len({leaf["paper"] for leaf in leaves}) == 11
    assert b"reject" not in files["papers.jsonl"]


def test_two_papers_with_one_receipt_do_not_show_that_they_answer_alike(database, settings):
    """Otherwise a buyer would vote with a receipt of their own, and have another vote with it."""
    add_members(database, 20)
    ballot = given_ballot(database, settings)
    put_in(
        database,
        [
            sealed_vote(ballot, code, answers='{"offer":"reject"}', receipt="the buyer's")
            for code in list(ballot.codes.values())[:2]
        ],
    )
    declare(database, settings)
    one, other = leaves_in(files_of(database))
    assert one["receipt"] == other["receipt"]
    assert one["paper"] != other["paper"]
    standings = {
        each.about: each.standing for each in check_board(files_of(database), verifier=None)
    }
    assert standings["receipts"] == "note"


def put_in(database, votes):
    async def together():
        box = open_box(database.url)
        for vote in votes:
            await box.cast(vote)
        await box.close()

    asyncio.run(together())


def test_units_are_committed_to_and_never_shown(database, settings):
    given_votes(database, settings, board="answers", disaggregate_by="branch")
    declare(database, settings)
    files = files_of(database)
    assert all(leaf.keys() == {"answers", "receipt", "unit"} for leaf in leaves_in(files))
    assert b"Leeds" not in files["papers.jsonl"]
    assert broken(check_board(files, verifier=signer_of(settings).verifier)) == []


def test_a_board_is_signed_once_however_often_the_count_is_looked_at(database, settings, ballot):
    open_for_count(database, settings)
    first = board_in(database)
    open_for_count(database, settings)
    assert board_in(database).checkpoint == first.checkpoint
    with database.reading() as session:
        events = session.execute(
            text("SELECT details FROM audit_event WHERE action = 'BoardSigned'")
        ).all()
    assert len(events) == 1
    assert first.root.hex() in str(events[0])


def change_answer(session, papers):
    papers[0].answers = '{"offer":"reject"}' if "reject" not in papers[0].answers else NOTHING


def change_receipt(session, papers):
    papers[0].receipt_digest = bytes(32)


def exchange_answers(session, papers):
    """The numbers stay the same: only the board can see it."""
    other = next(paper for paper in papers if paper.answers != papers[0].answers)
    papers[0].answers, other.answers = other.answers, papers[0].answers


def remove_one(session, papers):
    """Whoever removes a paper would remove its mark and its count too."""
    session.delete(papers[0])
    session.delete(session.exec(select(RollMark)).first())
    session.exec(select(TurnoutCounter)).one().votes_cast -= 1


@pytest.mark.parametrize("harm", [change_answer, change_receipt, exchange_answers, remove_one])
@pytest.mark.parametrize("shows", ["inclusion", "answers"])
def test_nothing_is_declared_of_other_papers_than_were_signed(database, settings, harm, shows):
    given_votes(database, settings, board=shows)
    open_for_count(database, settings)
    with database.writing() as session:
        harm(session, session.exec(select(BallotPaper)).all())
    with pytest.raises(BoardDisagrees):
        declare(database, settings)
    with database.reading() as session:
        assert get_ballot(session, "pay-2026").declared_at is None


def test_papers_are_opened_and_signed_in_one_transaction_or_neither(
    database, settings, ballot, monkeypatch
):
    """Or whoever writes to the database could change them in between."""

    def dies(*_, **__):
        raise OSError("no key")

    with monkeypatch.context() as patch:
        patch.setattr("app.results.boards.signer_of", dies)
        with pytest.raises(OSError, match="no key"):
            open_for_count(database, settings)
    with database.reading() as session:
        assert {paper.answers for paper in session.exec(select(BallotPaper))} == {None}
    open_for_count(database, settings)
    assert board_in(database).size == len(CHOICES)


def test_a_board_that_was_taken_away_is_not_made_anew(client, database, settings, ballot, clock):
    open_for_count(database, settings)
    with database.writing() as session:
        session.execute(text("DELETE FROM board_tile"))
        session.execute(text("DELETE FROM board"))
        session.exec(select(BallotPaper)).first().answers = '{"offer":"accept"}'
    clock.now = CLOSED
    token = given_token(database, settings)
    looked = client.get("/api/v1/ballots/pay-2026/result", token=token)
    with pytest.raises(BoardDisagrees), database.writing() as session:
        declare_result(session, "pay-2026", staff=HQ, now=CLOSED)
    assert (looked.status_code, looked.json()["code"]) == (409, "board_disagrees")
    assert board_in(database) is None


def test_a_recount_says_when_the_papers_are_not_those_that_were_signed(database, settings, ballot):
    declare(database, settings)
    with database.reading() as session:
        found = recount(session, get_ballot(session, "pay-2026"))
    assert (found.agrees, found.same_papers) == (True, True)
    with database.writing() as session:
        exchange_answers(session, session.exec(select(BallotPaper)).all())
    with database.reading() as session:
        found = recount(session, get_ballot(session, "pay-2026"))
    assert (found.agrees, found.same_papers) == (True, False)


def test_a_ballot_in_which_nobody_voted_has_an_empty_board(database, settings):
    add_members(database, 3)
    given_ballot(database, settings)
    declare(database, settings)
    files = files_of(database)
    assert files["papers.jsonl"] == b""
    assert broken(check_board(files, verifier=signer_of(settings).verifier)) == []


def test_headquarters_chooses_what_the_board_shows_and_it_stays(client, database, settings):
    token = given_token(database, settings)
    facts = {
        "title": "Pay",
        "opens_at": (NOON + timedelta(days=1)).isoformat(),
        "closes_at": (NOON + timedelta(days=9)).isoformat(),
        "cut_off_at": NOON.isoformat(),
        "questions": [
            {
                "key": "q",
                "text": "Q?",
                "answers": [{"key": "y", "text": "Y"}, {"key": "n", "text": "N"}],
                "supported_answer": "y",
            }
        ],
    }
    for slug, asked, kept in (("a", {}, "inclusion"), ("b", {"board": "answers"}, "answers")):
        made = client.post("/api/v1/ballots", token=token, json=facts | {"slug": slug} | asked)
        assert made.json()["board"] == kept
        assert client.get(f"/api/v1/ballots/{slug}", token=token).json()["board"] == kept
    wrong = client.post("/api/v1/ballots", token=token, json=facts | {"board": "names"})
    assert wrong.status_code == 422
