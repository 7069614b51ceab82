"""Staff accounts: make them, give them tokens, end their access, and say whose a secret is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.events import (
    PasswordChanged,
    SessionsRevoked,
    StaffAdded,
    StaffDisabled,
    TokenIssued,
)
from app.audit.service import NOT_PEOPLE, Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.settings import Settings
from app.core.statements import rows_touched
from app.security.models import ApiToken, Role, StaffAccount, StaffSession
from app.security.passwords import SHORTEST_PASSWORD, hash_password
from app.security.secrets import keyed_digest, new_token, possible_digests

LONGEST_NAME = 100


class NameTaken(Conflict):
    """There is an account of that name."""

    code = "name_taken"
    message = "There is already an account with that name. Choose another name."


class WrongName(Invalid):
    """The name is empty, too long, or holds what cannot be seen."""

    code = "wrong_name"
    message = (
        f"A staff name has 1 to {LONGEST_NAME} visible characters, with no space at either end. "
        "Choose another name."
    )


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
        WrongName: the name is empty, too long, or holds what cannot be seen.
        BranchNeeded: a branch officer without a branch, or another role with one.
        WeakPassword: fewer than 12 characters.
        NameTaken: the name is in use, or was: the audit log must mean one person by it.
    """
    check_account(name, role=role, branch=branch)
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword
    account = StaffAccount(
        name=name,
        role=role,
        branch=branch,
        password_hash=hash_password(password),
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as clash:
        if session.exec(select(StaffAccount).where(StaffAccount.name == name)).first() is None:
            raise
        raise NameTaken from clash
    audit.record(session, StaffAdded(name, role=role, branch=branch), actor=actor, now=now)
    return account


def check_account(name: str, *, role: Role, branch: str | None) -> None:
    """Refuse an account that could not be.

    Raises:
        WrongName: the name is empty, too long, holds what cannot be seen, or is not a person's in
            the audit log.
        BranchNeeded: a branch officer without a branch, or another role with one.
    """
    if not _is_a_name(name):
        raise WrongName
    if " ".join(name.casefold().split()) in {each.name for each in NOT_PEOPLE}:
        raise WrongName("The audit log calls Muster itself by that name. Choose another name.")
    if (role is Role.BRANCH) != bool(branch):
        raise BranchNeeded


def change_password(
    session: Session, name: str, *, password: str, actor: Actor, now: datetime
) -> None:
    """Give an account another password, and end its sessions and tokens.

    Raises:
        UnknownStaff: no account has that name.
        WeakPassword: fewer than 12 characters.
    """
    account = _get_account(session, name)
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword
    account.password_hash = hash_password(password)
    session.add(account)
    audit.record(session, PasswordChanged(name), actor=actor, now=now)
    revoke_everything(session, name, actor=actor, now=now)


def find_account(session: Session, name: str) -> StaffAccount | None:
    """Find an account that is not disabled by its exact name."""
    if not _is_a_name(name):
        return None
    return session.exec(
        select(StaffAccount).where(
            StaffAccount.name == name, col(StaffAccount.disabled_at).is_(None)
        )
    ).first()


def issue_token(
    session: Session, name: str, *, actor: Actor, settings: Settings, now: datetime
) -> str:
    """Make an API token for an account and return it; only its digest is stored.

    Raises:
        UnknownStaff: no account has that name.
    """
    account = _get_account(session, name)
    secret = new_token()
    digest = secret_digest(secret, purpose="token", settings=settings)
    session.add(ApiToken(digest=digest, staff_id=key_of(account), created_at=now))
    audit.record(session, TokenIssued(name), actor=actor, now=now)
    return secret


def revoke_everything(session: Session, name: str, *, actor: Actor, now: datetime) -> None:
    """End every session and token of an account.

    Raises:
        UnknownStaff: no account has that name.
    """
    account = _get_account(session, name)
    ended = {}
    for table in (StaffSession, ApiToken):
        done = session.execute(
            update(table)
            .where(col(table.staff_id) == account.id, col(table.revoked_at).is_(None))
            .values(revoked_at=now)
        )
        ended[table] = rows_touched(done)
    event = SessionsRevoked(name, sessions=ended[StaffSession], tokens=ended[ApiToken])
    audit.record(session, event, actor=actor, now=now)


def disable_account(session: Session, name: str, *, actor: Actor, now: datetime) -> None:
    """Close an account for good: no session or token works, nobody signs in, the name is spent.

    Raises:
        UnknownStaff: no account has that name.
    """
    revoke_everything(session, name, actor=actor, now=now)
    account = _get_account(session, name)
    account.disabled_at = now
    session.add(account)
    audit.record(session, StaffDisabled(name), actor=actor, now=now)


def staff_with_token(
    session: Session, secret: str, *, origin: str, settings: Settings
) -> Staff | None:
    """Say whose API token this is, if it was not revoked."""
    digests = possible_digests(secret, purpose="token", settings=settings)
    account = session.exec(
        select(StaffAccount)
        .join(ApiToken, col(ApiToken.staff_id) == col(StaffAccount.id))
        .where(
            col(ApiToken.digest).in_(digests),
            col(ApiToken.revoked_at).is_(None),
            col(StaffAccount.disabled_at).is_(None),
        )
    ).first()
    return as_staff(account, origin=origin) if account else None


def as_staff(account: StaffAccount, *, origin: str) -> Staff:
    """Return what the rest of the house knows of an account."""
    return Staff(account.name, role=Role(account.role), branch=account.branch, origin=origin)


def secret_digest(secret: str, *, purpose: str, settings: Settings) -> bytes:
    """Return what stands for a session or token in the database."""
    return keyed_digest(secret, purpose=purpose, key=settings.secret_key.get_secret_value())


def key_of(account: StaffAccount) -> int:
    """Return the key of an account that is in the database."""
    assert account.id is not None, "only an account that was never saved has no key"  # noqa: S101 - for mypy
    return account.id


def _get_account(session: Session, name: str) -> StaffAccount:
    account = find_account(session, name)
    if account is None:
        raise UnknownStaff
    return account


def _is_a_name(name: str) -> bool:
    """Whether an account can have this name; PostgreSQL refuses to look up some that cannot."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()
