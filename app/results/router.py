"""Results over REST: declare, and read."""

from typing import Any

from fastapi import APIRouter, Depends, status
from starlette.responses import JSONResponse

from app.ballots.service import get_visible_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep, WriteSession
from app.core.settings import SettingsDep
from app.results import declaring, service
from app.results.opening import open_box_for_count
from app.results.schemas import AwaitedOut, ResultOut
from app.security import access
from app.security.access import (
    HqOrScrutineerStaff,
    SteppedUpHqOrScrutineerStaff,
    WhoAsks,
)

router = APIRouter(prefix="/ballots", tags=["Results"])


@router.get("/{slug}/result", dependencies=[Depends(access.PUBLIC)])
def show_result(
    database: DatabaseDep, staff: WhoAsks, slug: str, settings: SettingsDep, now: NowDep
) -> ResultOut:
    """Return the result: to headquarters and the scrutineer after the close, then to everybody."""
    with database.reading() as session:
        ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    service.refuse_unless_closed(ballot, now=now)
    service.refuse_unless_may_see(ballot, staff=staff)
    open_box_for_count(database, ballot, settings=settings, now=now)
    with database.reading() as session:
        return service.result_of(session, slug, staff=staff, now=now)


AWAITED: dict[int | str, dict[str, Any]] = {
    202: {"model": AwaitedOut, "description": "Confirmed; another officer is awaited"}
}


@router.post("/{slug}/declare", response_model=ResultOut, responses=AWAITED)
def declare_result(
    database: DatabaseDep,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> ResultOut | JSONResponse:
    """Declare the result: the scrutineer, or headquarters where the ballot names none.

    Where two declare, the first is answered 202 with who is awaited, and the second 200.
    """
    with database.reading() as session:
        ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    declaring.refuse_unless_may_declare(ballot, staff=staff)
    service.refuse_unless_closed(ballot, now=now)
    open_box_for_count(database, ballot, settings=settings, now=now)
    with database.writing() as session:
        answer = declaring.declare(session, slug, staff=staff, now=now)
    if isinstance(answer, AwaitedOut):
        return JSONResponse(answer.model_dump(mode="json"), status_code=status.HTTP_202_ACCEPTED)
    return answer


@router.post("/{slug}/declare/refusal")
def refuse_declaration(
    session: WriteSession, staff: HqOrScrutineerStaff, slug: str, now: NowDep
) -> AwaitedOut:
    """Take back what the first of two officers confirmed: withdrawn by the same, or refused."""
    return declaring.refuse_declaration(session, slug, staff=staff, now=now)
