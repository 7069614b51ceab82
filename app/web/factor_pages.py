"""Staff set up an authenticator app, passkeys and recovery codes: at first, and later for more."""

from typing import Any

import segno
from fastapi import APIRouter
from markupsafe import Markup
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep, WriteSession
from app.core.errors import Conflict, DomainError, Invalid
from app.core.settings import Settings, SettingsDep
from app.security.access import FactorAdder
from app.security.apps import address_of, new_app_secret, secret_in, set_up_app
from app.security.factors import held_by
from app.security.passkeys import ask_to_register, register_passkey, site_of, take_challenge
from app.security.proofs import Added, factor_added, remove_factor, renew_codes
from app.security.sessions import Visit, needs_factor
from app.web.language import speak_english
from app.web.proving import HOME, keep_cookie, local_path
from app.web.sent_form import Number, Typed
from app.web.staff_frame import staff_page
from app.web.templating import page

router = APIRouter(prefix="/staff/factors", include_in_schema=False)
SEE_OTHER = 303
ACCOUNT = "/staff/account"
UNPROCESSABLE = 422
GROUP = 4  # letters of a secret that are typed by hand at a time


@router.get("/new")
def show_new(
    database: DatabaseDep,
    visit: FactorAdder,
    settings: SettingsDep,
    next: str = "",  # noqa: A002 - as in the address
) -> HTMLResponse:
    """Show the picture that an app reads, and the button for a passkey."""
    with database.reading() as session:
        return _new_page(session, visit, onward=_onward(visit, next), settings=settings)


@router.post("/app")
def add_app(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    visit: FactorAdder,
    settings: SettingsDep,
    now: NowDep,
    *,
    kept: Typed = "",
    code: Typed = "",
    next: Typed = "",  # noqa: A002 - as in the address
) -> Response:
    """Set up the app when the code that it shows is right."""
    staff_id, onward = visit.staff_id, _onward(visit, next)
    secret = None
    try:
        secret = secret_in(kept, staff_id=staff_id, settings=settings)
        with database.writing() as session:
            before = held_by(session, staff_id)
            set_up_app(session, staff_id, secret=secret, typed=code, settings=settings, now=now)
            added = factor_added(
                session,
                visit,
                factor="app",
                by="app",
                before=before,
                settings=settings,
                now=now,
            )
    except Invalid as refusal:
        with database.reading() as session:
            return _new_page(
                session,
                visit,
                onward=onward,
                settings=settings,
                secret=(secret, kept) if secret else None,
                refusal=("code", refusal),
            )
    return _after(added, visit=visit, onward=onward, settings=settings)


@router.post("/challenge")
def challenge(session: WriteSession, visit: FactorAdder, settings: SettingsDep) -> Response:
    """Tell the page's script what to ask the device for a new passkey."""
    options = ask_to_register(session, visit, settings=settings)
    return Response(options, media_type="application/json")


@router.post("/passkey")
def add_passkey(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    visit: FactorAdder,
    settings: SettingsDep,
    now: NowDep,
    *,
    passkey: Typed = "",
    name: Typed = "",
    next: Typed = "",  # noqa: A002 - as in the address
) -> Response:
    """Register the passkey that the device made."""
    onward = _onward(visit, next)
    with database.writing() as session:
        asked = take_challenge(session, visit)
    try:
        with database.writing() as session:
            before = held_by(session, visit.staff_id)
            made = register_passkey(
                session,
                visit,
                answer=passkey,
                challenge=asked,
                name=name,
                settings=settings,
                now=now,
            )
            added = factor_added(
                session,
                visit,
                factor=f"passkey {made.name}",
                by="passkey",
                before=before,
                settings=settings,
                now=now,
            )
    except (Invalid, Conflict) as refusal:
        with database.reading() as session:
            return _new_page(
                session, visit, onward=onward, settings=settings, refusal=("name", refusal)
            )
    return _after(added, visit=visit, onward=onward, settings=settings)


@router.post("/codes")
def new_codes(
    session: WriteSession, visit: FactorAdder, settings: SettingsDep, now: NowDep
) -> Response:
    """Make ten new recovery codes and show them, this once; those before work no more."""
    if not held_by(session, visit.staff_id).any:
        return RedirectResponse("/staff/factors/new", status_code=SEE_OTHER)
    codes = renew_codes(session, visit, settings=settings, now=now)
    return _after(Added(None, codes=codes), visit=visit, onward=ACCOUNT, settings=settings)


@router.post("/app/remove")
def remove_app(
    session: WriteSession, visit: FactorAdder, settings: SettingsDep, now: NowDep
) -> Response:
    """Take the app away from the account."""
    remove_factor(session, visit, passkey=None, settings=settings, now=now)
    return RedirectResponse(ACCOUNT, status_code=SEE_OTHER)


@router.post("/passkeys/{number}/remove")
def remove_passkey(
    session: WriteSession, visit: FactorAdder, number: Number, settings: SettingsDep, now: NowDep
) -> Response:
    """Take a passkey away from the account."""
    remove_factor(session, visit, passkey=number, settings=settings, now=now)
    return RedirectResponse(ACCOUNT, status_code=SEE_OTHER)


def _onward(visit: Visit, asked: str) -> str:
    """Return where it goes from here; whoever is signing in wants to their ballots."""
    return local_path(asked or (HOME if visit.proved_at is None else ACCOUNT))


def _after(added: Added, *, visit: Visit, onward: str, settings: Settings) -> Response:
    """Show the recovery codes where there are new ones; otherwise go on."""
    answer: Response
    if added.codes:
        answer = _page(
            "staff/recovery_codes.html", visit, signed_in=True, codes=added.codes, onward=onward
        )
    else:
        answer = RedirectResponse(onward, status_code=SEE_OTHER)
    keep_cookie(answer, added.cookie, settings=settings)
    return answer


def _new_page(  # noqa: PLR0913 - a page is this many facts
    session: Session,
    visit: Visit,
    *,
    onward: str,
    settings: Settings,
    secret: tuple[str, str] | None = None,
    refusal: tuple[str, DomainError] | None = None,
) -> HTMLResponse:
    """Show how to set up a factor; a picture that was scanned already stays the same."""
    plain, kept = secret or new_app_secret(visit.staff_id, settings=settings)
    errors = [(refusal[0], refusal[1].detail)] if refusal else []
    return _page(
        "staff/new_factor.html",
        visit,
        signed_in=visit.proved_at is not None,
        status_code=UNPROCESSABLE if errors else 200,
        held=held_by(session, visit.staff_id),
        is_needed=needs_factor(visit.staff.role, settings=settings),
        picture=_picture(address_of(plain, name=visit.staff.name)),
        groups=[plain[at : at + GROUP] for at in range(0, len(plain), GROUP)],
        kept=kept,
        by_passkey=site_of(settings) is not None,
        onward=onward,
        errors=errors,
        error_of=dict(errors),
    )


def _page(template: str, visit: Visit, *, signed_in: bool, **context: Any) -> HTMLResponse:  # noqa: ANN401 - as each page has it
    speak_english()
    if signed_in:
        return staff_page(template, staff=visit.staff, **context)
    return page(template, nav=[], **context)


def _picture(address: str) -> Markup:
    """Draw an address as a QR code that stands in the page itself: nobody else is asked for it."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(
        omitsize=True, border=4, svgclass="qr-code", lineclass=None, title="QR code"
    )
    return Markup(drawn)  # noqa: S704 - drawn by us; of the address it holds squares alone
