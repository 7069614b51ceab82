"""Invitations: a link under which a colleague makes their own account, once, within three days.

It ends with the account of whoever sent it: an officer who was closed out keeps no door open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, update
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.service import Actor
from app.audit.staff_events import InvitationAccepted, InvitationWithdrawn, StaffInvited
from app.core.errors import Conflict, NotFound
from app.core.settings import Settings
from app.core.statements import rows_touched
from app.security.colleagues import ScrutineersAreIndependent
from app.security.factor_models import StaffInvitation
from app.security.models import Role, StaffAccount
from app.security.secrets import keyed_digest, new_token, possible_digests
from app.security.service import NameTaken, add_staff, check_account

LASTS = timedelta(hours=72)
PURPOSE = "staff invitation"


class AlreadyInvited(Conflict):
    """There is an invitation for that name whose link still works."""

    code = "already_invited"
    message = (
        "Somebody is invited under that name already. Withdraw that invitation first, or choose "
        "another name."
    )


class InvitationOver(NotFound):
    """No invitation has this link, or it was used, withdrawn, or its time is over."""

    code = "invitation_over"
    message = (
        "This invitation does not work. It may have been used, withdrawn, or be older than three "
        "days. Ask whoever sent it for another."
    )


def invite(  # noqa: PLR0913 - an invitation is this many facts
    session: Session,
    name: str,
    *,
    role: Role,
    branch: str | None,
    actor: Actor,
    settings: Settings,
    now: datetime,
) -> str:
    """Invite a colleague; return the link, which is shown this once: only its digest is stored.

    Raises:
        WrongName: the name is empty, too long, or holds what cannot be seen.
        BranchNeeded: a branch officer without a branch, or another role with one.
        NameTaken: there is or was an account of that name.
        AlreadyInvited: somebody is invited under that name.
    """
    check_account(name, role=role, branch=branch)
    if session.exec(select(StaffAccount).where(StaffAccount.name == name)).first() is not None:
        raise NameTaken
    if any(each.name == name for each in live_invitations(session, now=now)):
        raise AlreadyInvited
    secret = new_token()
    key, *_ = settings.secret_keys
    invitation = StaffInvitation(
        digest=keyed_digest(secret, purpose=PURPOSE, key=key),
        name=name,
        role=role,
        branch=branch,
        invited_by=actor.name,
        made_at=now,
        ends_at=now + LASTS,
    )
    session.add(invitation)
    invited = StaffInvited(
        name, role=role, branch=branch, ends_at=invitation.ends_at.isoformat(timespec="seconds")
    )
    audit.record(session, invited, actor=actor, now=now)
    return f"{settings.base_url}/sign-in/invitation/{secret}"


def live_invitations(session: Session, *, now: datetime) -> Sequence[StaffInvitation]:
    """Return the invitations whose links still work, the oldest first."""
    return session.exec(
        select(StaffInvitation).where(*_live(now=now)).order_by(col(StaffInvitation.id))
    ).all()


def find_invitation(
    session: Session, secret: str, *, settings: Settings, now: datetime
) -> StaffInvitation:
    """Find the invitation of a link.

    Raises:
        InvitationOver: there is none, or it no longer works; which of these is not said.
    """
    digests = possible_digests(secret, purpose=PURPOSE, settings=settings)
    invitation = session.exec(
        select(StaffInvitation).where(col(StaffInvitation.digest).in_(digests), *_live(now=now))
    ).first()
    if invitation is None:
        raise InvitationOver
    return invitation


def accept_invitation(  # noqa: PLR0913 - an acceptance is this many facts
    session: Session, secret: str, *, password: str, origin: str, settings: Settings, now: datetime
) -> StaffAccount:
    """Make the account of an invitation, once: the database decides who came first.

    Raises:
        InvitationOver: the link does not work, or somebody else was faster.
        WeakPassword: fewer than 12 characters.
        NameTaken: an account of that name was made in the meantime.
    """
    invitation = find_invitation(session, secret, settings=settings, now=now)
    actor = Actor(name=invitation.name, origin=origin)
    account = add_staff(
        session,
        name=invitation.name,
        role=Role(invitation.role),
        branch=invitation.branch,
        password=password,
        actor=actor,
        now=now,
    )
    used = session.execute(
        update(StaffInvitation)
        .where(col(StaffInvitation.id) == invitation.id, *_live(now=now))
        .values(used_at=now)
    )
    if not rows_touched(used):
        raise InvitationOver
    accepted = InvitationAccepted(
        invitation.name,
        role=invitation.role,
        branch=invitation.branch,
        invited_by=invitation.invited_by,
    )
    audit.record(session, accepted, actor=actor, now=now)
    return account


def withdraw_invitation(session: Session, number: int, *, actor: Actor, now: datetime) -> None:
    """End an invitation's link before its time.

    Raises:
        InvitationOver: there is none of that number whose link works.
        ScrutineersAreIndependent: it is a scrutineer's, and somebody else sent it.
    """
    invitation = session.exec(
        select(StaffInvitation).where(StaffInvitation.id == number, *_live(now=now))
    ).first()
    if invitation is None:
        raise InvitationOver
    # Or headquarters could put its own in the place of one that the operator sent.
    if invitation.role == Role.SCRUTINEER and invitation.invited_by != actor.name:
        raise ScrutineersAreIndependent
    invitation.withdrawn_at = now
    session.add(invitation)
    audit.record(session, InvitationWithdrawn(invitation.name), actor=actor, now=now)


def inviter_of(session: Session, name: str) -> str | None:
    """Return who invited the account of that name, or None where an operator made it."""
    return session.exec(
        select(StaffInvitation.invited_by).where(
            StaffInvitation.name == name, col(StaffInvitation.used_at).is_not(None)
        )
    ).first()


def _live(*, now: datetime) -> tuple[ColumnElement[bool], ...]:
    closed_out = exists().where(
        col(StaffAccount.name) == col(StaffInvitation.invited_by),
        col(StaffAccount.disabled_at).is_not(None),
    )
    return (
        col(StaffInvitation.used_at).is_(None),
        col(StaffInvitation.withdrawn_at).is_(None),
        col(StaffInvitation.ends_at) > now,
        ~closed_out,
    )
