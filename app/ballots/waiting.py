"""What one officer has asked and another must answer, so that whoever can sees it at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.lifecycle import is_over
from app.ballots.models import Ballot
from app.ballots.proposal_models import BallotProposal, ExclusionProposal, WindowExtension
from app.ballots.service import key_of

LATER_CLOSE = "close"
EXCLUSION = "exclude"


@dataclass(frozen=True)
class Question:
    """One proposal that waits for a second officer.

    Attributes:
        kind: `cancel`, `declare`, `close` or `exclude`.
        proposed_by: the first officer.
    """

    kind: str
    proposed_by: str


def waiting_questions(
    session: Session, ballots: Sequence[Ballot], *, now: datetime
) -> dict[int, list[Question]]:
    """Return what waits about each ballot, by its key, where a yes can still be said.

    A close is moved and a member taken off only while voting can go on; nothing waits about a
    ballot that was cancelled or declared.
    """
    alive = {
        key_of(ballot): ballot
        for ballot in ballots
        if ballot.cancelled_at is None and ballot.declared_at is None
    }
    found: dict[int, list[Question]] = defaultdict(list)
    for ballot_id, kind, proposed_by in session.execute(_open_about(list(alive))):
        if kind in {LATER_CLOSE, EXCLUSION} and is_over(alive[ballot_id], now=now):
            continue
        found[ballot_id].append(Question(kind, proposed_by))
    return dict(found)


def _open_about(ballot_ids: list[int]) -> sa.CompoundSelect[int, str, str]:
    tables = (
        (BallotProposal, col(BallotProposal.kind)),
        (WindowExtension, sa.literal(LATER_CLOSE)),
        (ExclusionProposal, sa.literal(EXCLUSION)),
    )
    return sa.union(
        *(
            sa.select(col(table.ballot_id), kind.label("kind"), col(table.proposed_by)).where(
                col(table.ballot_id).in_(ballot_ids), col(table.outcome).is_(None)
            )
            for table, kind in tables
        )
    ).order_by("kind", "proposed_by")
