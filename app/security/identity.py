"""Sign in as somebody whom the union's identity provider knows and an operator has bound.

An identity opens an account only after an explicit act (`muster staff bind`); none is ever made by
itself. Nothing of a sign-in under way is stored: its state, nonce and verifier are made from a
random cookie, so that only the browser that began it can end it (docs/decisions/0059).
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.key_events import IdentityBound, IdentityUnbound
from app.audit.service import Actor
from app.core.database import Database
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.settings import Settings
from app.security import throttles
from app.security.factors import held_by
from app.security.identity_provider import Flow, IdentityProvider, Proven, WrongIdentity
from app.security.key_models import StaffIdentity
from app.security.models import StaffAccount
from app.security.secrets import keyed_digest, new_token
from app.security.service import UnknownStaff, as_staff, find_account, key_of
from app.security.sessions import needs_factor, prove, start_session, visit_with_session

# How long somebody may take at the provider.
BEGUN_WITHIN = timedelta(minutes=10)
SCOPE = "identity"
BY = "identity provider"


class NotOffered(NotFound):
    """No identity provider is set."""

    code = "no_identity_provider"
    message = "There is no sign-in by an identity provider here. Use your name and password."


class IdentityTaken(Conflict):
    """The identity, or the account, is bound already."""

    code = "identity_taken"
    message = (
        "That identity opens another account, or this account has one already. Unbind the one "
        "there is first (`muster staff unbind NAME`)."
    )


class NotBound(Forbidden):
    """The provider knows them, and we do not."""

    code = "identity_not_bound"
    message = "The identity provider knows you, and no account here is bound to you there."


@dataclass(frozen=True)
class Back:
    """What a browser brings back from the provider.

    Attributes:
        cookie: what it was given as it left.
        state: as it came in the address.
        code: to be redeemed.
        issuer: who says so, where that is said (RFC 9207).
        origin: the address of the one who asks.
        browser: what the browser calls itself.
    """

    cookie: str
    state: str
    code: str
    issuer: str | None
    origin: str
    browser: str


def bind_identity(  # noqa: PLR0913 - who is whom, where, and who says so
    session: Session, name: str, *, issuer: str, subject: str, actor: Actor, now: datetime
) -> None:
    """Let somebody at the provider open an account.

    Raises:
        UnknownStaff: no account has that name.
        IdentityTaken: either is bound already.
    """
    account = find_account(session, name)
    if account is None:
        raise UnknownStaff
    bound = StaffIdentity(issuer=issuer, subject=subject, staff_id=key_of(account), bound_at=now)
    try:
        with session.begin_nested():
            session.add(bound)
    except IntegrityError as clash:
        raise IdentityTaken from clash
    event = IdentityBound(name, issuer=issuer, identity=subject)
    audit.record(session, event, actor=actor, now=now)


def unbind_identity(
    session: Session, name: str, *, issuer: str, actor: Actor, now: datetime
) -> None:
    """Let nobody at the provider open an account any more; sessions that are open go on.

    Raises:
        UnknownStaff: no account has that name, or none is bound to it.
    """
    account = find_account(session, name)
    bound = (
        account
        and session.exec(
            select(StaffIdentity).where(
                StaffIdentity.issuer == issuer, StaffIdentity.staff_id == key_of(account)
            )
        ).first()
    )
    if not bound:
        raise UnknownStaff
    session.delete(bound)
    audit.record(session, IdentityUnbound(name, issuer=issuer), actor=actor, now=now)


def begin(*, onward: str, now: datetime) -> str:
    """Return the cookie of a new sign-in; all else is made from it.

    Args:
        onward: the page to go to afterwards.
        now: this moment.
    """
    kept = base64.urlsafe_b64encode(onward.encode()).decode()
    return f"{new_token()}.{int(now.timestamp())}.{kept}"


def flow_of(cookie: str, *, settings: Settings) -> Flow:
    """Return what belongs to a sign-in: known to us and, of each part, to who is told it."""

    def made(purpose: str) -> str:
        digest = keyed_digest(cookie, purpose=purpose, key=settings.secret_keys[0])
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    return Flow(made("oidc-state"), nonce=made("oidc-nonce"), verifier=made("oidc-verifier"))


def onward_of(cookie: str) -> str:
    """Return the page to which a sign-in leads, which must be looked at; "" if it has none."""
    _, _, kept = cookie.rpartition(".")
    try:
        return base64.urlsafe_b64decode(kept.encode()).decode()
    except (binascii.Error, UnicodeError):
        return ""


def sign_in_by_identity(
    database: Database,
    back: Back,
    *,
    provider: IdentityProvider,
    settings: Settings,
    now: datetime,
) -> str:
    """End a sign-in and return the secret for the cookie.

    The session opens nothing yet where a second factor is there or required, unless the provider
    says that one was used that counts here.

    Raises:
        WrongIdentity: it was begun elsewhere or too long ago, or the provider's word is not good.
        NotBound: the provider knows them, and no account is bound to them.
        ProviderAway: the provider does not answer.
        TooMany: too many such failures from this network.
    """
    place = throttles.place_of(throttles.network_of(back.origin), settings=settings)
    with database.reading() as session:
        throttles.refuse_if_throttled(session, SCOPE, place=place, settings=settings, now=now)
    try:
        proven = _proven(back, provider=provider, settings=settings, now=now)
        return _open(database, proven, back, issuer=provider.issuer, settings=settings, now=now)
    except (WrongIdentity, NotBound):
        with database.writing() as session:
            throttles.count_failure(session, SCOPE, place=place, settings=settings, now=now)
        raise


def _proven(back: Back, *, provider: IdentityProvider, settings: Settings, now: datetime) -> Proven:
    flow = flow_of(back.cookie, settings=settings)
    is_ours = hmac.compare_digest(flow.state.encode(), back.state.encode("utf-8", "replace"))
    if not back.cookie or not is_ours or not _is_fresh(back.cookie, now=now):
        raise WrongIdentity
    if back.issuer not in {None, provider.issuer} or not back.code:
        raise WrongIdentity
    return provider.proven_by(back.code, flow=flow, now=now)


def _is_fresh(cookie: str, *, now: datetime) -> bool:
    """Whether a sign-in was begun lately; the state, made from all of it, vouches for that."""
    _, begun, _ = cookie.split(".")
    return now - datetime.fromtimestamp(int(begun), UTC) < BEGUN_WITHIN


def _account_of(session: Session, *, issuer: str, subject: str) -> StaffAccount:
    account = session.exec(
        select(StaffAccount)
        .join(StaffIdentity, col(StaffIdentity.staff_id) == col(StaffAccount.id))
        .where(
            StaffIdentity.issuer == issuer,
            StaffIdentity.subject == subject,
            col(StaffAccount.disabled_at).is_(None),
        )
    ).first()
    if account is None:
        raise NotBound(
            f"{NotBound.message} Whoever runs Muster for your union can bind you by the name "
            f"{subject}."
        )
    return account


def _open(  # noqa: PLR0913 - a sign-in is this many facts
    database: Database,
    proven: Proven,
    back: Back,
    *,
    issuer: str,
    settings: Settings,
    now: datetime,
) -> str:
    with database.writing() as session:
        account = _account_of(session, issuer=issuer, subject=proven.subject)
        secret = start_session(
            session,
            account,
            origin=back.origin,
            browser=back.browser,
            is_proved=False,
            settings=settings,
            now=now,
        )
        role = as_staff(account, origin=back.origin).role
        none_needed = not held_by(session, key_of(account)).any and not needs_factor(
            role, settings=settings
        )
        if not (proven.second_factor or none_needed):
            return secret
        visit = visit_with_session(session, secret, origin=back.origin, settings=settings, now=now)
        assert visit is not None, "the session was just begun"  # noqa: S101 - for mypy
        return prove(session, visit, by=BY, settings=settings, now=now) or secret
