"""Commit to every paper before anybody reads one: the root of their tree, signed and kept."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from app.audit.events import BoardSigned
from app.ballots.models import Ballot
from app.ballots.repository import questions_of
from app.ballots.service import key_of
from app.core.checkpoints import Checkpoint
from app.core.errors import Conflict
from app.core.merkle import GrowingTree, leaf_hash
from app.core.settings import Settings
from app.core.signing import signer_of
from app.core.tiles import WIDTH, Tile, TileMaker
from app.results.board_about import about_of, binding
from app.results.board_lines import board_lines
from app.results.leaves import SALT_KEY_BYTES, Form, Shows
from app.results.models import Board, BoardTile

TILES_AT_ONCE = 200


class BoardDisagrees(Conflict):
    """The papers are not those that were signed before the count."""

    code = "board_disagrees"
    message = (
        "The papers in the ballot box are not those that were signed after the close: one or more "
        "were changed, removed or added since. Keep the database as it is and have it examined."
    )


def sign_board(
    session: Session, ballot: Ballot, *, settings: Settings, now: datetime
) -> BoardSigned:
    """Sign the board of a box in the transaction that stirs it; return the event to record.

    So nobody who writes to the database finds papers that are open and not signed for yet.
    Meanwhile 33 bytes a paper are held in memory.
    """
    signer = signer_of(settings)
    ballot_id = key_of(ballot)
    form = Form(Shows(ballot.board), salt_key=secrets.token_bytes(SALT_KEY_BYTES))
    about = about_of(
        ballot, questions=questions_of(session, ballot_id), verifier=signer.verifier.line
    )
    tree = GrowingTree()
    tiles = list(_tiles(session, ballot_id, form=form, tree=tree))
    checkpoint = Checkpoint(
        f"{signer.verifier.name}/ballots/{ballot.slug}",
        size=tree.size,
        root=tree.root(),
        extensions=(binding(about.encode()),),
    )
    session.add(
        Board(
            ballot_id=ballot_id,
            size=checkpoint.size,
            root=checkpoint.root,
            checkpoint=checkpoint.signed(signer),
            about=about,
            salt_key=form.salt_key,
            made_at=now,
        )
    )
    session.flush()
    for start in range(0, len(tiles), TILES_AT_ONCE):
        session.execute(insert(BoardTile), tiles[start : start + TILES_AT_ONCE])
    return BoardSigned(
        ballot.slug, papers=checkpoint.size, root=checkpoint.root.hex(), shows=form.shows.value
    )


def refuse_unless_signed(session: Session, ballot: Ballot) -> None:
    """Let nothing be counted of a box that was opened and has no board: somebody took it away.

    Raises:
        BoardDisagrees: it has none.
    """
    if board_of(session, ballot) is None:
        raise BoardDisagrees(
            "What was signed of this ballot's papers after the close is not in the database any "
            "more, so nothing was counted. Keep the database as it is and have it examined."
        )


def board_of(session: Session, ballot: Ballot) -> Board | None:
    """Return what was signed of a ballot's papers; None before that."""
    return session.get(Board, key_of(ballot))


def form_of(ballot: Ballot, board: Board) -> Form:
    """Return how the papers of a ballot's board are written."""
    return Form(Shows(ballot.board), salt_key=board.salt_key)


def holds_what_was_signed(session: Session, ballot: Ballot) -> bool:
    """Work the root out again, and say whether the papers still give the one that was signed.

    A ballot that was declared before there were boards has none, and nothing to disagree with.
    """
    board = board_of(session, ballot)
    if board is None:
        return True
    tree = GrowingTree()
    for line in board_lines(session, key_of(ballot), form=form_of(ballot, board)):
        tree.add(leaf_hash(line.leaf))
    return (tree.size, tree.root()) == (board.size, board.root)


def _tiles(
    session: Session, ballot_id: int, *, form: Form, tree: GrowingTree
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a board's tiles, and let the tree grow meanwhile."""
    maker = TileMaker()
    first = b""
    for line in board_lines(session, ballot_id, form=form):
        if line.index % WIDTH == 0:
            first = line.paper_id
        hashed = leaf_hash(line.leaf)
        tree.add(hashed)
        for tile in maker.add(hashed):
            yield _row(tile, ballot_id=ballot_id, first=first)
    for tile in maker.rest():
        yield _row(tile, ballot_id=ballot_id, first=first)


def _row(tile: Tile, *, ballot_id: int, first: bytes) -> dict[str, Any]:
    return {
        "ballot_id": ballot_id,
        "level": tile.level,
        "number": tile.number,
        "hashes": tile.hashes,
        "first_paper": first if tile.level == 0 else None,
    }
