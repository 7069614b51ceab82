"""What is published of a board, and when: its signature at once, its papers with the result.

Between the two anybody can note down what was signed, and nobody knows the result.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.ballots import repository as ballots
from app.ballots.lifecycle import State, refuse_cancelled, state_of
from app.ballots.models import Ballot
from app.ballots.service import get_visible_ballot, key_of
from app.core.database import Database
from app.core.errors import Conflict, NotFound
from app.evidence.board_format import ABOUT, CHECKPOINT, DECLARED, PAPERS, as_json
from app.results.board_lines import Line, board_lines
from app.results.boards import board_of, form_of
from app.results.leaves import Form
from app.results.models import WHOLE, Board
from app.results.repository import stored_tally

# Lines read together, each slice in a session of its own: a slow reader holds no connection.
SLICE = 5000


class BoardNotSigned(Conflict):
    """Voting runs, or the box has not been opened for the count."""

    code = "board_not_signed"
    message = (
        "There is no board of this ballot yet. It is signed after the close, before anybody reads "
        "a paper. Come back then."
    )


class NoBoard(NotFound):
    """The ballot was counted by an earlier version of Muster."""

    code = "no_board"
    message = "This ballot was counted before Muster kept boards of papers, so it has none."


class PapersNotPublished(Conflict):
    """What was signed is public; the papers come with the result."""

    code = "papers_not_published"
    message = (
        "The papers are published when the result is declared. What was signed of them can be read "
        "already. Come back after the declaration."
    )


@dataclass(frozen=True)
class Published:
    """A ballot's board.

    Attributes:
        ballot: whose.
        board: what was signed.
    """

    ballot: Ballot
    board: Board

    @property
    def is_open(self) -> bool:
        """Say whether its papers are published."""
        return self.ballot.declared_at is not None

    @property
    def form(self) -> Form:
        """Return how its papers are written."""
        return form_of(self.ballot, self.board)


def signed_board(session: Session, slug: str, *, now: datetime) -> Published:
    """Return a ballot's board as soon as it is signed.

    Raises:
        UnknownBallot: there is none for the public.
        BallotCancelled: it was cancelled before one was signed.
        BoardNotSigned: it comes after the close.
        NoBoard: it never comes.
    """
    ballot = get_visible_ballot(session, slug, staff=None, now=now)
    board = board_of(session, ballot)
    if board is None:
        refuse_cancelled(ballot)
        raise NoBoard if state_of(ballot, now=now) is State.DECLARED else BoardNotSigned
    return Published(ballot, board=board)


def open_board(session: Session, slug: str, *, now: datetime) -> Published:
    """Return a ballot's board once its papers are published.

    Raises:
        UnknownBallot: there is none for the public.
        BallotCancelled: it was cancelled before one was signed.
        BoardNotSigned: it comes after the close.
        NoBoard: it never comes.
        PapersNotPublished: the result has not been declared.
    """
    published = signed_board(session, slug, now=now)
    if not published.is_open:
        raise PapersNotPublished
    return published


def declared_facts(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Return what declared.json holds: the result of the whole ballot, to be recounted."""
    questions = ballots.questions_of(session, key_of(ballot))
    count = stored_tally(session, key_of(ballot), questions=questions)[WHOLE]
    assert ballot.declared_at is not None  # noqa: S101 - the caller has looked
    return {
        "ballot": ballot.slug,
        "declared_at": ballot.declared_at.isoformat(),
        "entitled": ballots.entitled_count(session, key_of(ballot)),
        "votes_cast": count.votes_cast,
        "questions": {
            key: {"votes": dict(question.votes), "spoiled": question.spoiled}
            for key, question in count.questions.items()
        },
    }


def small_files(session: Session, published: Published) -> dict[str, bytes]:
    """Return the files of a board but its papers, by name."""
    files = {
        ABOUT: published.board.about.encode(),
        CHECKPOINT: published.board.checkpoint.encode(),
    }
    if published.is_open:
        files[DECLARED] = as_json(declared_facts(session, published.ballot))
    return files


def paper_lines(database: Database, published: Published) -> Iterator[bytes]:
    """Yield papers.jsonl in pieces of whole lines; the caller has seen that they are published."""
    after: Line | None = None
    while after is None or after.index + 1 < published.board.size:
        with database.reading() as session:
            lines = list(_slice(session, published, after=after))
        if not lines:
            return
        after = lines[-1]
        yield _text_of(lines)


def board_files(session: Session, ballot: Ballot) -> dict[str, bytes]:
    """Return every file of a declared ballot's board, by name, held in memory; none without one."""
    board = board_of(session, ballot)
    if board is None:
        return {}
    published = Published(ballot, board=board)
    lines = board_lines(session, key_of(ballot), form=published.form)
    return {**small_files(session, published), PAPERS: _text_of(lines)}


def _slice(session: Session, published: Published, *, after: Line | None) -> Iterator[Line]:
    key = key_of(published.ballot)
    return board_lines(session, key, form=published.form, after=after, limit=SLICE)


def _text_of(lines: Iterator[Line] | list[Line]) -> bytes:
    return b"".join(line.leaf + b"\n" for line in lines)
