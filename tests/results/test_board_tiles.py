"""A board in the database, longer than a tile and beside another: what is signed, what is read."""

import hashlib
import json

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from app.ballots.service import get_ballot
from app.core.checkpoints import open_checkpoint
from app.core.merkle import leaf_hash, root_of
from app.core.signing import signer_of
from app.results import boards
from app.results.board_about import HOW_TO_CHECK, binding
from app.results.board_lines import (
    Line,
    board_lines,
    hashes_of,
    lines_with,
    papers_in_order,
)
from app.results.boards import (
    BoardDisagrees,
    board_of,
    form_of,
    holds_what_was_signed,
    refuse_unless_signed,
    sign_board,
)
from app.results.leaves import Paper, leaf_of
from app.results.models import BoardTile
from app.voting.models import BallotPaper
from tests.support.ballots import NOON, OFFER, add_members, given_ballot

WIDTH = 256
# Two full tiles and a part of a third.
PAPERS = 600
TITLE = "Cynnig cyflog 2026: pay in Caernarfon and on Ynys Môn"
SLUG, OTHER = "pay-2026", "hours-2026"
ANSWERS = ('{"offer":"accept"}', '{"offer":"reject"}', '{"offer":null}')


def receipt(number):
    """Both ballots have papers with the same receipts, and one in ten is used twice."""
    return hashlib.sha256(str(number - number % 10 // 9).encode()).digest()


def papers_of(slug):
    """Invented papers by their keys; those of the two ballots lie among one another."""
    keys = [hashlib.sha256(f"{slug} {n}".encode()).digest()[:16] for n in range(PAPERS)]
    return {
        key: Paper(receipt(n), answers=ANSWERS[n % 3], unit=("Leeds", "York")[n % 2])
        for n, key in enumerate(keys)
    }


@pytest.fixture
def signed(database, settings, monkeypatch):
    """Two boards of 600 papers each; the event of the second, whose tiles go in two by two."""
    monkeypatch.setattr(boards, "TILES_AT_ONCE", 2)
    add_members(database, 1)
    for slug in (OTHER, SLUG):
        ballot = given_ballot(
            database, settings, slug=slug, title=TITLE, board="answers", disaggregate_by="branch"
        )
        with database.writing() as session:
            for key, paper in papers_of(slug).items():
                facts = {"answers": paper.answers, "unit": paper.unit}
                facts["receipt_digest"] = paper.receipt_digest
                session.add(BallotPaper(ballot_id=ballot.id, id=key, **facts))
        with database.writing() as session:
            recorded = sign_board(session, get_ballot(session, slug), settings=settings, now=NOON)
    return recorded


@pytest.fixture
def session(database, signed):
    with database.reading() as session:
        yield session


@pytest.fixture
def ballot(session):
    return get_ballot(session, SLUG)


@pytest.fixture
def board(session, ballot):
    return board_of(session, ballot)


@pytest.fixture
def form(ballot, board):
    return form_of(ballot, board)


@pytest.fixture
def lines(form):
    """What the board must hold: the papers by their keys, each written as a leaf."""
    return [
        Line(key, index=n, leaf=leaf_of(paper, index=n, form=form))
        for n, (key, paper) in enumerate(sorted(papers_of(SLUG).items()))
    ]


@pytest.fixture
def hashes(lines):
    return [leaf_hash(line.leaf) for line in lines]


def test_the_lines_are_the_ballots_own_papers_in_the_order_of_their_keys(
    session, ballot, form, lines
):
    assert list(board_lines(session, ballot.id, form=form)) == lines


def test_lines_are_read_on_from_any_line_as_many_as_are_asked_for(session, ballot, form, lines):
    for after in (0, 1, 255, 256, 511, 598, 599):
        part = board_lines(session, ballot.id, form=form, after=lines[after], limit=3)
        assert list(part) == lines[after + 1 : after + 4]


def test_a_recount_gets_the_papers_in_the_order_of_the_lines(session, ballot):
    expected = [paper for _, paper in sorted(papers_of(SLUG).items())]
    assert list(papers_in_order(session, ballot.id)) == expected


def test_a_receipt_finds_every_line_that_carries_it_at_its_place(session, ballot, form, lines):
    papers = papers_of(SLUG)
    # Those on either side of where tiles meet, and some between them.
    for place in (0, 1, 255, 256, 257, 511, 512, 599, *range(2, PAPERS, 23)):
        wanted = papers[lines[place].paper_id].receipt_digest
        expected = [line for line in lines if papers[line.paper_id].receipt_digest == wanted]
        assert lines_with(session, ballot.id, form=form, receipt=wanted) == expected
    assert lines_with(session, ballot.id, form=form, receipt=bytes(32)) == []


def test_a_paper_that_came_in_sealed_after_the_stir_answers_nothing(database, signed):
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        late = {"ballot_id": ballot.id, "id": bytes(16), "receipt_digest": bytes(32)}
        session.add(BallotPaper(**late, sealed=b"sealed", unit="Leeds"))
        session.flush()
        form = form_of(ballot, board_of(session, ballot))
        nothing = Paper(bytes(32), answers="{}", unit="Leeds")
        first, *_ = papers_in_order(session, ballot.id)
        assert first == nothing
        [first] = board_lines(session, ballot.id, form=form, limit=1)
        assert first == Line(bytes(16), index=0, leaf=leaf_of(nothing, index=0, form=form))


def test_the_tiles_hold_every_hash_once_and_those_of_leaves_their_first_paper(
    session, ballot, lines, hashes
):
    rows = session.exec(
        select(BoardTile)
        .where(BoardTile.ballot_id == ballot.id)
        .order_by(col(BoardTile.level), col(BoardTile.number))
    ).all()
    bottom = [
        (0, number, b"".join(hashes[start : start + WIDTH]), lines[start].paper_id)
        for number, start in enumerate(range(0, PAPERS, WIDTH))
    ]
    full = [root_of(hashes[:WIDTH]), root_of(hashes[WIDTH : 2 * WIDTH])]
    found = [(row.level, row.number, row.hashes, row.first_paper) for row in rows]
    assert found == [*bottom, (1, 0, b"".join(full), None)]


def test_any_complete_subtree_has_its_hash_and_no_tile_is_read_twice(
    database, session, ballot, hashes
):
    asked = []

    def listen(connection, cursor, statement, parameters, context, executemany):
        asked.append(parameters)

    complete = hashes_of(session, ballot.id)
    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        for level in range(10):
            for number in range(PAPERS >> level):
                session.expunge_all()
                start = number << level
                assert complete(level, number) == root_of(hashes[start : start + (1 << level)])
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)
    assert len(asked) == len({str(each) for each in asked}) == 4


def test_the_checkpoint_is_of_this_ballot_its_root_and_its_about_file(
    settings, ballot, board, hashes
):
    verifier = signer_of(settings).verifier
    checkpoint = open_checkpoint(board.checkpoint, verifier=verifier)
    assert checkpoint.origin == f"testserver/ballots/{SLUG}"
    assert (checkpoint.size, checkpoint.root) == (PAPERS, root_of(hashes))
    assert checkpoint.extensions == (binding(board.about.encode()),)
    assert (board.size, board.root) == (PAPERS, root_of(hashes))
    assert len(board.salt_key) == 32
    asked = {key: OFFER[key] for key in ("key", "text", "answers")}
    about = {
        "format": "muster board 1",
        "ballot": SLUG,
        "title": TITLE,
        "opens_at": "2026-11-21T11:00:00+00:00",
        "closes_at": "2026-11-28T12:00:00+00:00",
        "shows": "answers",
        "units": True,
        "questions": [asked],
        "verifier": verifier.line,
        "how_to_check": HOW_TO_CHECK,
    }
    assert board.about == json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def test_the_record_of_the_signing_names_the_root_and_what_the_board_shows(signed, hashes):
    assert (signed.subject, signed.papers, signed.shows) == (SLUG, PAPERS, "answers")
    assert signed.root == root_of(hashes).hex()


def test_papers_are_those_that_were_signed_until_one_is_changed(database, session, ballot):
    assert holds_what_was_signed(session, ballot)
    with database.writing() as other:
        other.exec(select(BallotPaper).where(BallotPaper.ballot_id == ballot.id)).first().unit = "?"
    with database.reading() as later:
        assert not holds_what_was_signed(later, get_ballot(later, SLUG))
        assert holds_what_was_signed(later, get_ballot(later, OTHER))


def test_a_ballot_from_before_there_were_boards_disagrees_with_nothing_and_is_not_counted(
    database, settings
):
    add_members(database, 1)
    given_ballot(database, settings)
    with database.reading() as session:
        ballot = get_ballot(session, SLUG)
        assert holds_what_was_signed(session, ballot)
        with pytest.raises(BoardDisagrees) as refused:
            refuse_unless_signed(session, ballot)
    assert refused.value.detail == (
        "What was signed of this ballot's papers after the close is not in the database any more, "
        "so nothing was counted. Keep the database as it is and have it examined."
    )
