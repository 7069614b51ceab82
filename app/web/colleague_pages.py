"""Headquarters sees who has an account, invites colleagues, and closes accounts of who left."""

from datetime import datetime

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.errors import Conflict, DomainError, Invalid
from app.core.settings import SettingsDep
from app.roll.repository import branch_codes
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.colleagues import close_account, colleagues, sign_out_colleague
from app.security.invitations import invite, live_invitations, withdraw_invitation
from app.security.models import Role
from app.security.service import BranchNeeded, Staff
from app.web.sent_form import Number, Typed
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/staff", include_in_schema=False)
SEE_OTHER = 303
HERE = "/hq/staff"
ROLES = {
    Role.HQ: "Headquarters",
    Role.BRANCH: "Branch officer",
    Role.SCRUTINEER: "Scrutineer",
}


@router.get("")
def show_staff(session: ReadSession, staff: HqStaff, now: NowDep) -> HTMLResponse:
    """Show every account, and the invitations whose links still work."""
    return _page(session, staff=staff, now=now)


@router.post("/invitations")
def send_invitation(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    staff: SteppedUpHqStaff,
    settings: SettingsDep,
    now: NowDep,
    *,
    name: Typed = "",
    role: Typed = "",
    branch: Typed = "",
) -> HTMLResponse:
    """Invite a colleague, and show the link to pass on, this once."""
    name = name.strip()
    try:
        chosen = _read_role(role)
        with database.writing() as session:
            link = invite(
                session,
                name,
                role=chosen,
                branch=branch or None,
                actor=staff.actor,
                settings=settings,
                now=now,
            )
    except (Invalid, Conflict) as refusal:
        typed = {"name": name, "role": role, "branch": branch}
        with database.reading() as session:
            return _page(session, staff=staff, now=now, typed=typed, refusal=refusal)
    return staff_page(
        "hq/invitation.html",
        staff=staff,
        here=HERE,
        name=name,
        role=ROLES[chosen].lower(),
        link=link,
    )


@router.post("/invitations/{number}/withdraw")
def withdraw(
    session: WriteSession, staff: SteppedUpHqStaff, number: Number, now: NowDep
) -> Response:
    """End an invitation's link."""
    withdraw_invitation(session, number, actor=staff.actor, now=now)
    return RedirectResponse(HERE, status_code=SEE_OTHER)


@router.post("/close")
def close(
    session: WriteSession, staff: SteppedUpHqStaff, now: NowDep, *, name: Typed = ""
) -> Response:
    """Close a colleague's account for good."""
    close_account(session, name, staff=staff, now=now)
    return RedirectResponse(HERE, status_code=SEE_OTHER)


@router.post("/sign-out")
def sign_out(
    session: WriteSession, staff: SteppedUpHqStaff, now: NowDep, *, name: Typed = ""
) -> Response:
    """Sign a colleague out of every browser."""
    sign_out_colleague(session, name, staff=staff, now=now)
    return RedirectResponse(HERE, status_code=SEE_OTHER)


def _page(
    session: Session,
    *,
    staff: Staff,
    now: datetime,
    typed: dict[str, str] | None = None,
    refusal: DomainError | None = None,
) -> HTMLResponse:
    errors = [(_field_of(refusal), refusal.detail)] if refusal else []
    return staff_page(
        "hq/staff.html",
        staff=staff,
        here=HERE,
        status_code=422 if errors else 200,
        colleagues=colleagues(session),
        invitations=live_invitations(session, now=now),
        roles=ROLES,
        role_choices=[("", ""), *ROLES.items()],
        branches=[("", "None"), *((code, code) for code in branch_codes(session))],
        typed=typed or {"name": "", "role": "", "branch": ""},
        errors=errors,
        error_of=dict(errors),
    )


def _read_role(typed: str) -> Role:
    if typed not in set(Role):
        raise Invalid("Choose what the account is for.")
    return Role(typed)


def _field_of(refusal: DomainError) -> str:
    if isinstance(refusal, BranchNeeded):
        return "branch"
    return "role" if type(refusal) is Invalid else "name"
