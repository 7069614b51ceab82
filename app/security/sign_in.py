"""Sign in and out: a name and password for a session, throttled by address and by name."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.events import StaffSignedOut
from app.core.database import Database
from app.core.errors import Unauthenticated
from app.core.settings import Settings
from app.security import throttles
from app.security.factors import held_by
from app.security.models import StaffAccount, StaffSession
from app.security.passwords import password_is_right
from app.security.secrets import possible_digests
from app.security.service import Staff, as_staff, find_account, key_of
from app.security.sessions import needs_factor, start_session

FROM_ADDRESS = "sign-in address"
FOR_NAME = "sign-in name"
FOR_NAME_FROM_ADDRESS = "sign-in both"
# A stranger who guesses must not keep an officer out, nor a clumsy colleague a whole office: so the
# narrow limit is for one name from one address, and the name or the address alone has a wide one.
# That of the name does not hold where its officer lately signed in: whoever guesses from enough
# addresses would keep them out for as long as they like.
WIDE = 10
LATELY = timedelta(days=90)
Try = tuple[str, throttles.Place, int]


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
    browser: str = "",
    settings: Settings,
    now: datetime,
) -> tuple[str, Staff]:
    """Check a password and return the secret for the cookie, which is not stored, and who it is.

    The session opens nothing yet where a second factor is there or required (`sessions.Visit`).

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
        browser: what the browser calls itself.
        settings: how many failures are allowed, how long a session lasts, who needs two factors.
        now: this moment.

    Raises:
        TooMany: too many failures for this name from this address, or for either alone; the
            password is not looked at, right or wrong.
        WrongPassword: name and password do not match, or the account is closed.
    """
    tries = _tries(name, origin=origin, settings=settings)
    with database.reading() as session:
        account = find_account(session, name)
        known = _was_here(session, account, origin=origin, now=now)
        _refuse_if_throttled(session, tries, known=known, settings=settings, now=now)
        stored = account.password_hash if account else None
    if not password_is_right(stored, password=password):
        with database.writing() as session:
            for scope, place, _ in tries:
                throttles.count_failure(session, scope, place=place, settings=settings, now=now)
        raise WrongPassword
    with database.writing() as session:
        account = find_account(session, name)
        # Closed, or given another password, while this one was being checked.
        if account is None or account.password_hash != stored:
            raise WrongPassword
        narrow, place, _ = tries[0]
        throttles.forget_failures(session, narrow, place=place)
        staff = as_staff(account, origin=origin)
        only_password = not held_by(session, key_of(account)).any
        secret = start_session(
            session,
            account,
            origin=origin,
            browser=browser,
            is_proved=only_password and not needs_factor(staff.role, settings=settings),
            settings=settings,
            now=now,
        )
        return secret, staff


def _tries(name: str, *, origin: str, settings: Settings) -> tuple[Try, ...]:
    """Return what a failure counts against, the narrow limit first, and how many times as wide."""
    network = throttles.network_of(origin)
    return tuple(
        (scope, throttles.place_of(place, settings=settings), times)
        for scope, place, times in (
            (FOR_NAME_FROM_ADDRESS, f"{name}\0{network}", 1),
            (FROM_ADDRESS, network, WIDE),
            (FOR_NAME, name, WIDE),
        )
    )


def _refuse_if_throttled(
    session: Session, tries: tuple[Try, ...], *, known: bool, settings: Settings, now: datetime
) -> None:
    for scope, place, times in tries:
        if scope != FOR_NAME or not known:
            throttles.refuse_if_throttled(
                session, scope, place=place, settings=settings, now=now, times=times
            )


def _was_here(
    session: Session, account: StaffAccount | None, *, origin: str, now: datetime
) -> bool:
    """Say whether an account lately signed in from this network; it takes as long for nobody's."""
    addresses = session.exec(
        select(StaffSession.address)
        .where(
            StaffSession.staff_id == (key_of(account) if account else 0),
            col(StaffSession.proved_at) > now - LATELY,
        )
        .distinct()
    ).all()
    network = throttles.network_of(origin)
    return any(throttles.network_of(address) == network for address in addresses)


def end_session(
    session: Session, secret: str, *, staff: Staff, settings: Settings, now: datetime
) -> None:
    """Sign out: this cookie opens nothing any more."""
    digests = possible_digests(secret, purpose="session", settings=settings)
    session.execute(
        update(StaffSession)
        .where(col(StaffSession.digest).in_(digests), col(StaffSession.revoked_at).is_(None))
        .values(revoked_at=now, challenge=None)
    )
    audit.record(session, StaffSignedOut(staff.name), actor=staff.actor, now=now)
