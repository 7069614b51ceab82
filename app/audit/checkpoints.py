"""Make checkpoints of the audit log, keep them, and hold the log against them.

A checkpoint is published as soon as it is made, so whoever keeps a copy can show later that the log
is still the one that it was. None is signed for a log that does not go on from the one before it.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit.chain import (
    BrokenLink,
    LogState,
    Walk,
    check_checkpoints,
    moment_in_words,
    verify_events,
)
from app.audit.models import AuditCheckpoint, AuditEvent
from app.audit.notes import WrongCheckpoint, read_states, sign_state
from app.audit.service import GENESIS, export_events, last_event, lock_chain, walk_chain
from app.core.settings import Settings
from app.core.signing import Signer, Verifier, signer_of

# A checkpoint of new events is at most this old.
EVERY = timedelta(minutes=15)
# What is to be seen by everybody at once.
AT_ONCE = ("ResultDeclared", "BallotCancelled")
# Says why checkpoints are due since a moment, if they are: a ballot opened or closed.
Occasions = Callable[[Session, datetime, datetime], Sequence[str]]


class HistoryRewritten(Exception):
    """The log is not the one that was signed before. The message names the first broken link."""


@dataclass(frozen=True)
class Checked:
    """What the log and its checkpoints said: the walk, what is broken, and how many were held."""

    walk: Walk
    broken: BrokenLink | None
    stored: int
    kept: int


def verifiers_of(settings: Settings) -> list[Verifier]:
    """Return the keys that may have signed our checkpoints: today's, and of the secret before."""
    signer = signer_of(settings)
    known = [signer.verifier]
    if settings.signing_key is None and settings.previous_secret_key is not None:
        before = settings.previous_secret_key.get_secret_value()
        known.append(Signer(before, name=signer.verifier.name).verifier)
    return known


def make_checkpoint(
    session: Session, *, signer: Signer, now: datetime, occasion: str | None = None
) -> AuditCheckpoint:
    """Sign what the log is, in the caller's transaction, or return what was signed already.

    Args:
        session: one that writes.
        signer: the service's.
        now: this moment.
        occasion: why, such as "pay-2026 opens"; nothing where the events are the reason.

    Raises:
        HistoryRewritten: the log does not go on from the last checkpoint.
    """
    lock_chain(session)
    last = last_event(session)
    state = LogState(last.number if last else 0, head=last.hash if last else GENESIS, at=now)
    named = occasion or f"event {state.events}"
    made = session.exec(select(AuditCheckpoint).where(AuditCheckpoint.occasion == named)).first()
    _refuse_if_rewritten(session, verifier=signer.verifier)
    if made is not None:
        return made
    note = sign_state(state, signer=signer)
    row = AuditCheckpoint(occasion=named, events=state.events, at=now, note=note)
    session.add(row)
    session.flush()
    return row


def _refuse_if_rewritten(session: Session, *, verifier: Verifier) -> None:
    before = newest(session)
    if before is None:
        return
    try:
        [state] = read_states([before.note], verifiers=[verifier])
    except WrongCheckpoint:
        # Another key has signed it: `muster audit verify` tells whether that was ours.
        return
    event = session.get(AuditEvent, state.events)
    if (event.hash if event else GENESIS) != state.head:
        raise HistoryRewritten(
            f"event {state.events}, as it was on {moment_in_words(state.at)}, is missing"
        )
    with closing(export_events(session, after=state.events)) as events:
        walk = verify_events(events, after=state.events, head=state.head)
    if walk.broken is not None:
        raise HistoryRewritten(walk.broken.reason)


def due(session: Session, *, now: datetime, occasions: Occasions) -> list[str | None]:
    """Return the occasions for which a checkpoint is due now; nothing stands for new events."""
    before, last = newest(session), last_event(session)
    if before is None:
        return [None] if last else []
    wanted: list[str | None] = list(_new(session, occasions(session, before.at, now)))
    if last is None or last.number <= before.events or wanted:
        return wanted
    told = sa.exists().where(
        col(AuditEvent.number) > before.events, col(AuditEvent.action).in_(AT_ONCE)
    )
    if now - before.at >= EVERY or session.execute(sa.select(told)).scalar():
        return [None]
    return []


def _new(session: Session, occasions: Sequence[str]) -> list[str]:
    made = session.exec(
        select(AuditCheckpoint.occasion).where(col(AuditCheckpoint.occasion).in_(occasions))
    ).all()
    return [each for each in occasions if each not in made]


def newest(session: Session) -> AuditCheckpoint | None:
    """Return the checkpoint made last, if there is any."""
    return next(iter(newest_first(session, limit=1)), None)


def newest_first(session: Session, *, limit: int) -> Sequence[AuditCheckpoint]:
    """Return the checkpoints made last, the last one first."""
    return session.exec(
        select(AuditCheckpoint).order_by(col(AuditCheckpoint.id).desc()).limit(limit)
    ).all()


def checkpoints_after(session: Session, number: int, *, limit: int) -> Sequence[AuditCheckpoint]:
    """Return the checkpoints after one's number, in the order in which they were made."""
    return session.exec(
        select(AuditCheckpoint)
        .where(col(AuditCheckpoint.id) > number)
        .order_by(col(AuditCheckpoint.id))
        .limit(limit)
    ).all()


def every_checkpoint(session: Session) -> Sequence[AuditCheckpoint]:
    """Return all checkpoints in the order in which they were made."""
    return session.exec(select(AuditCheckpoint).order_by(col(AuditCheckpoint.id))).all()


def check_log(
    session: Session, *, verifiers: Sequence[Verifier], kept: Iterable[str] = ()
) -> Checked:
    """Walk the whole log and hold it against every checkpoint, ours and those somebody kept.

    Args:
        session: one that reads.
        verifiers: the keys that may have signed.
        kept: notes that somebody kept.

    Raises:
        WrongCheckpoint: one of those kept was not signed by these keys.
    """
    walk = walk_chain(session)
    theirs = read_states(kept, verifiers=verifiers)
    rows = every_checkpoint(session)
    ours, forged = _read_ours(rows, verifiers=verifiers)
    broken = walk.broken or check_checkpoints([*ours, *theirs], walk=walk) or forged
    return Checked(walk, broken=broken, stored=len(rows), kept=len(theirs))


def _read_ours(
    rows: Sequence[AuditCheckpoint], *, verifiers: Sequence[Verifier]
) -> tuple[list[LogState], BrokenLink | None]:
    states, forged = [], None
    for row in rows:
        try:
            [state] = read_states([row.note], verifiers=verifiers)
        except WrongCheckpoint as wrong:
            reason = f"the stored checkpoint {row.id} is not one that this service signed: {wrong}"
            forged = forged or BrokenLink(row.events, reason)
            continue
        states.append(state)
        if (state.events, state.at) != (row.events, row.at.replace(microsecond=0)):
            reason = f"the stored checkpoint {row.id} says otherwise than what was signed"
            forged = forged or BrokenLink(row.events, reason)
    return states, forged
