"""Who is entitled and who is not, with the reason, over REST: counts, lists, a file."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.ballots import entitlement
from app.ballots.entitlement import Verdict, Verdicts
from app.ballots.entitlement_counts import EntitlementOut, entitlement_of
from app.ballots.schemas import Day
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.security.access import HqStaff

router = APIRouter(prefix="/ballots", tags=["Entitlement"])
LARGEST_KEY = 2**62


class VerdictOut(BaseModel):
    """One member: entitled (no reason), or why not."""

    membership_number: str
    given_name: str
    family_name: str
    branch: str
    category: str
    joined_on: Day
    entitled: bool
    reason: str | None
    explanation: str


class VerdictsOut(BaseModel):
    """Some members; `next` goes into `after` for those who follow, and is null at the end."""

    members: list[VerdictOut]
    next: int | None


@router.get("/{slug}/entitlement")
def show_entitlement(
    session: ReadSession, staff: HqStaff, slug: str, now: NowDep
) -> EntitlementOut:
    """Count who is entitled and who is not, by reason."""
    del staff
    return entitlement_of(session, get_ballot(session, slug), now=now)


@router.get("/{slug}/entitlement/members")
def list_members(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: ReadSession,
    staff: HqStaff,
    slug: str,
    *,
    reason: Verdicts | None = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    after: Annotated[int, Query(ge=0, le=LARGEST_KEY)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> VerdictsOut:
    """List members with the reason why each is entitled or not; or one of them by number."""
    del staff
    ballot = get_ballot(session, slug)
    if number is not None:
        one = entitlement.verdict_on(session, ballot, number=number)
        return VerdictsOut(members=[_out(one)] if one else [], next=None)
    found, more = entitlement.some_verdicts(session, ballot, only=reason, after=after, limit=limit)
    return VerdictsOut(members=[_out(each) for each in found], next=more)


def _out(verdict: Verdict) -> VerdictOut:
    return VerdictOut(
        membership_number=verdict.membership_number,
        given_name=verdict.given_name,
        family_name=verdict.family_name,
        branch=verdict.branch,
        category=verdict.category,
        joined_on=verdict.joined_on,
        entitled=verdict.reason is None,
        reason=verdict.reason,
        explanation=verdict.explanation,
    )


@router.get("/{slug}/entitlement/members.csv", response_class=StreamingResponse)
def download_members(
    database: DatabaseDep, staff: HqStaff, slug: str, *, reason: Verdicts | None = None
) -> StreamingResponse:
    """Send the same list as a file, as long as it is."""
    del staff
    with database.reading() as session:
        ballot = get_ballot(session, slug)
    name = f"{ballot.slug}-{(reason or 'everybody').replace('_', '-')}.csv"
    return StreamingResponse(
        entitlement.file_of(database, ballot, only=reason),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
