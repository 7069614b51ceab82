"""What is held about one member in ballots: entries, reasons, codes; and how long it must stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.change_models import RollChange, RollChangeEntry
from app.ballots.models import Ballot, Credential, LeftOutMember, RollEntry
from app.ballots.proposal_models import ExclusionProposal
from app.ballots.service import key_of
from app.core.errors import Conflict
from app.roll.models import Member
from app.rules.days import in_words
from app.rules.london import london_day


class HasVoted(Protocol):
    """Says whether an entry is on the marked roll."""

    def __call__(self, session: Session, *, ballot_id: int, entry_id: int) -> bool:
        """Say whether it is."""


class StillNeeded(Conflict):
    """A ballot that the member is on the roll of is not over, or not long enough ago."""

    code = "still_needed"
    message = "This member is on the roll of a ballot, and what is held about them is still needed."


@dataclass(frozen=True)
class Entry:
    """A member's entry on one frozen roll."""

    id: int
    ballot: Ballot
    on_roll: bool


def entries_of(session: Session, member: Member) -> list[Entry]:
    """Return a member's entries, those included that were taken off a roll."""
    rows = session.execute(
        sa.select(col(RollEntry.id), Ballot, col(RollEntry.on_roll))
        .join(Ballot, col(Ballot.id) == col(RollEntry.ballot_id))
        .where(col(RollEntry.member_id) == member.id)
        .order_by(col(Ballot.opens_at))
    )
    return [Entry(entry_id or 0, ballot, on_roll=on_roll) for entry_id, ballot, on_roll in rows]


def refuse_while_needed(entries: list[Entry], *, retention: timedelta, now: datetime) -> None:
    """Let nobody be erased whose ballots are not all over for as long as the setting says.

    Raises:
        StillNeeded: naming the ballot, and the day from which it is possible where that is known.
    """
    for entry in entries:
        declared_at = entry.ballot.declared_at
        if declared_at is None:
            raise StillNeeded(
                f"This member is on the roll of {entry.ballot.title}, which is not declared, so "
                "nothing was erased. Erase them once it has been declared and the time for which "
                "records are kept (MUSTER_RETENTION) has passed."
            )
        if now < declared_at + retention:
            until = in_words(london_day(declared_at + retention))
            raise StillNeeded(
                f"{entry.ballot.title} was declared on {in_words(london_day(declared_at))}, and "
                f"what is held about the members on its roll is kept until {until}, so nothing was "
                "erased. Try again after that day."
            )


def due_members(session: Session, *, retention: timedelta, now: datetime) -> list[str]:
    """Return the numbers of members who have left and whom no ballot needs any more.

    All their ballots were declared at least `retention` ago; of those who were never on a roll,
    the leaving was.
    """
    over = now - retention
    entered = sa.exists().where(col(RollEntry.member_id) == col(Member.id))
    needed = sa.exists().where(
        col(RollEntry.member_id) == col(Member.id),
        col(Ballot.id) == col(RollEntry.ballot_id),
        sa.or_(col(Ballot.declared_at).is_(None), col(Ballot.declared_at) > over),
    )
    rows = session.scalars(
        sa.select(col(Member.membership_number))
        .where(
            col(Member.left_on) <= london_day(now),
            ~needed,
            sa.or_(entered, col(Member.left_on) <= london_day(over)),
        )
        .order_by(col(Member.id))
    )
    return list(rows)


def held_in_ballots(
    session: Session, member: Member, *, has_voted: HasVoted
) -> list[dict[str, Any]]:
    """Return everything that is held about a member's entries, and why rolls left them out.

    Args:
        session: reads.
        member: about whom.
        has_voted: answers from the marked roll, which this package does not know.
    """
    held: list[dict[str, Any]] = [
        {
            "ballot": entry.ballot.slug,
            "on_roll": entry.on_roll,
            **_facts(session, entry.id),
            "voted": has_voted(session, ballot_id=key_of(entry.ballot), entry_id=entry.id),
            "changes": _changes(session, entry.id),
            "proposals": _proposals(session, entry.id),
            "codes": _codes(session, entry.id),
        }
        for entry in entries_of(session, member)
    ]
    left_out = session.execute(
        sa.select(col(Ballot.slug), col(LeftOutMember.reason))
        .join(LeftOutMember, col(LeftOutMember.ballot_id) == col(Ballot.id))
        .where(col(LeftOutMember.member_id) == member.id)
        .order_by(col(Ballot.opens_at))
    )
    return held + [{"ballot": slug, "left_out": reason} for slug, reason in left_out]


def _facts(session: Session, entry_id: int) -> dict[str, Any]:
    facts = ("membership_number", "category", "joined_on")
    row = session.execute(
        sa.select(*[col(getattr(RollEntry, name)) for name in facts]).where(
            col(RollEntry.id) == entry_id
        )
    ).one()
    return dict(zip(facts, row, strict=True))


def _changes(session: Session, entry_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(RollChange)
        .join(
            RollChangeEntry,
            (col(RollChangeEntry.ballot_id) == col(RollChange.ballot_id))
            & (col(RollChangeEntry.number) == col(RollChange.number)),
        )
        .where(col(RollChangeEntry.entry_id) == entry_id)
        .order_by(col(RollChange.number))
    )
    shown = {"number", "kind", "reason", "made_at"}
    return [row.model_dump(include=shown) for row in rows.scalars()]


def _proposals(session: Session, entry_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(ExclusionProposal).where(col(ExclusionProposal.entry_id) == entry_id)
    )
    shown = {"reason", "proposed_at", "outcome", "decided_at"}
    return [row.model_dump(include=shown) for row in rows.scalars()]


def _codes(session: Session, entry_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(col(Credential.issued_at), col(Credential.revoked_at))
        .where(col(Credential.entry_id) == entry_id)
        .order_by(col(Credential.issued_at))
    )
    return [{"issued_at": issued, "revoked_at": revoked} for issued, revoked in rows]
