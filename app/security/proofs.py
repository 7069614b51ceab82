"""A browser proves whose it is: by an app's code, a recovery code, a passkey, or the password."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from app.audit import service as audit
from app.audit.staff_events import FactorAdded, FactorRefused, FactorRemoved, RecoveryCodesMade
from app.core.database import Database
from app.core.errors import Conflict, NotFound, Unauthenticated
from app.core.settings import Settings
from app.security import throttles
from app.security.apps import accept_app_code
from app.security.factor_models import AuthenticatorApp, Passkey, RecoveryCode
from app.security.factors import Held, held_by
from app.security.models import StaffAccount
from app.security.passkeys import accept_passkey, take_challenge
from app.security.passwords import password_is_right
from app.security.recovery import CODES, accept_recovery_code, make_recovery_codes
from app.security.sessions import Visit, needs_factor, prove

# Only somebody who knows the password gets as far, so an account's failures count from anywhere.
FACTOR = "second factor"
Check = Callable[[Session], str | None]


class WrongProof(Unauthenticated):
    """What was typed or signed proves nothing."""

    code = "wrong_proof"
    message = (
        "That was not right, or it was used already. A code of the app works once: wait for the "
        "next one and type that."
    )


class FactorNeeded(Conflict):
    """The last second factor of an account that must have one."""

    code = "factor_needed"
    message = (
        "Your account needs a second factor, and this is its last. Add another first, and then "
        "remove this one."
    )


class UnknownFactor(NotFound):
    """The account has no such factor."""

    code = "unknown_factor"
    message = "Your account has no such passkey or app. It may have been removed already."


@dataclass(frozen=True)
class Added:
    """What came of adding a factor: the secret of a new cookie, and recovery codes, if any."""

    cookie: str | None
    codes: Sequence[str]


def prove_with_code(
    database: Database, visit: Visit, *, typed: str, settings: Settings, now: datetime
) -> str | None:
    """Take the code of the app, or a recovery code.

    Returns:
        The secret for a new cookie, where this completed a sign-in.

    Raises:
        WrongProof: it is neither, or was used already.
        TooMany: too many were wrong for this account, whoever typed them.
    """

    def check(session: Session) -> str | None:
        for way, accept in (("app", accept_app_code), ("recovery code", accept_recovery_code)):
            if accept(session, visit.staff_id, typed=typed, settings=settings, now=now):
                return way
        return None

    return _prove(database, visit, check=check, settings=settings, now=now)


def prove_with_passkey(
    database: Database, visit: Visit, *, answer: str, settings: Settings, now: datetime
) -> str | None:
    """Take what a passkey signed.

    Returns:
        The secret for a new cookie, where this completed a sign-in.

    Raises:
        WrongProof: no passkey of the account signed what was last asked of this browser.
        WrongPasskey: the answer cannot be read, or there are no passkeys at this address.
        TooMany: too many proofs were wrong for this account.
    """
    # Taken for good before anything is checked: nothing is signed twice.
    with database.writing() as session:
        challenge = take_challenge(session, visit)

    def check(session: Session) -> str | None:
        accepted = accept_passkey(
            session, visit, answer=answer, challenge=challenge, settings=settings, now=now
        )
        return "passkey" if accepted else None

    return _prove(database, visit, check=check, settings=settings, now=now)


def prove_with_password(
    database: Database, visit: Visit, *, password: str, settings: Settings, now: datetime
) -> None:
    """Take the password once more, from a browser whose account has no second factor.

    Raises:
        WrongProof: it is wrong, or a second factor must be shown instead.
        TooMany: too many proofs were wrong for this account.
    """
    with database.reading() as session:
        account = session.get(StaffAccount, visit.staff_id)
        enough = not held_by(session, visit.staff_id).any and visit.proved_at is not None
        stored = account.password_hash if account else None
        _refuse_if_throttled(session, visit, settings=settings, now=now)
    right = password_is_right(stored, password=password) and enough
    _prove(
        database,
        visit,
        check=lambda _: "password" if right else None,
        settings=settings,
        now=now,
    )


def factor_added(  # noqa: PLR0913 - an addition is this many facts
    session: Session,
    visit: Visit,
    *,
    factor: str,
    by: str,
    before: Held,
    settings: Settings,
    now: datetime,
) -> Added:
    """Record that a factor was added, which proves the browser; the first brings recovery codes."""
    count = held_by(session, visit.staff_id).count
    added = FactorAdded(visit.staff.name, factor=factor, factors_before=before.count, factors=count)
    audit.record(session, added, actor=visit.staff.actor, now=now)
    codes: Sequence[str] = ()
    if not before.any:
        codes = renew_codes(session, visit, settings=settings, now=now)
    cookie = prove(session, visit, by=by, settings=settings, now=now)
    return Added(cookie, codes=codes)


def renew_codes(
    session: Session, visit: Visit, *, settings: Settings, now: datetime
) -> Sequence[str]:
    """Give an account ten new recovery codes, to be shown this once."""
    left = held_by(session, visit.staff_id).codes_left
    codes = make_recovery_codes(session, visit.staff_id, settings=settings, now=now)
    made = RecoveryCodesMade(visit.staff.name, left_before=left, made=CODES)
    audit.record(session, made, actor=visit.staff.actor, now=now)
    return codes


def remove_factor(
    session: Session, visit: Visit, *, passkey: int | None, settings: Settings, now: datetime
) -> None:
    """Take a passkey, or the app where none is named, away from the account.

    Raises:
        UnknownFactor: the account has no such factor.
        FactorNeeded: it is the last of an account that must have one.
    """
    held = held_by(session, visit.staff_id)
    row: Passkey | AuthenticatorApp | None
    if passkey is None:
        row = session.get(AuthenticatorApp, visit.staff_id)
    else:
        row = session.exec(
            select(Passkey).where(Passkey.id == passkey, Passkey.staff_id == visit.staff_id)
        ).first()
    if row is None:
        raise UnknownFactor
    if held.count == 1:
        if needs_factor(visit.staff.role, settings=settings):
            raise FactorNeeded
        session.execute(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == visit.staff_id))
    name = row.name if isinstance(row, Passkey) else "app"
    session.delete(row)
    removed = FactorRemoved(
        visit.staff.name, factor=name, factors_before=held.count, factors=held.count - 1
    )
    audit.record(session, removed, actor=visit.staff.actor, now=now)


def _prove(
    database: Database, visit: Visit, *, check: Check, settings: Settings, now: datetime
) -> str | None:
    """Check in the transaction that notes the outcome; a failure stays counted though refused."""
    place = throttles.place_of(visit.staff.name, settings=settings)
    with database.writing() as session:
        _refuse_if_throttled(session, visit, settings=settings, now=now)
        by = check(session)
        if by is not None:
            throttles.forget_failures(session, FACTOR, place=place)
            return prove(session, visit, by=by, settings=settings, now=now)
        throttles.count_failure(session, FACTOR, place=place, settings=settings, now=now)
        refused = FactorRefused(visit.staff.name)
        audit.record(session, refused, actor=visit.staff.actor, now=now)
    raise WrongProof


def _refuse_if_throttled(
    session: Session, visit: Visit, *, settings: Settings, now: datetime
) -> None:
    place = throttles.place_of(visit.staff.name, settings=settings)
    throttles.refuse_if_throttled(session, FACTOR, place=place, settings=settings, now=now)
