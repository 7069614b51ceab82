"""Headquarters closes a ballot later than was set: one officer proposes, another decides."""

from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots import extensions
from app.ballots.proposal_models import WindowExtension
from app.ballots.schemas import Text
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.errors import Invalid
from app.core.settings import Settings, SettingsDep
from app.core.spoken_times import long_time
from app.notices.extension_notice import queue_notice, sample_notice
from app.notices.server import mail_server
from app.rules.london import LONDON
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.service import Staff
from app.web.ballot_words import state_words
from app.web.london_times import Unreadable, read_moment
from app.web.sent_form import Number, Typed
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
SEE_OTHER = 303
NO_REASON = "Enter the reason. Everybody reads it beside the new closing time."
LONG_REASON = "Shorten the reason to one line of 500 characters or fewer."
OUTCOMES = {
    "approved": "Approved by {by}",
    "refused": "Refused by {by}",
    "withdrawn": "Withdrawn by {by}",
}


@dataclass(frozen=True)
class _Sent:
    """What was typed, and what is wrong with it."""

    day: str = ""
    time: str = ""
    reason: str = ""
    errors: list[tuple[str, str]] = field(default_factory=list)


@router.get("/{slug}/close")
def show_close(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show when voting closes, what was proposed, and who decided."""
    closes = get_ballot(session, slug).closes_at.astimezone(LONDON)
    sent = _Sent(day=closes.date().isoformat(), time=f"{closes:%H:%M}")
    return _page(session, slug, sent, staff=staff, settings=settings, now=now)


@router.post("/{slug}/close")
def propose(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    staff: HqStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    closes_day: Typed = "",
    closes_time: Typed = "",
    reason: Typed = "",
) -> Response:
    """Propose a later close; another officer decides."""
    sent = _Sent(closes_day, closes_time, reason)
    moment = _read(sent)
    if moment is not None:
        try:
            with database.writing() as session:
                extensions.propose_extension(
                    session,
                    get_ballot(session, slug),
                    new_close=moment,
                    reason=reason.strip(),
                    staff=staff,
                    now=now,
                )
            return _back(slug)
        except Invalid as refusal:
            sent.errors.append(("closes_day", refusal.detail))
    with database.reading() as session:
        return _page(session, slug, sent, staff=staff, settings=settings, now=now)


def _read(sent: _Sent) -> datetime | None:
    """Return the moment that was typed, unless something is wrong with it or with the reason."""
    moment = None
    try:
        moment = read_moment(sent.day, sent.time)
    except Unreadable as wrong:
        sent.errors.append(("closes_day", str(wrong)))
    try:
        TypeAdapter(Text).validate_python(sent.reason)
    except ValidationError:
        sent.errors.append(("reason", LONG_REASON if sent.reason.strip() else NO_REASON))
    return None if sent.errors else moment


@router.post("/{slug}/close/{number}/approve")
def approve(
    session: WriteSession, staff: SteppedUpHqStaff, slug: str, number: Number, now: NowDep
) -> Response:
    """Move the close."""
    extensions.approve_extension(session, get_ballot(session, slug), number, staff=staff, now=now)
    return _back(slug)


@router.post("/{slug}/close/{number}/refuse")
def refuse(
    session: WriteSession, staff: SteppedUpHqStaff, slug: str, number: Number, now: NowDep
) -> Response:
    """Leave the close as it is."""
    extensions.refuse_extension(session, get_ballot(session, slug), number, staff=staff, now=now)
    return _back(slug)


@router.post("/{slug}/close/{number}/notice")
def send_notice(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: WriteSession,
    staff: HqStaff,
    slug: str,
    number: Number,
    settings: SettingsDep,
    *,
    now: NowDep,
) -> Response:
    """Let those who have not voted be told."""
    ballot = get_ballot(session, slug)
    row = extensions.get_extension(session, ballot, number)
    queue_notice(session, ballot, row, staff=staff, settings=settings, now=now)
    return _back(slug)


def _page(  # noqa: PLR0913 - a page is this many facts
    session: Session, slug: str, sent: _Sent, *, staff: Staff, settings: Settings, now: datetime
) -> HTMLResponse:
    ballot = get_ballot(session, slug)
    rows = extensions.proposed_extensions(session, ballot)
    newest = next((row for row in rows if row.outcome == "approved"), None)
    waiting = next((row for row in rows if row.outcome is None), None)
    may_extend = extensions.may_extend(ballot, now=now)
    return staff_page(
        "hq/close.html",
        staff=staff,
        status_code=422 if sent.errors else 200,
        ballot=ballot,
        state_words=state_words(ballot, now=now),
        may_extend=may_extend,
        waiting=waiting,
        own=waiting is not None and waiting.proposed_by == staff.name,
        decided=[_as_row(row) for row in rows if row.outcome is not None],
        newest=newest,
        mail_is_on=mail_server(settings) is not None,
        mail=sample_notice(session, ballot, settings=settings, now=now)
        if newest and newest.notice_at is None and now < ballot.closes_at
        else None,
        typed=sent,
        errors=sent.errors,
        error_of=dict(reversed(sent.errors)),
    )


def _as_row(row: WindowExtension) -> tuple[str, ...]:
    decided = OUTCOMES[row.outcome or ""].format(by=row.decided_by)
    return (
        long_time(row.new_close),
        long_time(row.old_close),
        row.reason,
        row.proposed_by,
        f"{decided}, {long_time(row.decided_at)}" if row.decided_at else decided,
    )


def _back(slug: str) -> RedirectResponse:
    return RedirectResponse(f"/hq/ballots/{slug}/close", status_code=SEE_OTHER)
