"""What every page shares that asks a browser to prove whose it is."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from app.core.database import Database
from app.core.errors import DomainError, TooMany
from app.core.settings import Settings
from app.security.access import SESSION_COOKIE
from app.security.factors import Held, held_by
from app.security.passkeys import site_of
from app.security.proofs import prove_with_code, prove_with_passkey, prove_with_password
from app.security.sessions import Visit

HOME = "/staff"


@dataclass(frozen=True)
class Question:
    """How an account can prove itself here: what the page asks for.

    Attributes:
        by_code: whether it has an app or recovery codes.
        by_app: whether it has an app.
        by_passkey: whether it has passkeys that work at this address.
        by_password: whether it has no second factor, so that the password is asked for again.
    """

    by_code: bool
    by_app: bool
    by_passkey: bool
    by_password: bool


@dataclass(frozen=True)
class Proof:
    """What was typed or signed."""

    code: str = ""
    passkey: str = ""
    password: str = ""


def local_path(address: str) -> str:
    """Return an address of this site, or the first staff page where it would lead elsewhere.

    Browsers read backslashes as slashes and drop control characters, so neither may pass.
    """
    is_local = address.startswith("/") and not address.startswith("//")
    is_plain = address.isprintable() and "\\" not in address
    return address if is_local and is_plain else HOME


def with_next(page: str, onward: str) -> str:
    """Return the address of a page that leads on to another."""
    return page if onward == HOME else f"{page}?next={quote(onward)}"


def next_step(database: Database, visit: Visit, *, onward: str) -> str:
    """Return where a browser goes whose password was right: on, or to what is still to prove."""
    if visit.proved_at is not None:
        return onward
    with database.reading() as session:
        held = held_by(session, visit.staff_id)
    return with_next("/sign-in/factor" if held.any else "/staff/factors/new", onward)


def question_for(held: Held, *, settings: Settings) -> Question:
    """Say what an account with these factors is asked for."""
    return Question(
        by_code=held.app or held.codes_left > 0,
        by_app=held.app,
        by_passkey=held.passkeys > 0 and site_of(settings) is not None,
        by_password=not held.any,
    )


def take_proof(
    database: Database, visit: Visit, *, proof: Proof, settings: Settings, now: datetime
) -> str | None:
    """Check a proof; return the secret for a new cookie where it completed a sign-in.

    Raises:
        WrongProof: it proves nothing.
        WrongPasskey: the device's answer cannot be read.
        TooMany: too many proofs were wrong for this account.
    """
    if proof.passkey:
        return prove_with_passkey(database, visit, answer=proof.passkey, settings=settings, now=now)
    if proof.password:
        prove_with_password(database, visit, password=proof.password, settings=settings, now=now)
        return None
    return prove_with_code(database, visit, typed=proof.code, settings=settings, now=now)


def refused(answer: HTMLResponse, refusal: DomainError | None) -> HTMLResponse:
    """Give a page the status of what it says was not right, if anything was."""
    if refusal is None:
        return answer
    answer.status_code = 429 if isinstance(refusal, TooMany) else 401
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def keep_cookie(answer: Response, secret: str | None, *, settings: Settings) -> None:
    """Give the browser its cookie, if there is a new one."""
    if secret is None:
        return
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(settings.session_length.total_seconds()),
        path="/",
        secure=settings.https,
        httponly=True,
        samesite="lax",
    )
