"""Prove that the paper of a receipt is in the count, from what was signed before the count."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.ballots.service import key_of
from app.core.errors import NotFound
from app.core.merkle import inclusion_path, is_included, leaf_hash
from app.evidence.board import Published
from app.evidence.board_format import PROOF_FORMAT, read_about, read_json
from app.evidence.receipts import digests_of
from app.results.board_lines import Line, hashes_of, lines_with
from app.results.boards import BoardDisagrees
from app.results.leaves import Shows


class NotOnTheBoard(NotFound):
    """No paper carries this receipt."""

    code = "not_on_the_board"
    message = (
        "No paper on this board has that receipt. Check its spelling, and that it is of this "
        "ballot."
    )


@dataclass(frozen=True)
class Proof:
    """That one line stands on a board.

    Attributes:
        leaf: the line.
        index: its place, from 0.
        path: the hashes that lead from it to the root, the leaf's neighbour first.
    """

    leaf: bytes
    index: int
    path: list[bytes]


def prove_receipt(session: Session, published: Published, *, receipt: str) -> list[Proof]:
    """Return a proof for each paper that carries a receipt, as it was typed.

    One, unless a program of the voter's used its receipt twice.

    Raises:
        NotOnTheBoard: there is none.
        BoardDisagrees: what is in the box now is not what was signed.
    """
    for digest in digests_of(receipt, slug=published.ballot.slug):
        try:
            return prove_digest(session, published, digest=digest)
        except NotOnTheBoard:
            continue
    raise NotOnTheBoard


def prove_digest(session: Session, published: Published, *, digest: bytes) -> list[Proof]:
    """Return a proof for each paper that carries the digest of a receipt (32 bytes).

    Raises:
        NotOnTheBoard: there is none.
        BoardDisagrees: what is in the box now is not what was signed.
    """
    key = key_of(published.ballot)
    lines = lines_with(session, key, form=published.form, receipt=digest)
    if not lines:
        raise NotOnTheBoard
    complete = hashes_of(session, key)
    size = published.board.size
    return [
        _checked(
            published,
            Proof(
                line.leaf,
                index=line.index,
                path=inclusion_path(line.index, size=size, complete=complete),
            ),
        )
        for line in lines
        if _is_signed(line, size=size)
    ]


def proof_file(published: Published, proof: Proof) -> dict[str, Any]:
    """Return a proof as a member keeps it: it needs nothing else of ours to be checked."""
    about = read_json(published.board.about.encode(), name="about.json")
    return {
        "format": PROOF_FORMAT,
        "ballot": published.ballot.slug,
        "leaf": proof.leaf.decode(),
        "index": proof.index,
        "size": published.board.size,
        "path": [each.hex() for each in proof.path],
        "checkpoint": published.board.checkpoint,
        "verifier": about["verifier"],
    }


def answers_shown(published: Published, proof: Proof) -> list[tuple[str, str | None]]:
    """Return what the board shows of a paper: each question and the words chosen; None is blank."""
    if published.form.shows is Shows.INCLUSION:
        return []
    about = read_about(published.board.about.encode())
    answers = read_json(proof.leaf, name="The paper")["answers"]
    return [
        (
            about.texts[question, ""],
            None if answers[question] is None else about.texts[question, answers[question]],
        )
        for question in about.answers
    ]


def _is_signed(line: Line, *, size: int) -> bool:
    if line.index >= size:
        raise BoardDisagrees
    return True


def _checked(published: Published, proof: Proof) -> Proof:
    """Return a proof that holds: nobody is handed one that does not."""
    if not is_included(
        leaf_hash(proof.leaf),
        index=proof.index,
        size=published.board.size,
        path=proof.path,
        root=published.board.root,
    ):
        raise BoardDisagrees
    return proof
