"""Results over REST: declare, and read."""

from fastapi import APIRouter, Depends, Request

from app.ballots.credentials import refuse_unless_in_charge
from app.ballots.service import get_visible_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep
from app.core.settings import SettingsDep
from app.results import service
from app.results.opening import open_box_for_count
from app.results.schemas import ResultOut
from app.security import access
from app.security.access import HqOrScrutineerStaff, who_is_asking

router = APIRouter(prefix="/ballots", tags=["Results"])


@router.get("/{slug}/result", dependencies=[Depends(access.PUBLIC)])
def show_result(
    database: DatabaseDep, request: Request, slug: str, settings: SettingsDep, now: NowDep
) -> ResultOut:
    """Return the result: to headquarters and the scrutineer after the close, then to everybody."""
    staff = who_is_asking(request)
    with database.reading() as session:
        ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    service.refuse_unless_closed(ballot, now=now)
    service.refuse_unless_may_see(ballot, staff=staff)
    open_box_for_count(database, ballot, settings=settings, now=now)
    with database.reading() as session:
        return service.result_of(session, slug, staff=staff, now=now)


@router.post("/{slug}/declare")
def declare_result(
    database: DatabaseDep,
    staff: HqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> ResultOut:
    """Declare the result: the scrutineer, or headquarters where the ballot names none."""
    with database.reading() as session:
        ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    refuse_unless_in_charge(ballot, staff=staff)
    service.refuse_unless_closed(ballot, now=now)
    open_box_for_count(database, ballot, settings=settings, now=now)
    with database.writing() as session:
        return service.declare_result(session, slug, staff=staff, now=now)
