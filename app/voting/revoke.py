"""Revoke codes that nobody has voted with, so that new ones can be handed out in their place."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import CodesRevoked
from app.audit.service import Actor
from app.ballots.models import Ballot, Credential, RollEntry
from app.ballots.service import key_of
from app.voting.models import RollMark


def revoke_codes(
    session: Session, ballot: Ballot, *, numbers: Collection[str], actor: Actor, now: datetime
) -> int:
    """End the live codes of those who have not voted, and return how many that were.

    A file of codes that was lost on its way leaves members who cannot vote: revoke, and the next
    hand-out makes codes for exactly those who have none.

    Args:
        session: a session that writes.
        ballot: a ballot with codes.
        numbers: membership numbers; everybody who has not voted where there are none.
        actor: who does it, for the audit log.
        now: this moment.
    """
    voted = exists().where(
        col(RollMark.ballot_id) == col(Credential.ballot_id),
        col(RollMark.entry_id) == col(Credential.entry_id),
    )
    statement = update(Credential).where(
        col(Credential.ballot_id) == key_of(ballot), col(Credential.revoked_at).is_(None), ~voted
    )
    if numbers:
        theirs = select(col(RollEntry.id)).where(
            col(RollEntry.ballot_id) == key_of(ballot),
            col(RollEntry.membership_number).in_(numbers),
        )
        statement = statement.where(col(Credential.entry_id).in_(theirs))
    ended = session.execute(statement.values(revoked_at=now).returning(col(Credential.entry_id)))
    revoked = len(ended.all())
    audit.record(session, CodesRevoked(ballot.slug, revoked=revoked), actor=actor, now=now)
    return revoked
