"""Who is entitled and who is not, with the reason, over REST: counts, lists, a file."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.ballots import entitlement
from app.ballots.entitlement import Verdict, Verdicts
from app.ballots.lifecycle import State, state_of
from app.ballots.overview import outlook_of
from app.ballots.repository import cells_of, left_out_of
from app.ballots.schemas import Day, LeftOutOut
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.security.access import HqStaff

router = APIRouter(prefix="/ballots", tags=["Entitlement"])
LARGEST_KEY = 2**62


class CategoryOut(BaseModel):
    """How many of one membership category would be entitled."""

    category: str
    entitled: int


class ArrearsOut(BaseModel):
    """What members in arrears mean for the denominator of a draft."""

    excluded: bool
    entitled_otherwise: int


class EntitlementOut(BaseModel):
    """The denominator and what it leaves out.

    judged = entitled - supplements + taken_off + everybody left out, always.

    Of a draft it is what a freeze would come to today, with `categories` and `arrears` to weigh;
    of a frozen ballot what the freeze decided, and what was changed since.
    """

    ballot: str
    state: State
    judged: int
    entitled: int
    left_out: list[LeftOutOut]
    supplements: int
    taken_off: int
    categories: list[CategoryOut] | None
    arrears: ArrearsOut | None


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
    ballot = get_ballot(session, slug)
    state = state_of(ballot, now=now)
    if state is State.DRAFT:
        outlook = outlook_of(session, ballot)
        left_out = [LeftOutOut(reason=str(r), count=n) for r, n in outlook.left_out.items()]
        return EntitlementOut(
            ballot=slug,
            state=state,
            judged=outlook.entitled + sum(each.count for each in left_out),
            entitled=outlook.entitled,
            left_out=left_out,
            supplements=0,
            taken_off=0,
            categories=[
                CategoryOut(category=name, entitled=number)
                for name, number in outlook.by_category.items()
            ],
            arrears=ArrearsOut(
                excluded=ballot.exclude_arrears,
                entitled_otherwise=outlook.with_arrears_the_other_way,
            ),
        )
    cells = cells_of(session, key_of(ballot))
    stored = left_out_of(session, key_of(ballot))
    entitled, taken_off = (sum(getattr(c, name) for c in cells) for name in ("entitled", "removed"))
    supplements = sum(cell.added for cell in cells)
    return EntitlementOut(
        ballot=slug,
        state=state,
        judged=entitled - supplements + taken_off + sum(row.count for row in stored),
        entitled=entitled,
        left_out=[LeftOutOut(reason=row.reason, count=row.count) for row in stored],
        supplements=supplements,
        taken_off=taken_off,
        categories=None,
        arrears=None,
    )


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
