"""Authenticator apps: an officer's phone shows another code every 30 seconds (RFC 6238)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import pyotp
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.core.errors import Invalid
from app.core.settings import Settings
from app.core.statements import rows_touched
from app.security.factor_models import AuthenticatorApp
from app.security.sealing import CannotUnseal, is_sealed_by, seal, unseal

STEP = 30  # seconds
# The clocks of a phone and of this machine may differ by a step, and typing takes a while.
STEPS_APART = 1
ISSUER = "Muster"
PURPOSE = "authenticator app"
BEING_SET_UP = "authenticator app being set up"


class WrongAppCode(Invalid):
    """The code is not the one that the app shows."""

    code = "wrong_app_code"
    message = (
        "That is not the code that the app shows now. Wait for the next one and type that. If it "
        "is refused too, check that the phone sets its clock by itself."
    )


class SetUpAgain(Invalid):
    """The page on which the app was to be set up is too old, or was changed."""

    code = "set_up_again"
    message = "This page is too old to finish with. Open it again, and scan the new picture."


def new_app_secret(staff_id: int, *, settings: Settings) -> tuple[str, str]:
    """Make the secret of an app; return it, and what the form brings back in its place."""
    secret = pyotp.random_base32()
    sealed = seal(secret.encode(), purpose=BEING_SET_UP, about=staff_id, settings=settings)
    return secret, urlsafe_b64encode(sealed).decode()


def secret_in(kept: str, *, staff_id: int, settings: Settings) -> str:
    """Read back the secret that a form brought.

    Raises:
        SetUpAgain: it was made for another account, under another key, or is no such thing.
    """
    try:
        sealed = urlsafe_b64decode(kept.encode())
        plain = unseal(sealed, purpose=BEING_SET_UP, about=staff_id, settings=settings)
    except (CannotUnseal, ValueError) as wrong:
        raise SetUpAgain from wrong
    return plain.decode()


def address_of(secret: str, *, name: str) -> str:
    """Return the address that the picture holds, which apps on phones read."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=name, issuer_name=ISSUER)


def set_up_app(  # noqa: PLR0913 - an app is this many facts
    session: Session, staff_id: int, *, secret: str, typed: str, settings: Settings, now: datetime
) -> None:
    """Let an app be an account's, in place of the one before, once it has shown a right code.

    Raises:
        WrongAppCode: the code is not of this secret and this moment.
    """
    step = _step_of(secret, typed=typed, now=now)
    if step is None:
        raise WrongAppCode
    session.merge(
        AuthenticatorApp(
            staff_id=staff_id,
            sealed_secret=seal(secret.encode(), purpose=PURPOSE, about=staff_id, settings=settings),
            last_step=step,
            added_at=now,
        )
    )
    session.flush()


def accept_app_code(
    session: Session, staff_id: int, *, typed: str, settings: Settings, now: datetime
) -> bool:
    """Say whether a code is right, and let none of its step or before be right again.

    The database decides, so that of two requests with one code the second is refused.
    """
    app = session.get(AuthenticatorApp, staff_id)
    if app is None:
        return False
    try:
        secret = unseal(app.sealed_secret, purpose=PURPOSE, about=staff_id, settings=settings)
    except CannotUnseal:
        return False
    step = _step_of(secret.decode(), typed=typed, now=now)
    if step is None:
        return False
    accepted = session.execute(
        update(AuthenticatorApp)
        .where(
            col(AuthenticatorApp.staff_id) == staff_id,
            col(AuthenticatorApp.last_step) < step,
        )
        .values(last_step=step, used_at=now)
    )
    return rows_touched(accepted) > 0


def reseal_apps(session: Session, *, settings: Settings) -> int:
    """Encrypt under the key in use what still depends on the one before; return how many were."""
    key, *_ = settings.secret_keys
    moved = 0
    for app in session.exec(select(AuthenticatorApp)):
        if is_sealed_by(key, app.sealed_secret, purpose=PURPOSE, about=app.staff_id):
            continue
        plain = unseal(app.sealed_secret, purpose=PURPOSE, about=app.staff_id, settings=settings)
        app.sealed_secret = seal(plain, purpose=PURPOSE, about=app.staff_id, settings=settings)
        session.add(app)
        moved += 1
    session.flush()
    return moved


def _step_of(secret: str, *, typed: str, now: datetime) -> int | None:
    """Return the newest step near this moment whose code this is."""
    digits = "".join(typed.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    current = int(now.timestamp()) // STEP
    codes = pyotp.TOTP(secret, interval=STEP)
    for step in range(current + STEPS_APART, current - STEPS_APART - 1, -1):
        if hmac.compare_digest(codes.generate_otp(step), digits):
            return step
    return None
