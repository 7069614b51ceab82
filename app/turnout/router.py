"""Turnout over REST, and the stream that moves the pages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from app.ballots.schemas import Grouping
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.security.access import HqOrBranchStaff
from app.turnout import service
from app.turnout.broadcast import Broadcast, Topic
from app.turnout.figures import refuse_draft, turnout_from
from app.turnout.schemas import TurnoutOut
from app.turnout.shared import Reading, shared_turnout

router = APIRouter(prefix="/ballots", tags=["Turnout"])
# A proxy that gathers the stream into larger pieces would hold the pages still.
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


async def _broadcast(request: Request) -> Broadcast:
    broadcast: Broadcast = request.app.state.broadcast
    return broadcast


BroadcastDep = Annotated[Broadcast, Depends(_broadcast)]


@router.get("/{slug}/turnout", response_model=TurnoutOut)
async def show_turnout(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    database: DatabaseDep,
    staff: HqOrBranchStaff,
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
) -> Response:
    """Say how turnout stands; a branch officer sees their own branch."""
    branch = service.branch_seen_by(staff)

    def make(session: Session, reading: Reading) -> bytes:
        del session
        answer = turnout_from(reading.figures, group_by=group_by, branch=branch)
        return answer.model_dump_json().encode()

    body = await shared_turnout(request).answer(
        database, slug, key=("json", group_by, branch), make=make, now=now
    )
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get(
    "/{slug}/turnout/stream",
    response_class=EventStream,
    responses={200: {"description": "An event `turnout` at once and whenever turnout changes."}},
)
def stream_turnout(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: ReadSession,
    staff: HqOrBranchStaff,
    slug: str,
    broadcast: BroadcastDep,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
) -> EventStream:
    """Send how turnout stands at once, then whenever it changes, within two seconds of a vote."""
    # Refuse before the stream begins: once it has, there is no status left to say it with.
    refuse_draft(get_ballot(session, slug), now=now)
    topic = Topic(slug, group_by=group_by, branch=service.branch_seen_by(staff))
    return EventStream(broadcast.listen(topic), headers=STREAM_HEADERS)
