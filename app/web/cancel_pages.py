"""Cancelling a ballot: headquarters or its scrutineer proposes, and another of them decides."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots import cancelling
from app.ballots.proposal_models import BallotProposal
from app.ballots.schemas import Text
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.spoken_times import long_time
from app.security.access import HqOrScrutineerStaff, SteppedUpHqOrScrutineerStaff
from app.security.service import Staff
from app.web.ballot_words import state_words
from app.web.sent_form import Number, Typed
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/staff/ballots", include_in_schema=False)
SEE_OTHER = 303
NO_REASON = "Enter the reason. Everybody reads it on the ballot’s page."
LONG_REASON = "Shorten the reason to one line of 500 characters or fewer."
OUTCOMES = {
    "approved": "Approved by {by}",
    "refused": "Refused by {by}",
    "withdrawn": "Withdrawn by {by}",
}


@router.get("/{slug}/cancel")
def show(session: ReadSession, staff: HqOrScrutineerStaff, slug: str, now: NowDep) -> HTMLResponse:
    """Show what was proposed, and who decides."""
    return _page(session, slug, staff=staff, now=now)


@router.post("/{slug}/cancel")
def propose(
    database: DatabaseDep,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    now: NowDep,
    reason: Typed = "",
) -> Response:
    """Propose to cancel the ballot; another officer decides."""
    wrong = _wrong_with(reason)
    if wrong:
        with database.reading() as session:
            return _page(session, slug, staff=staff, now=now, reason=reason, wrong=wrong)
    with database.writing() as session:
        ballot = get_ballot(session, slug)
        cancelling.propose_cancellation(
            session, ballot, reason=reason.strip(), staff=staff, now=now
        )
    return _back(slug)


@router.post("/{slug}/cancel/{number}/approve")
def approve(
    session: WriteSession,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    number: Number,
    now: NowDep,
) -> Response:
    """Cancel the ballot for good."""
    cancelling.approve_cancellation(
        session, get_ballot(session, slug), number, staff=staff, now=now
    )
    return _back(slug)


@router.post("/{slug}/cancel/{number}/refuse")
def refuse(
    session: WriteSession, staff: HqOrScrutineerStaff, slug: str, number: Number, now: NowDep
) -> Response:
    """Let the ballot stand."""
    cancelling.refuse_cancellation(session, get_ballot(session, slug), number, staff=staff, now=now)
    return _back(slug)


def _wrong_with(reason: str) -> str:
    try:
        TypeAdapter(Text).validate_python(reason)
    except ValidationError:
        return LONG_REASON if reason.strip() else NO_REASON
    return ""


def _page(  # noqa: PLR0913 - a page is this many facts
    session: Session,
    slug: str,
    *,
    staff: Staff,
    now: datetime,
    reason: str = "",
    wrong: str = "",
) -> HTMLResponse:
    ballot = get_ballot(session, slug)
    cancelling.refuse_unless_may_cancel(ballot, staff=staff)
    rows = cancelling.proposed_cancellations(session, ballot)
    waiting = next((row for row in rows if row.outcome is None), None)
    needed = cancelling.needs_scrutineer(ballot, now=now)
    errors = [("reason", wrong)] if wrong else []
    return staff_page(
        "staff/cancel.html",
        staff=staff,
        status_code=422 if errors else 200,
        back=home_of(slug, staff=staff),
        ballot=ballot,
        state_words=state_words(ballot, now=now),
        may_cancel=cancelling.may_cancel(ballot),
        needs_scrutineer=needed,
        waiting=waiting,
        own=waiting is not None and waiting.proposed_by == staff.name,
        lacks_scrutineer=needed
        and waiting is not None
        and ballot.scrutineer not in {waiting.proposed_by, staff.name},
        decided=[_as_row(row) for row in rows if row.outcome is not None],
        reason=reason,
        errors=errors,
        error_of=dict(errors),
    )


def _as_row(row: BallotProposal) -> tuple[str, ...]:
    decided = OUTCOMES[row.outcome or ""].format(by=row.decided_by)
    when = f", {long_time(row.decided_at)}" if row.decided_at else ""
    return row.reason, row.proposed_by, f"{decided}{when}"


def _back(slug: str) -> RedirectResponse:
    return RedirectResponse(f"/staff/ballots/{slug}/cancel", status_code=SEE_OTHER)
