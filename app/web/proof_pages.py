"""A browser proves whose it is: as it signs in, and again before what cannot be undone."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.clock import NowDep
from app.core.database import Database, DatabaseDep, WriteSession
from app.core.errors import DomainError, TooMany
from app.core.settings import Settings, SettingsDep
from app.security.access import ProofNeeded, SignedInBrowser, SomeBrowser, visit_of
from app.security.factors import held_by
from app.security.passkeys import WrongPasskey, ask_to_sign
from app.security.proofs import WrongProof
from app.security.sessions import Visit
from app.web.language import speak_english
from app.web.proving import (
    HOME,
    Proof,
    keep_cookie,
    local_path,
    next_step,
    question_for,
    refused,
    take_proof,
    with_next,
)
from app.web.refusals import is_api, refuse
from app.web.sent_form import SentForm, Typed
from app.web.staff_frame import staff_page
from app.web.templating import page

router = APIRouter(include_in_schema=False)
SEE_OTHER = 303
# The form is sent once more, as it was.
SEND_AGAIN = 307
# Names of this page's own fields, so that none of the form that is kept is taken for one.
OWN = "confirm-"
LONGEST_KEPT = 65_536  # characters of a form that is sent again
Kept = Sequence[tuple[str, str]]


@router.get("/sign-in/factor")
def show_factor(
    database: DatabaseDep,
    visit: SomeBrowser,
    settings: SettingsDep,
    next: str = HOME,  # noqa: A002 - as in the address
) -> Response:
    """Ask for the second factor of an account whose password was right."""
    onward = local_path(next)
    step = next_step(database, visit, onward=onward)
    if not step.startswith("/sign-in/factor"):
        return RedirectResponse(step, status_code=SEE_OTHER)
    return _factor_page(database, visit, onward=onward, settings=settings)


@router.post("/sign-in/factor")
def take_factor(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    visit: SomeBrowser,
    settings: SettingsDep,
    now: NowDep,
    *,
    code: Typed = "",
    passkey: Typed = "",
    next: Typed = HOME,  # noqa: A002 - as in the address
) -> Response:
    """Complete the sign-in, with another cookie, or say that it was not right."""
    onward = local_path(next)
    proof = Proof(code=code, passkey=passkey)
    try:
        secret = take_proof(database, visit, proof=proof, settings=settings, now=now)
    except (WrongProof, WrongPasskey, TooMany) as refusal:
        return _factor_page(database, visit, onward=onward, settings=settings, refusal=refusal)
    answer = RedirectResponse(onward, status_code=SEE_OTHER)
    keep_cookie(answer, secret, settings=settings)
    return answer


@router.post("/sign-in/challenge")
def challenge(session: WriteSession, visit: SomeBrowser, settings: SettingsDep) -> Response:
    """Tell the page's script what a passkey is to sign."""
    options = ask_to_sign(session, visit, settings=settings)
    return Response(options, media_type="application/json")


@router.get("/staff/confirm")
def show_confirm(
    database: DatabaseDep,
    visit: SignedInBrowser,
    settings: SettingsDep,
    next: str = HOME,  # noqa: A002 - as in the address
) -> Response:
    """Ask a signed-in browser to prove once more whose it is, before a page opens."""
    return _confirm_page(database, visit, then=local_path(next), settings=settings)


@router.post("/staff/confirm")
def take_confirm(
    database: DatabaseDep,
    visit: SignedInBrowser,
    settings: SettingsDep,
    sent: SentForm,
    now: NowDep,
) -> Response:
    """Take the proof; then the browser sends the form that it had sent, or opens the page."""
    then, kept = local_path(_own(sent, "then")), _without_own(sent)
    sends = _own(sent, "sends") == "form"
    proof = Proof(
        code=_own(sent, "code"), passkey=_own(sent, "passkey"), password=_own(sent, "password")
    )
    try:
        take_proof(database, visit, proof=proof, settings=settings, now=now)
    except (WrongProof, WrongPasskey, TooMany) as refusal:
        return _confirm_page(
            database,
            visit,
            then=then,
            kept=kept if sends else None,
            settings=settings,
            refusal=refusal,
        )
    return RedirectResponse(then, status_code=SEND_AGAIN if sends else SEE_OTHER)


async def ask_for_proof(request: Request, refusal: Exception) -> Response:
    """Answer whoever wants what cannot be undone with the question who they are.

    The form that was sent is kept in the page, and sent again after the proof; one with a file,
    or a very long one, must be filled in again.
    """
    assert isinstance(refusal, ProofNeeded)  # noqa: S101 - registered for this type
    visit = await visit_of(request)
    if is_api(request) or visit is None:
        return refuse(request, status=403, code=refusal.code, detail=refusal.detail)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method == "GET":
        return RedirectResponse(with_next("/staff/confirm", address), status_code=SEE_OTHER)
    kept = _kept(await request.form())
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    return await run_in_threadpool(
        lambda: _confirm_page(
            database,
            visit,
            then=HOME if kept is None else address,
            kept=kept,
            settings=settings,
            lost=kept is None,
            status_code=403,
        )
    )


def _own(sent: FormData, name: str) -> str:
    value = sent.get(OWN + name, "")
    return value if isinstance(value, str) else ""


def _without_own(sent: FormData) -> Kept:
    return [
        (name, value)
        for name, value in sent.multi_items()
        if isinstance(value, str) and not name.startswith(OWN)
    ]


def _kept(sent: FormData) -> Kept | None:
    """Return the fields to send again, or None where that cannot be done."""
    kept = _without_own(sent)
    has_files = any(not isinstance(value, str) for _, value in sent.multi_items())
    length = sum(len(name) + len(value) for name, value in kept)
    return None if has_files or length > LONGEST_KEPT else kept


def _factor_page(
    database: Database,
    visit: Visit,
    *,
    onward: str,
    settings: Settings,
    refusal: DomainError | None = None,
) -> HTMLResponse:
    with database.reading() as session:
        question = question_for(held_by(session, visit.staff_id), settings=settings)
    answer = page(
        "staff/factor.html",
        nav=[],
        name=visit.staff.name,
        question=question,
        onward=onward,
        errors=[("code", refusal.detail)] if refusal else [],
    )
    return refused(answer, refusal)


def _confirm_page(  # noqa: PLR0913 - a page is this many facts
    database: Database,
    visit: Visit,
    *,
    then: str,
    settings: Settings,
    kept: Kept | None = None,
    lost: bool = False,
    refusal: DomainError | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    speak_english()
    with database.reading() as session:
        question = question_for(held_by(session, visit.staff_id), settings=settings)
    field = "password" if question.by_password else "code"
    answer = staff_page(
        "staff/confirm.html",
        staff=visit.staff,
        status_code=status_code,
        question=question,
        minutes=int(settings.proof_lasts.total_seconds()) // 60,
        then=then,
        kept=kept,
        lost=lost,
        errors=[(OWN + field, refusal.detail)] if refusal else [],
    )
    return refused(answer, refusal)
