"""Sign in and out: a name and password for a session, throttled by address and by name."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import StaffSignedIn, StaffSignedOut
from app.core.database import Database
from app.core.errors import Unauthenticated
from app.core.settings import Settings
from app.security import throttles
from app.security.models import StaffAccount, StaffSession
from app.security.passwords import password_is_right
from app.security.secrets import new_token, possible_digests
from app.security.service import Staff, as_staff, find_account, key_of, secret_digest

FROM_ADDRESS = "sign-in address"
FOR_NAME = "sign-in name"
FOR_NAME_FROM_ADDRESS = "sign-in both"
# A stranger who guesses must not keep an officer out, nor a clumsy colleague a whole office: so the
# narrow limit is for one name from one address, and the name or the address alone has a wide one.
WIDE = 10


class WrongPassword(Unauthenticated):
    """Name or password is wrong; we do not say which."""

    code = "wrong_sign_in"
    message = "That name and password do not match. Check both and try again."


def sign_in(  # noqa: PLR0913 - a sign-in is this many facts
    database: Database,
    *,
    name: str,
    password: str,
    origin: str,
    settings: Settings,
    now: datetime,
) -> tuple[str, Staff]:
    """Sign in and return the secret for the cookie, which is not stored, and who it is.

    Failures count against the name from this address, and more loosely against either alone;
    success costs nothing, so a whole office behind one address can sign in within a minute. A
    name that nobody has takes as long and is throttled like any other.

    It brings its own transactions: the password is checked while none is open, and a failure
    stays counted though the request is refused.

    Args:
        database: where accounts are.
        name: as it was typed.
        password: as it was typed.
        origin: the address of the one who asks.
        settings: how many failures are allowed, and how long a session lasts.
        now: this moment.

    Raises:
        TooMany: too many failures for this name from this address, or for either alone; the
            password is not looked at, right or wrong.
        WrongPassword: name and password do not match, or the account is closed.
    """
    address = throttles.place_of(origin, settings=settings)
    account_name = throttles.place_of(name, settings=settings)
    both = throttles.place_of(f"{name}\0{origin}", settings=settings)
    tries = (
        (FOR_NAME_FROM_ADDRESS, both, 1),
        (FROM_ADDRESS, address, WIDE),
        (FOR_NAME, account_name, WIDE),
    )
    with database.reading() as session:
        for scope, place, times in tries:
            throttles.refuse_if_throttled(
                session, scope, place=place, settings=settings, now=now, times=times
            )
        account = find_account(session, name)
    checked = account.password_hash if account else None
    if not password_is_right(checked, password=password):
        with database.writing() as session:
            for scope, place, _ in tries:
                throttles.count_failure(session, scope, place=place, settings=settings, now=now)
        raise WrongPassword
    with database.writing() as session:
        account = find_account(session, name)
        # Closed while the password was being checked.
        if account is None:
            raise WrongPassword
        throttles.forget_failures(session, FOR_NAME_FROM_ADDRESS, place=both)
        secret = start_session(session, account, origin=origin, settings=settings, now=now)
        return secret, as_staff(account, origin=origin)


def start_session(
    session: Session, account: StaffAccount, *, origin: str, settings: Settings, now: datetime
) -> str:
    """Open a session for an account whose password was right; return the secret for its cookie."""
    secret = new_token()
    session.add(
        StaffSession(
            digest=secret_digest(secret, purpose="session", settings=settings),
            staff_id=key_of(account),
            created_at=now,
            expires_at=now + settings.session_length,
        )
    )
    staff = as_staff(account, origin=origin)
    audit.record(session, StaffSignedIn(staff.name), actor=staff.actor, now=now)
    return secret


def end_session(
    session: Session, secret: str, *, staff: Staff, settings: Settings, now: datetime
) -> None:
    """Sign out: this cookie opens nothing any more."""
    digests = possible_digests(secret, purpose="session", settings=settings)
    session.execute(
        update(StaffSession)
        .where(col(StaffSession.digest).in_(digests), col(StaffSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )
    audit.record(session, StaffSignedOut(staff.name), actor=staff.actor, now=now)
