"""Cancelling a ballot over REST: one officer proposes it, with a public reason; another decides."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, ConfigDict

from app.ballots import cancelling
from app.ballots.schemas import Text
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.security.access import HqOrScrutineerStaff, SteppedUpHqOrScrutineerStaff

router = APIRouter(prefix="/ballots", tags=["Cancelling"])
Number = Annotated[int, Path(ge=1, lt=2**31)]
EXAMPLE: dict[str, Any] = {"reason": "The question named the wrong pay offer."}


class CancellationIn(BaseModel):
    """The reason that everybody reads."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    reason: Text


class CancellationOut(BaseModel):
    """A proposal to cancel. `outcome`: approved, refused, withdrawn, or null while it waits."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    outcome: str | None
    decided_by: str | None
    decided_at: datetime | None


@router.get("/{slug}/cancellations")
def list_proposals(
    session: ReadSession, staff: HqOrScrutineerStaff, slug: str
) -> list[CancellationOut]:
    """List every proposal to cancel this ballot, whatever became of it, the newest first."""
    ballot = get_ballot(session, slug)
    cancelling.refuse_unless_may_cancel(ballot, staff=staff)
    rows = cancelling.proposed_cancellations(session, ballot)
    return [CancellationOut.model_validate(row) for row in rows]


@router.post("/{slug}/cancellations", status_code=status.HTTP_201_CREATED)
def propose(
    session: WriteSession,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    asked: CancellationIn,
    now: NowDep,
) -> CancellationOut:
    """Propose to cancel a ballot for good. Another officer decides."""
    ballot = get_ballot(session, slug)
    row = cancelling.propose_cancellation(
        session, ballot, reason=asked.reason, staff=staff, now=now
    )
    return CancellationOut.model_validate(row)


@router.post("/{slug}/cancellations/{number}/approval")
def approve(
    session: WriteSession,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    number: Number,
    now: NowDep,
) -> CancellationOut:
    """Cancel it: no vote is taken from here on, and none is counted. Not for who proposed it."""
    ballot = get_ballot(session, slug)
    row = cancelling.approve_cancellation(session, ballot, number, staff=staff, now=now)
    return CancellationOut.model_validate(row)


@router.post("/{slug}/cancellations/{number}/refusal")
def refuse(
    session: WriteSession, staff: HqOrScrutineerStaff, slug: str, number: Number, now: NowDep
) -> CancellationOut:
    """Let the ballot stand: refused by another officer, or withdrawn by the same one."""
    ballot = get_ballot(session, slug)
    row = cancelling.refuse_cancellation(session, ballot, number, staff=staff, now=now)
    return CancellationOut.model_validate(row)
