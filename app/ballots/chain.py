"""The chain of a roll's digests: the frozen roll's, then one for each change that came after it.

The first is the digest of the freeze. Each later one is SHA-256 over the one before it and the
digest of what changed, so that no change can be slipped in, altered or left out unseen.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import insert
from sqlmodel import Session, col, select

from app.audit.changes import Changes, changes
from app.ballots.change_models import RollChange, RollChangeEntry
from app.ballots.credentials import RollNotFrozen
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot, RollEntry
from app.ballots.repository import entitled_count
from app.ballots.roll_lines import ERASED, SLICE, digest_of, lines_of
from app.ballots.service import hold_ballot, key_of
from app.core.errors import Conflict

SALT_BYTES = 16


class RollClosed(Conflict):
    """Nobody comes onto a roll or off it once voting has closed."""

    code = "roll_closed"
    message = (
        "Voting has closed, so the roll of this ballot no longer changes. "
        "The result is held against the roll as it stands."
    )


@dataclass(frozen=True)
class Change:
    """What is to be put on record: who changes the roll, why, and when."""

    kind: str
    reason: str
    proposed_by: str
    approved_by: str | None
    votes_cast: int
    now: datetime


def lock_roll(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """Hold the ballot, and with it its roll, until the transaction ends.

    Raises:
        RollNotFrozen: the ballot is a draft: the roll itself can still be changed.
        RollClosed: voting has closed.
    """
    hold_ballot(session, ballot)
    refuse_unless_changeable(ballot, now=now)


def refuse_unless_changeable(ballot: Ballot, *, now: datetime) -> None:
    """Say what `lock_roll` would say, without waiting for anybody.

    Raises:
        RollNotFrozen: the ballot is a draft: the roll itself can still be changed.
        RollClosed: voting has closed.
    """
    state = state_of(ballot, now=now)
    if state is State.DRAFT:
        raise RollNotFrozen(
            "The roll of this ballot is not frozen yet. Change the membership roll itself: "
            "whoever is entitled when it is frozen will be on it."
        )
    if state not in {State.FROZEN, State.OPEN} or ballot.sealed_at is not None:
        raise RollClosed


def record_change(
    session: Session, ballot: Ballot, *, entry_ids: Sequence[int], change: Change
) -> RollChange:
    """Add one link to the chain, under `lock_roll` and after the roll was changed."""
    last = session.exec(
        select(RollChange)
        .where(RollChange.ballot_id == key_of(ballot))
        .order_by(col(RollChange.number).desc())
        .limit(1)
    ).first()
    row = RollChange(
        ballot_id=key_of(ballot),
        number=last.number + 1 if last else 1,
        kind=change.kind,
        entries=len(entry_ids),
        reason=change.reason,
        proposed_by=change.proposed_by,
        approved_by=change.approved_by,
        made_at=change.now,
        votes_cast=change.votes_cast,
        entitled_after=entitled_count(session, key_of(ballot)),
        salt=secrets.token_bytes(SALT_BYTES),
        content_digest="",
        previous_digest=ballot.roll_digest or "",
        digest="",
    )
    row.content_digest = _content_digest(row, lines=_lines(session, entry_ids))
    row.digest = next_digest(row.previous_digest, content_digest=row.content_digest)
    session.add(row)
    session.flush()
    rows = [
        {"ballot_id": row.ballot_id, "number": row.number, "entry_id": entry_id}
        for entry_id in entry_ids
    ]
    session.execute(insert(RollChangeEntry), rows)
    ballot.roll_digest = row.digest
    session.add(ballot)
    session.flush()
    return row


def effect_of(row: RollChange) -> Changes:
    """Return what a change of a frozen roll did to it, as the audit log has it."""
    return changes(
        {"entitled": row.entitled_before, "roll_digest": row.previous_digest},
        {"entitled": row.entitled_after, "roll_digest": row.digest},
    )


def next_digest(previous: str, *, content_digest: str) -> str:
    """Return the SHA-256 (hex) of the digest before and the digest of a change, a line each."""
    return hashlib.sha256(f"{previous}\n{content_digest}\n".encode()).hexdigest()


def _content_digest(row: RollChange, *, lines: Sequence[str]) -> str:
    """Return the SHA-256 (hex) of a change's salt and its content as canonical JSON."""
    content = {
        "number": row.number,
        "kind": row.kind,
        "reason": row.reason,
        "proposed_by": row.proposed_by,
        "approved_by": row.approved_by,
        "made_at": row.made_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "entitled_after": row.entitled_after,
        "lines": sorted(lines),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256((row.salt or b"") + canonical.encode()).hexdigest()


def _lines(session: Session, entry_ids: Sequence[int]) -> list[str]:
    lines: list[str] = []
    for start in range(0, len(entry_ids), SLICE):
        some = col(RollEntry.id).in_(entry_ids[start : start + SLICE])
        lines += [line for _, line in lines_of(session, some)]
    return lines


@dataclass(frozen=True)
class ChainWalk:
    """What a walk along a roll's chain found.

    Attributes:
        head: the last digest, which the ballot shows.
        changes: how many links were walked.
        broken: a sentence about the first thing that does not fit, or None.
        unshown: how many parts can no longer be shown to be right, because a member was erased.
    """

    head: str
    changes: int
    broken: str | None
    unshown: int


def walk_roll(session: Session, ballot: Ballot) -> ChainWalk:
    """Work out all of a roll's digests again, from the frozen roll to the one the ballot shows.

    It reads the whole roll: seconds, and some 300 MB, for 1.3 million entries.
    """
    changes = changes_of(session, ballot)
    frozen = original_digest(session, ballot)
    if frozen not in {None, _first_digest(ballot, changes)}:
        return ChainWalk(frozen or "", changes=0, broken=_differs("frozen roll"), unshown=0)
    walk = walk_changes(session, ballot)
    return replace(walk, unshown=walk.unshown + int(frozen is None))


def walk_changes(session: Session, ballot: Ballot) -> ChainWalk:
    """Work out the digests of the changes again, on from the digest of the freeze."""
    changes = changes_of(session, ballot)
    head, unshown = _first_digest(ballot, changes), 0
    for number, row in enumerate(changes, 1):
        fits = row.number == number and row.previous_digest == head
        if not fits or row.digest != next_digest(head, content_digest=row.content_digest):
            broken = f"Change {number} does not follow from the one before it."
            return ChainWalk(head, number - 1, broken=broken, unshown=unshown)
        lines = _lines(session, entries_of_change(session, row))
        if row.salt is None:
            unshown += 1
        elif row.content_digest != _content_digest(row, lines=lines):
            broken = _differs(f"content of change {number}")
            return ChainWalk(head, number - 1, broken=broken, unshown=unshown)
        head = row.digest
    broken_tail = None if head == ballot.roll_digest else _differs("digest that the ballot shows")
    return ChainWalk(head, len(changes), broken=broken_tail, unshown=unshown)


def _first_digest(ballot: Ballot, changes: Sequence[RollChange]) -> str:
    return changes[0].previous_digest if changes else ballot.roll_digest or ""


def _differs(what: str) -> str:
    return f"The {what} is not what it was when it was put on record."


def changes_of(session: Session, ballot: Ballot) -> list[RollChange]:
    """Return what changed on a roll after the freeze, oldest first."""
    rows = session.exec(
        select(RollChange)
        .where(RollChange.ballot_id == key_of(ballot))
        .order_by(col(RollChange.number))
    )
    return list(rows)


def entries_of_change(session: Session, row: RollChange) -> list[int]:
    """Return the keys of the entries that a change is about."""
    found = session.scalars(
        sa.select(col(RollChangeEntry.entry_id)).where(
            col(RollChangeEntry.ballot_id) == row.ballot_id,
            col(RollChangeEntry.number) == row.number,
        )
    )
    return list(found)


def original_digest(session: Session, ballot: Ballot) -> str | None:
    """Return the digest of the roll as it was frozen; None once one of its members was erased."""
    came_later = _came_by_supplement(session, key_of(ballot))
    lines = [
        line
        for entry_id, line in lines_of(session, col(RollEntry.ballot_id) == key_of(ballot))
        if entry_id not in came_later
    ]
    if any(line.startswith(ERASED) for line in lines):
        return None
    return digest_of(lines)[0]


def _came_by_supplement(session: Session, ballot_id: int) -> set[int]:
    """Return the entries whose first change put them onto the roll, and did not take them off."""
    rows = session.execute(
        sa.select(col(RollChangeEntry.entry_id), col(RollChange.kind))
        .join(
            RollChange,
            (col(RollChange.ballot_id) == col(RollChangeEntry.ballot_id))
            & (col(RollChange.number) == col(RollChangeEntry.number)),
        )
        .where(col(RollChange.ballot_id) == ballot_id)
        .order_by(col(RollChange.number))
    )
    first: dict[int, str] = {}
    for entry_id, kind in rows:
        first.setdefault(entry_id, kind)
    return {entry_id for entry_id, kind in first.items() if kind == "supplement"}
