"""Ballots over REST: set up, show, list, freeze the roll, hand out codes."""

from fastapi import APIRouter, Depends, Response, status
from fastapi.responses import StreamingResponse

from app.ballots import credentials, freeze, service
from app.ballots.schemas import BallotIn, BallotOut, FrozenRollOut
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.security import access
from app.security.access import HqOrScrutineerStaff, HqStaff, WhoAsks

router = APIRouter(prefix="/ballots", tags=["Ballots"])
PUBLIC = [Depends(access.PUBLIC)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_ballot(
    session: WriteSession, staff: HqStaff, ballot_in: BallotIn, response: Response, now: NowDep
) -> BallotOut:
    """Set up a ballot as a draft."""
    ballot = service.create_ballot(session, ballot_in, staff=staff, now=now)
    response.headers["Location"] = f"/api/v1/ballots/{ballot.slug}"
    return service.describe(session, ballot, now=now)


@router.get("", dependencies=PUBLIC)
def list_ballots(session: ReadSession, asking: WhoAsks, now: NowDep) -> list[BallotOut]:
    """List ballots, newest first. The public sees no drafts."""
    ballots = service.visible_ballots(session, staff=asking, now=now)
    return [service.describe(session, ballot, now=now) for ballot in ballots]


@router.get("/{slug}", dependencies=PUBLIC)
def show_ballot(session: ReadSession, asking: WhoAsks, slug: str, now: NowDep) -> BallotOut:
    """Show one ballot. The public sees no drafts."""
    ballot = service.get_visible_ballot(session, slug, staff=asking, now=now)
    return service.describe(session, ballot, now=now)


@router.post("/{slug}/freeze")
def freeze_roll(session: WriteSession, staff: HqStaff, slug: str, now: NowDep) -> FrozenRollOut:
    """Fix who is entitled. It can be done once and not undone."""
    ballot = service.get_ballot(session, slug)
    return freeze.freeze_roll(session, ballot, staff=staff, now=now)


@router.post("/{slug}/credentials", response_class=StreamingResponse)
def issue_codes(
    session: WriteSession,
    staff: HqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> StreamingResponse:
    """Make codes for entries that have none, and hand them over once, as CSV."""
    ballot = service.get_ballot(session, slug)
    issued = credentials.issue_codes(session, ballot, staff=staff, settings=settings, now=now)
    return StreamingResponse(
        credentials.as_csv(issued, settings=settings),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}-codes.csv"'},
    )
