"""Headquarters says which of the union's own systems are told of events."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.settings import Settings, SettingsDep
from app.core.spoken_times import long_time
from app.notices.desk import desk_of
from app.notices.webhook_address import WrongAddress
from app.notices.webhook_events import note_test
from app.notices.webhooks import (
    add_webhook,
    end_webhook,
    lately_told,
    live_webhooks,
    may_go_inside,
)
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.service import Staff
from app.web.sent_form import Number
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/webhooks", include_in_schema=False)
SEE_OTHER = 303
STATES = {"queued": "Waiting", "delivered": "Delivered", "given_up": "Given up"}


@router.get("")
def show_webhooks(
    session: ReadSession, staff: HqStaff, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show which addresses are told, and what became of the newest events."""
    return _page(session, staff=staff, settings=settings, now=now)


@router.post("")
def add(
    database: DatabaseDep,
    staff: SteppedUpHqStaff,
    settings: SettingsDep,
    now: NowDep,
    *,
    url: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Add an address, and show its key this once."""
    url = url.strip()
    try:
        with database.writing() as session:
            row, key = add_webhook(session, url, staff=staff, settings=settings, now=now)
    except WrongAddress as refusal:
        with database.reading() as session:
            return _page(
                session,
                staff=staff,
                settings=settings,
                now=now,
                url=url,
                errors=[("url", refusal.detail)],
            )
    return staff_page("hq/webhook_key.html", staff=staff, url=row.url, key=key)


@router.post("/{number}/end")
def end(session: WriteSession, staff: SteppedUpHqStaff, number: Number, now: NowDep) -> Response:
    """Tell an address of nothing more."""
    end_webhook(session, number, staff=staff, now=now)
    return RedirectResponse("/hq/webhooks", status_code=SEE_OTHER)


@router.post("/{number}/test")
def test(session: WriteSession, staff: HqStaff, number: Number, now: NowDep) -> Response:
    """Send an address a message that says nothing but that messages arrive."""
    del staff
    note_test(session, number, now=now)
    return RedirectResponse("/hq/webhooks", status_code=SEE_OTHER)


def _page(  # noqa: PLR0913 - a page is this many facts
    session: Session,
    *,
    staff: Staff,
    settings: Settings,
    now: datetime,
    url: str = "",
    errors: list[tuple[str, str]] | None = None,
) -> HTMLResponse:
    return staff_page(
        "hq/webhooks.html",
        staff=staff,
        status_code=422 if errors else 200,
        desk=desk_of(session, settings=settings, now=now),
        inside=may_go_inside(settings),
        hooks=live_webhooks(session),
        told=[
            (
                each.kind,
                long_time(each.occurred_at),
                each.url,
                STATES[each.state],
                f"{each.answer} ({each.attempts})" if each.answer else "",
            )
            for each in lately_told(session)
        ],
        url=url,
        errors=errors or [],
        error_of=dict(errors or []),
    )
