"""A later close over REST: one officer proposes it, another decides, and members are told."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, ConfigDict

from app.ballots import extensions
from app.ballots.schemas import Moment, Text
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.notices.extension_notice import queue_notice
from app.security.access import HqStaff

router = APIRouter(prefix="/ballots", tags=["Closing time"])
Number = Annotated[int, Path(ge=1, lt=2**31)]
EXAMPLE: dict[str, Any] = {
    "closes_at": "2027-03-17T12:00:00Z",
    "reason": "The post was late in Leeds.",
}


class LaterCloseIn(BaseModel):
    """A later close, and the reason that everybody reads."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    closes_at: Moment
    reason: Text


class LaterCloseOut(BaseModel):
    """A proposal to close later. `outcome`: approved, refused, withdrawn, or null while it waits.

    `notice_at`: when an officer let those be told who have not voted.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    old_close: Moment
    new_close: Moment
    reason: str
    proposed_by: str
    proposed_at: datetime
    outcome: str | None
    decided_by: str | None
    decided_at: datetime | None
    notice_at: datetime | None


@router.get("/{slug}/extensions")
def list_proposals(session: ReadSession, staff: HqStaff, slug: str) -> list[LaterCloseOut]:
    """List every proposal of a later close, whatever became of it, the newest first."""
    del staff
    rows = extensions.proposed_extensions(session, get_ballot(session, slug))
    return [LaterCloseOut.model_validate(row) for row in rows]


@router.post("/{slug}/extensions", status_code=status.HTTP_201_CREATED)
def propose(
    session: WriteSession, staff: HqStaff, slug: str, asked: LaterCloseIn, now: NowDep
) -> LaterCloseOut:
    """Propose a later close. Another officer at headquarters decides, before the one now set."""
    row = extensions.propose_extension(
        session,
        get_ballot(session, slug),
        new_close=asked.closes_at,
        reason=asked.reason,
        staff=staff,
        now=now,
    )
    return LaterCloseOut.model_validate(row)


@router.post("/{slug}/extensions/{number}/approval")
def approve(
    session: WriteSession, staff: HqStaff, slug: str, number: Number, now: NowDep
) -> LaterCloseOut:
    """Move the close. Not for the one who proposed it."""
    ballot = get_ballot(session, slug)
    row = extensions.approve_extension(session, ballot, number, staff=staff, now=now)
    return LaterCloseOut.model_validate(row)


@router.post("/{slug}/extensions/{number}/refusal")
def refuse(
    session: WriteSession, staff: HqStaff, slug: str, number: Number, now: NowDep
) -> LaterCloseOut:
    """Leave the close as it is: refused by another officer, or withdrawn by the same one."""
    ballot = get_ballot(session, slug)
    row = extensions.refuse_extension(session, ballot, number, staff=staff, now=now)
    return LaterCloseOut.model_validate(row)


@router.post("/{slug}/extensions/{number}/notice")
def send_notice(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: WriteSession,
    staff: HqStaff,
    slug: str,
    number: Number,
    settings: SettingsDep,
    *,
    now: NowDep,
) -> LaterCloseOut:
    """Let those be told of an approved one who have not voted, once."""
    ballot = get_ballot(session, slug)
    row = extensions.get_extension(session, ballot, number)
    queue_notice(session, ballot, row, staff=staff, settings=settings, now=now)
    session.refresh(row)
    return LaterCloseOut.model_validate(row)
