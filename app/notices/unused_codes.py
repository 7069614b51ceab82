"""A code whose message the server does not have: it goes, and the one it replaced works again.

Otherwise a new link that is refused would leave its member with no code at all.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.ballots.models import Credential, RollEntry
from app.notices.models import OutboxMessage, Purpose
from app.voting.marked_roll import code_not_voted_with

Row = OutboxMessage


def take_back(session: Session, rows: Sequence[Row]) -> None:
    """Remove the codes of messages that did not leave, and revive those that they replaced.

    The code of a member who has voted stays: it is how their page knows them.
    """
    by_digest = {row.code_digest: row for row in rows if row.code_digest is not None}
    removed = session.execute(
        sa.delete(Credential)
        .where(col(Credential.digest).in_(by_digest), code_not_voted_with())
        .returning(col(Credential.digest), col(Credential.revoked_at))
        .execution_options(synchronize_session=False)
    )
    revived = []
    for digest, revoked_at in removed.all():
        row = by_digest[digest]
        before, row.replaced_digest = row.replaced_digest, None
        # An invitation only ever replaces its own code; a new link replaces any.
        own = row.purpose in {Purpose.INVITATION, Purpose.TEXT}
        row.code_digest = before if own else None
        if before is None:
            continue
        if revoked_at is None:
            revived.append(before)
        else:
            _pass_on(session, row, digest=digest, before=before)
    session.flush()
    if revived:
        _revive(session, revived)


def _pass_on(session: Session, row: Row, *, digest: bytes, before: bytes) -> None:
    """Let the message that replaced this code by a newer one revive what came before both."""
    session.execute(
        sa.update(Row)
        .where(
            col(Row.ballot_id) == row.ballot_id,
            col(Row.entry_id) == row.entry_id,
            col(Row.replaced_digest) == digest,
        )
        .values(replaced_digest=before)
    )


def _revive(session: Session, digests: Sequence[bytes]) -> None:
    on_roll = sa.exists().where(
        col(RollEntry.id) == col(Credential.entry_id), col(RollEntry.on_roll)
    )
    other = aliased(Credential)
    has_live = sa.exists().where(
        col(other.ballot_id) == col(Credential.ballot_id),
        col(other.entry_id) == col(Credential.entry_id),
        col(other.revoked_at).is_(None),
    )
    session.execute(
        sa.update(Credential)
        .where(col(Credential.digest).in_(digests), on_roll, ~has_live)
        .values(revoked_at=None)
        .execution_options(synchronize_session=False)
    )
