"""Staff accounts: make them, sign them in and out, give them tokens, end their sessions."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pwdlib import PasswordHash
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.events import SessionsRevoked, StaffAdded, StaffSignedIn, StaffSignedOut, TokenIssued
from app.audit.service import Actor
from app.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from app.core.settings import Settings
from app.security import throttles
from app.security.models import ApiToken, Role, StaffAccount, StaffSession
from app.security.secrets import keyed_digest, new_token

SHORTEST_PASSWORD = 12


class WrongPassword(Unauthenticated):
    """Name or password is wrong; we do not say which."""

    code = "wrong_sign_in"
    message = "That name and password do not match. Check both and try again."


class NameTaken(Conflict):
    """There is an account of that name."""

    code = "name_taken"
    message = "There is already an account with that name. Choose another name."


class WeakPassword(Invalid):
    """The password is too short to protect a ballot."""

    code = "weak_password"
    message = f"That password is too short. Use at least {SHORTEST_PASSWORD} characters."


class UnknownStaff(NotFound):
    """There is no account of that name."""

    code = "unknown_staff"
    message = "There is no staff account with that name. Check the spelling."


class BranchNeeded(Invalid):
    """A branch officer without a branch, or anybody else with one."""

    code = "branch_needed"
    message = "A branch officer needs a branch (--branch CODE), and nobody else has one."


@dataclass(frozen=True)
class Staff:
    """Who is asking: an account's name, its role, and its branch's code for a branch officer."""

    name: str
    role: Role
    branch: str | None
    origin: str = "local"

    @property
    def actor(self) -> Actor:
        """How the audit log names this person."""
        return Actor(name=self.name, origin=self.origin)


@lru_cache(maxsize=1)
def _passwords() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """Verified for unknown names, so that an unknown name takes as long as a wrong password."""
    return _passwords().hash(new_token())


def add_staff(  # noqa: PLR0913 - an account is this many facts
    session: Session,
    *,
    name: str,
    role: Role,
    branch: str | None,
    password: str,
    actor: Actor,
    now: datetime,
) -> StaffAccount:
    """Make an account.

    Raises:
        BranchNeeded: a branch officer without a branch, or another role with one.
        WeakPassword: fewer than 12 characters.
        NameTaken: the name is in use.
    """
    if (role is Role.BRANCH) != bool(branch):
        raise BranchNeeded
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword
    if find_account(session, name) is not None:
        raise NameTaken
    account = StaffAccount(
        name=name,
        role=role,
        branch=branch,
        password_hash=_passwords().hash(password),
        created_at=now,
    )
    session.add(account)
    session.flush()
    audit.record(session, StaffAdded(name, role=role, branch=branch), actor=actor, now=now)
    return account


def find_account(session: Session, name: str) -> StaffAccount | None:
    """Find an account that is not disabled by its exact name."""
    return session.exec(
        select(StaffAccount).where(
            StaffAccount.name == name, col(StaffAccount.disabled_at).is_(None)
        )
    ).first()


def password_is_right(account: StaffAccount | None, *, password: str) -> bool:
    """Check a password in the same time whether or not there is such an account."""
    stored = account.password_hash if account else _nobodys_hash()
    return _passwords().verify(password, stored) and account is not None


def start_session(
    session: Session, account: StaffAccount, *, origin: str, settings: Settings, now: datetime
) -> str:
    """Sign an account in and return the secret for its cookie, which is not stored."""
    secret = new_token()
    assert account.id is not None  # noqa: S101 - an account that was read has its key
    session.add(
        StaffSession(
            digest=_digest(secret, purpose="session", settings=settings),
            staff_id=account.id,
            created_at=now,
            expires_at=now + settings.session_length,
        )
    )
    throttles.forget_failures(
        session, "sign-in", place=throttles.place_of(account.name, settings=settings)
    )
    actor = Actor(account.name, origin)
    audit.record(session, StaffSignedIn(account.name), actor=actor, now=now)
    return secret


def end_session(
    session: Session, secret: str, *, staff: Staff, settings: Settings, now: datetime
) -> None:
    """Sign out: this cookie opens nothing any more."""
    session.execute(
        update(StaffSession)
        .where(col(StaffSession.digest) == _digest(secret, purpose="session", settings=settings))
        .values(revoked_at=now)
    )
    audit.record(session, StaffSignedOut(staff.name), actor=staff.actor, now=now)


def issue_token(
    session: Session, name: str, *, actor: Actor, settings: Settings, now: datetime
) -> str:
    """Make an API token for an account and return it; only its digest is stored.

    Raises:
        UnknownStaff: no account has that name.
    """
    account = find_account(session, name)
    if account is None or account.id is None:
        raise UnknownStaff
    secret = new_token()
    digest = _digest(secret, purpose="token", settings=settings)
    session.add(ApiToken(digest=digest, staff_id=account.id, created_at=now))
    audit.record(session, TokenIssued(name), actor=actor, now=now)
    return secret


def revoke_everything(session: Session, name: str, *, actor: Actor, now: datetime) -> None:
    """End every session and token of an account.

    Raises:
        UnknownStaff: no account has that name.
    """
    account = find_account(session, name)
    if account is None:
        raise UnknownStaff
    ended = {}
    for table in (StaffSession, ApiToken):
        ended[table] = session.execute(
            update(table)
            .where(col(table.staff_id) == account.id, col(table.revoked_at).is_(None))
            .values(revoked_at=now)
        ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    event = SessionsRevoked(name, sessions=ended[StaffSession], tokens=ended[ApiToken])
    audit.record(session, event, actor=actor, now=now)


def staff_with_session(
    session: Session, secret: str, *, origin: str, settings: Settings, now: datetime
) -> Staff | None:
    """Say whose browser this is, if its session is alive."""
    digest = _digest(secret, purpose="session", settings=settings)
    account = session.exec(
        select(StaffAccount)
        .join(StaffSession, col(StaffSession.staff_id) == col(StaffAccount.id))
        .where(
            StaffSession.digest == digest,
            col(StaffSession.revoked_at).is_(None),
            StaffSession.expires_at > now,
            col(StaffAccount.disabled_at).is_(None),
        )
    ).first()
    return _as_staff(account, origin=origin)


def staff_with_token(
    session: Session, secret: str, *, origin: str, settings: Settings
) -> Staff | None:
    """Say whose API token this is, if it was not revoked."""
    digest = _digest(secret, purpose="token", settings=settings)
    account = session.exec(
        select(StaffAccount)
        .join(ApiToken, col(ApiToken.staff_id) == col(StaffAccount.id))
        .where(
            ApiToken.digest == digest,
            col(ApiToken.revoked_at).is_(None),
            col(StaffAccount.disabled_at).is_(None),
        )
    ).first()
    return _as_staff(account, origin=origin)


def _as_staff(account: StaffAccount | None, *, origin: str) -> Staff | None:
    if account is None:
        return None
    return Staff(account.name, role=Role(account.role), branch=account.branch, origin=origin)


def _digest(secret: str, *, purpose: str, settings: Settings) -> bytes:
    return keyed_digest(secret, purpose=purpose, key=settings.secret_key.get_secret_value())
