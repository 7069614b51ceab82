"""How many sealed papers wait to be brought under the key in use."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.settings import Settings
from app.voting.models import BallotPaper
from app.voting.sealing import PaperDoesNotOpen, PaperSeal
from app.voting.stirring import running_boxes

SLICE = 5000


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
