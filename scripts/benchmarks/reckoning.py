"""Hold what voters were told against what lies in the box, paper by paper."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import col

from app.core.database import Database
from app.voting.models import BallotPaper
from app.voting.receipts import receipt_digest
from app.voting.seal import box_totals
from app.voting.sealing import seal_of

from .crew import Cast
from .electorate import settings_for
from .vote import NotReconciled

BALLOT_ID = 1


def reconcile_receipts(url: str, *, slug: str, cast: Cast, receipts: Sequence[str]) -> None:
    """Find each answered vote once: its receipt's digest on exactly one paper.

    Raises:
        NotReconciled: a vote was refused, lost, counted twice or invented.
    """
    database = Database(url)
    try:
        with database.reading() as session:
            totals = box_totals(session, BALLOT_ID)
            found = list(session.execute(select(col(BallotPaper.receipt_digest))).scalars())
    finally:
        database.dispose()
    seal = seal_of(settings_for(url), slug)
    sent = {seal.lookup(receipt_digest(receipt, slug=slug)) for receipt in receipts}
    answered = cast.statuses.get("201", 0)
    if cast.statuses.keys() != {"201"} or answered != len(sent):
        raise NotReconciled(f"{len(sent)} votes were sent, and answered: {cast.statuses}.")
    if totals != (answered,) * 3:
        raise NotReconciled(f"{answered} answers 201, but (papers, marks, counters) = {totals}.")
    if len(found) != len(sent) or set(found) != sent:
        lost = len(sent - set(found))
        raise NotReconciled(f"{lost} receipts lost, {len(found) - len(set(found))} twice.")
