"""Signed-in browsers: begin one, say whose it is and what it has proved, list and end them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.events import StaffSignedIn
from app.audit.staff_events import SessionsEnded, StaffProved
from app.core.database import DATABASE_AWAY, Database
from app.core.settings import Settings
from app.core.statements import rows_touched
from app.security.models import Role, StaffAccount, StaffSession
from app.security.secrets import new_token, possible_digests
from app.security.service import Staff, as_staff, key_of, secret_digest

# How exactly it is known when a browser was last seen; more would write a row for each page.
SEEN_TO = timedelta(minutes=5)
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
MACHINES = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Visit:
    """A browser whose password was right, and what else it has proved.

    Attributes:
        digest: what stands for its cookie.
        staff_id: the key of the account.
        staff: who it is, once `proved_at` is set; until then only who it says.
        proved_at: when it last proved whose it is; None where the second factor is outstanding.
        seen_at: when it was last seen, to the nearest few minutes.
    """

    digest: bytes
    staff_id: int
    staff: Staff
    proved_at: datetime | None
    seen_at: datetime

    def proved_lately(self, *, settings: Settings, now: datetime) -> bool:
        """Say whether a dangerous act needs no new proof."""
        return self.proved_at is not None and now - self.proved_at < settings.proof_lasts


@dataclass(frozen=True)
class OpenSession:
    """One signed-in browser, as its owner reads of it; `mark` tells it from the others."""

    mark: str
    begun_at: datetime
    seen_at: datetime
    address: str
    browser: str
    is_this: bool


def needs_factor(role: Role, *, settings: Settings) -> bool:
    """Say whether accounts of this role must have a second factor."""
    required = settings.second_factor == "required" and not settings.demo
    return required and role is not Role.BRANCH


def start_session(  # noqa: PLR0913 - a session is this many facts
    session: Session,
    account: StaffAccount,
    *,
    origin: str,
    browser: str = "",
    is_proved: bool,
    settings: Settings,
    now: datetime,
) -> str:
    """Open a session for an account whose password was right; return the secret for its cookie.

    Args:
        session: a session that writes.
        account: whose.
        origin: the address of the one who asks.
        browser: what the browser calls itself.
        is_proved: whether nothing more is asked; otherwise the session opens nothing until
            `prove` was called.
        settings: how long it lasts.
        now: this moment.
    """
    secret = new_token()
    session.add(
        StaffSession(
            digest=secret_digest(secret, purpose="session", settings=settings),
            staff_id=key_of(account),
            created_at=now,
            expires_at=now + settings.session_length,
            seen_at=now,
            address=origin[:64],
            browser=browser_named(browser),
        )
    )
    session.flush()
    if is_proved:
        visit = visit_with_session(session, secret, origin=origin, settings=settings, now=now)
        assert visit is not None, "the session was just begun"  # noqa: S101 - for mypy
        return prove(session, visit, by="password", settings=settings, now=now) or secret
    return secret


def prove(
    session: Session, visit: Visit, *, by: str, settings: Settings, now: datetime
) -> str | None:
    """Note that a browser has proved whose it is.

    The first time it is signed in by this, and gets another cookie: whoever saw the one of before
    has nothing.

    Args:
        session: a session that writes.
        visit: the browser.
        by: what it proved it with: "password", "app", "passkey", "recovery code" or a name of the
            provider that said so.
        settings: the key under which the cookie is kept.
        now: this moment.

    Returns:
        The secret for the new cookie, or None where the cookie stays.
    """
    row = col(StaffSession.digest) == visit.digest
    if visit.proved_at is not None:
        session.execute(update(StaffSession).where(row).values(proved_at=now))
        proved = StaffProved(visit.staff.name, by=by)
        audit.record(session, proved, actor=visit.staff.actor, now=now)
        return None
    secret = new_token()
    digest = secret_digest(secret, purpose="session", settings=settings)
    session.execute(update(StaffSession).where(row).values(digest=digest, proved_at=now))
    account = col(StaffAccount.id) == visit.staff_id
    session.execute(update(StaffAccount).where(account).values(signed_in_at=now))
    signed_in = StaffSignedIn(visit.staff.name, by=by)
    audit.record(session, signed_in, actor=visit.staff.actor, now=now)
    return secret


def visit_with_session(
    session: Session, secret: str, *, origin: str, settings: Settings, now: datetime
) -> Visit | None:
    """Say whose browser this says it is and what it has proved, if its session is alive."""
    found = session.execute(
        select(StaffAccount, StaffSession)
        .join(StaffSession, col(StaffSession.staff_id) == col(StaffAccount.id))
        .where(
            col(StaffSession.digest).in_(
                possible_digests(secret, purpose="session", settings=settings)
            ),
            col(StaffSession.revoked_at).is_(None),
            StaffSession.expires_at > now,
            StaffSession.seen_at > now - settings.session_idle,
            col(StaffAccount.disabled_at).is_(None),
        )
    ).first()
    if found is None:
        return None
    account, row = found
    return Visit(
        row.digest,
        staff_id=key_of(account),
        staff=as_staff(account, origin=origin),
        proved_at=row.proved_at,
        seen_at=row.seen_at,
    )


def note_seen(database: Database, visit: Visit, *, now: datetime) -> None:
    """Note that a browser is still there, behind the answer, once in five minutes."""
    if now - visit.seen_at < SEEN_TO:
        return

    def note() -> None:
        row = col(StaffSession.digest) == visit.digest
        try:
            with database.writing() as session:
                session.execute(update(StaffSession).where(row).values(seen_at=now))
        except DATABASE_AWAY:
            return  # the next page notes it

    database.background.start(note, name="session seen")


def sessions_of(
    session: Session, visit: Visit, *, settings: Settings, now: datetime
) -> list[OpenSession]:
    """Return the account's browsers that are signed in, the one seen last first."""
    rows = session.exec(
        select(StaffSession)
        .where(
            StaffSession.staff_id == visit.staff_id,
            col(StaffSession.revoked_at).is_(None),
            col(StaffSession.proved_at).is_not(None),
            StaffSession.expires_at > now,
            StaffSession.seen_at > now - settings.session_idle,
        )
        .order_by(col(StaffSession.seen_at).desc(), col(StaffSession.created_at).desc())
    )
    return [
        OpenSession(
            _mark(row.digest),
            begun_at=row.created_at,
            seen_at=row.seen_at,
            address=row.address,
            browser=row.browser,
            is_this=row.digest == visit.digest,
        )
        for row in rows
    ]


def end_sessions(session: Session, visit: Visit, *, mark: str | None = None, now: datetime) -> int:
    """End one of the account's other sessions, or all but the one that asks; return how many."""
    rows = session.exec(
        select(StaffSession.digest).where(
            StaffSession.staff_id == visit.staff_id,
            StaffSession.digest != visit.digest,
            col(StaffSession.revoked_at).is_(None),
        )
    )
    digests = [digest for digest in rows if mark is None or _mark(digest) == mark]
    ended = _end(session, col(StaffSession.digest).in_(digests), now=now)
    if ended:
        event = SessionsEnded(visit.staff.name, sessions=ended)
        audit.record(session, event, actor=visit.staff.actor, now=now)
    return ended


def browser_named(user_agent: str) -> str:
    """Return what a browser is in a few words, such as "Firefox on Windows"."""
    browser = next((name for part, name in BROWSERS if part in user_agent), "A browser")
    machine = next((name for part, name in MACHINES if part in user_agent), None)
    return f"{browser} on {machine}" if machine else browser


def _end(session: Session, which: ColumnElement[bool], *, now: datetime) -> int:
    ended = session.execute(
        update(StaffSession)
        .where(which, col(StaffSession.revoked_at).is_(None))
        .values(revoked_at=now, challenge=None)
    )
    return rows_touched(ended)


def _mark(digest: bytes) -> str:
    return digest[:8].hex()
