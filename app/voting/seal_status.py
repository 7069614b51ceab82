"""Whether the keys at hand open the papers of running ballots, and how many wait for the newer."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import Ballot
from app.core.errors import Conflict
from app.core.settings import Settings
from app.voting.models import BallotPaper
from app.voting.sealing import PaperDoesNotOpen, PaperSeal, seal_of
from app.voting.stirring import running_boxes

SLICE = 5000
# Papers of each box that are tried before a process serves. Their ids are random, so any will do.
TRIED = 100


class KeysOpenNothing(Conflict):
    """The service is about to start with keys of another database, or with a mistyped one."""

    code = "keys_open_nothing"
    message = "No paper opens with the keys that are set."


def refuse_keys_that_open_nothing(session: Session, *, settings: Settings, now: datetime) -> None:
    """Let nobody serve a running ballot with keys that open none of its papers.

    Codes in members' hands would not work, and what is cast with codes made meanwhile would be
    sealed under a key that the count does not have. A single paper that does not open is told by
    the stir instead: a fault in one row must not keep all members from voting.

    Raises:
        KeysOpenNothing: names the ballot.
    """
    for ballot_id, slug in running_boxes(session, now=now):
        sealed = session.scalars(
            sa.select(col(BallotPaper.sealed))
            .join(Ballot, col(Ballot.id) == col(BallotPaper.ballot_id))
            .where(
                col(BallotPaper.ballot_id) == ballot_id,
                col(BallotPaper.sealed).is_not(None),
                # Those are never counted.
                col(Ballot.cancelled_at).is_(None),
            )
            .order_by(col(BallotPaper.id))
            .limit(TRIED)
        ).all()
        if sealed and not any(_opens(seal_of(settings, slug), each) for each in sealed if each):
            raise KeysOpenNothing(
                f"The papers of {slug} were sealed with another key than MUSTER_SECRET_KEY or "
                "MUSTER_PREVIOUS_SECRET_KEY, so nothing was started: set the key that was in use "
                "while members voted (docs/operations.md, Keys and their rotation)."
            )


def papers_of_other_keys(session: Session, *, settings: Settings, now: datetime) -> int:
    """Count the sealed papers of running ballots that the key in use does not open by itself."""
    others = 0
    for ballot_id, slug in running_boxes(session, now=now):
        seal = PaperSeal(settings.secret_keys[:1], ballot=slug)
        sealed = session.scalars(
            sa.select(col(BallotPaper.sealed))
            .where(col(BallotPaper.ballot_id) == ballot_id, col(BallotPaper.sealed).is_not(None))
            # By their random keys: as they lie would be as they came.
            .order_by(col(BallotPaper.id))
            .execution_options(yield_per=SLICE)
        )
        others += sum(not _opens(seal, each) for each in sealed if each is not None)
    return others


def _opens(seal: PaperSeal, sealed: bytes) -> bool:
    try:
        seal.open(sealed)
    except PaperDoesNotOpen:
        return False
    return True
