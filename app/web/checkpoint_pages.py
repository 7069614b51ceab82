"""Checkpoints of the audit log, for everybody to keep: a page, plain text, and over REST."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel
from sqlmodel import Session
from starlette.responses import HTMLResponse, PlainTextResponse

from app.audit.checkpoints import checkpoints_after, newest_first, verifiers_of
from app.audit.models import AuditCheckpoint
from app.core.database import ReadSession
from app.core.language import gettext, later
from app.core.settings import Settings, SettingsDep
from app.core.spoken_times import long_time
from app.security import access
from app.web.templating import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])
api = APIRouter(prefix="/audit", tags=["Audit log"], dependencies=[Depends(access.PUBLIC)])
SHOWN = 20
# The moments of a ballot as app/ballots/turning_points.py names them.
MOMENTS = {
    "opens": later("voting opens"),
    "closes": later("voting closes"),
}
# What one answer holds: about a megabyte.
AT_ONCE = 2000
After = Annotated[int, Query(ge=0, lt=2**31, description="The last checkpoint that you have.")]


class CheckpointOut(BaseModel):
    """One checkpoint. The note is what to keep; the rest is what it says, and why it was made."""

    id: int
    occasion: str
    events: int
    at: AwareDatetime
    note: str


class CheckpointsOut(BaseModel):
    """Checkpoints in the order in which they were made, and the public key that signs them.

    `next` is given where there are more: ask for those after it.
    """

    verifier: str
    checkpoints: list[CheckpointOut]
    next: int | None = None


@router.get("/audit/checkpoints")
def show_checkpoints(session: ReadSession, settings: SettingsDep) -> HTMLResponse:
    """Show the newest checkpoints, and how to keep and use them."""
    return page(
        "public/checkpoints.html",
        key=_key(settings),
        notes=[
            (long_time(row.at), row.events, _why(row.occasion), row.note)
            for row in newest_first(session, limit=SHOWN)
        ],
    )


@router.get("/audit/checkpoints.txt")
def send_checkpoints(session: ReadSession, *, after: After = 0) -> PlainTextResponse:
    """Send the notes themselves, oldest first, as `muster audit verify` reads them."""
    notes = "\n".join(row.note for row in _some(session, after=after)[0])
    return PlainTextResponse(notes, headers={"Cache-Control": "no-cache"})


@api.get("/checkpoints")
def list_checkpoints(
    session: ReadSession, settings: SettingsDep, *, after: After = 0
) -> CheckpointsOut:
    """List signed checkpoints of the audit log, for whoever keeps a copy."""
    rows, more = _some(session, after=after)
    return CheckpointsOut(
        verifier=_key(settings),
        checkpoints=[CheckpointOut(**row.model_dump()) for row in rows],
        next=rows[-1].id if more else None,
    )


def _some(session: Session, *, after: int) -> tuple[Sequence[AuditCheckpoint], bool]:
    rows = checkpoints_after(session, after, limit=AT_ONCE + 1)
    return rows[:AT_ONCE], len(rows) > AT_ONCE


def _key(settings: Settings) -> str:
    return verifiers_of(settings)[0].line


def _why(occasion: str) -> str:
    """Return the moment a checkpoint was made for; nothing where new events were the reason."""
    slug, _, what = occasion.rpartition(" ")
    return f"{slug}: {gettext(MOMENTS[what])}" if what in MOMENTS else ""
