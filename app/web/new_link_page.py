"""Headquarters has a new voting link sent to a member, with a reason."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse

from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.core.errors import DomainError
from app.core.settings import SettingsDep
from app.notices.new_links import NoReason, send_new_link
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.service import Staff
from app.web.refusals import status_of
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/ballots/{slug}/new-link", include_in_schema=False)
LARGEST_FORM = 16 * 1024  # bytes


@router.get("")
def show_form(session: ReadSession, staff: HqStaff, slug: str) -> HTMLResponse:
    """Show the form."""
    return _page(get_ballot(session, slug), staff=staff)


@router.post("", max_body_size=LARGEST_FORM)
def take_form(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    staff: SteppedUpHqStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    number: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Have the link sent, or say beside the field why not."""
    with database.reading() as session:
        ballot = get_ballot(session, slug)
    try:
        with database.writing() as session:
            send_new_link(
                session,
                ballot,
                number=number,
                reason=reason,
                staff=staff,
                settings=settings,
                now=now,
            )
    except DomainError as refusal:
        field = "reason" if isinstance(refusal, NoReason) else "number"
        return _page(ballot, staff=staff, refusal=(field, refusal), number=number, reason=reason)
    return _page(ballot, staff=staff, sent=True)


def _page(  # noqa: PLR0913 - a page is this many facts
    ballot: Ballot,
    *,
    staff: Staff,
    refusal: tuple[str, DomainError] | None = None,
    number: str = "",
    reason: str = "",
    sent: bool = False,
) -> HTMLResponse:
    errors = [(refusal[0], refusal[1].detail)] if refusal else []
    return staff_page(
        "hq/new_link.html",
        staff=staff,
        status_code=status_of(refusal[1]) if refusal else 200,
        ballot=ballot,
        number=number,
        reason=reason,
        sent=sent,
        errors=errors,
        error_of=dict(errors),
    )
