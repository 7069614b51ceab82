"""Take an entry off a frozen roll: one officer asks, with a reason, and another decides.

Whether somebody has voted is not for this package to know: `app.voting.exclusions` asks the
marked roll, and the database holds to it whatever anybody asked (docs/decisions/0027).
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import ExclusionDecided, ExclusionProposed, MemberExcluded
from app.ballots.chain import Change, effect_of, lock_roll, record_change
from app.ballots.change_models import RollChange
from app.ballots.models import Ballot, Credential, RollCell, RollEntry
from app.ballots.proposal_models import ExclusionProposal
from app.ballots.repository import entitled_count
from app.ballots.roll_cells import shrink
from app.ballots.second_officers import (
    Matter,
    decide,
    find_proposal,
    number_of,
    put_forward,
    say_no,
)
from app.ballots.service import key_of
from app.core.errors import Conflict, Invalid, NotFound
from app.security.service import Staff


class NotOnRoll(Invalid):
    """Only somebody who is on the roll can be taken off it."""

    code = "not_on_roll"
    message = "Nobody on the roll of this ballot has that membership number. Check it."


class AlreadyProposed(Conflict):
    """The same question waits for an answer."""

    code = "already_proposed"
    message = (
        "It has been proposed already to take this member off the roll. "
        "A second officer decides on that proposal first."
    )


class UnknownProposal(NotFound):
    """There is no such proposal in this ballot."""

    code = "unknown_proposal"
    message = "There is no such proposal for this ballot. Go back to the changes of its roll."


class ProposalDecided(Conflict):
    """Somebody has decided it."""

    code = "proposal_decided"
    message = "This proposal has been decided already. Look at the changes of the roll again."


class NobodyLeft(Conflict):
    """A ballot of nobody cannot be."""

    code = "nobody_left"
    message = "This is the last member on the roll, and a ballot of nobody is none."


EXCLUSION = Matter(waits=AlreadyProposed, decided=ProposalDecided, on_record=ExclusionDecided)


@dataclass(frozen=True)
class Proposal:
    """A proposal, and whom it is about; of an erased member nothing is left."""

    row: ExclusionProposal
    membership_number: str
    branch: str
    category: str
    joined_on: date | None


def propose_exclusion(  # noqa: PLR0913 - a proposal is this many facts
    session: Session, ballot: Ballot, *, number: str, reason: str, staff: Staff, now: datetime
) -> ExclusionProposal:
    """Ask for an entry to be taken off the roll; nothing changes until another officer agrees.

    Raises:
        NotOnRoll: nobody on it has this number.
        AlreadyProposed: the same waits to be decided.
        RollNotFrozen: the ballot is a draft.
        RollClosed: voting has closed.
    """
    lock_roll(session, ballot, now=now)
    entry_id = _entry_with(session, ballot, number=number)
    row = ExclusionProposal(
        ballot_id=key_of(ballot),
        entry_id=entry_id,
        reason=reason,
        proposed_by=staff.name,
        proposed_at=now,
    )
    put_forward(session, row, matter=EXCLUSION)
    event = ExclusionProposed(ballot.slug, proposal=number_of(row))
    audit.record(session, event, actor=staff.actor, now=now)
    return row


def _entry_with(session: Session, ballot: Ballot, *, number: str) -> int:
    found = None
    # PostgreSQL cannot even look for it.
    if "\0" not in number:
        found = session.scalars(
            sa.select(col(RollEntry.id)).where(
                col(RollEntry.ballot_id) == key_of(ballot),
                col(RollEntry.on_roll),
                # An erased member's entry has none.
                col(RollEntry.membership_number) == (number or None),
            )
        ).first()
    if found is None:
        raise NotOnRoll
    return found


def proposals_of(session: Session, ballot: Ballot) -> list[Proposal]:
    """Return every proposal of a ballot, the newest first."""
    rows = session.execute(
        sa.select(
            ExclusionProposal,
            col(RollEntry.membership_number),
            col(RollCell.branch),
            col(RollEntry.category),
            col(RollEntry.joined_on),
        )
        .join(RollEntry, col(RollEntry.id) == col(ExclusionProposal.entry_id))
        .join(RollCell, col(RollCell.id) == col(RollEntry.cell_id))
        .where(col(ExclusionProposal.ballot_id) == key_of(ballot))
        .order_by(col(ExclusionProposal.id).desc())
    )
    return [Proposal(*row) for row in rows]


def get_proposal(session: Session, ballot: Ballot, number: int) -> ExclusionProposal:
    """Find one of a ballot's proposals.

    Raises:
        UnknownProposal: there is none.
    """
    row = find_proposal(session, ExclusionProposal, ballot_id=key_of(ballot), number=number)
    if row is None:
        raise UnknownProposal
    return row


def refuse_proposal(
    session: Session, ballot: Ballot, number: int, *, staff: Staff, now: datetime
) -> ExclusionProposal:
    """Close a proposal and leave the roll as it is: `refused`, or `withdrawn` by oneself.

    Raises:
        UnknownProposal: there is none.
        ProposalDecided: it was decided.
    """
    row = get_proposal(session, ballot, number)
    say_no(session, ballot, row, matter=EXCLUSION, staff=staff, now=now)
    return row


def take_off_roll(  # noqa: PLR0913 - an exclusion is this many facts
    session: Session,
    ballot: Ballot,
    row: ExclusionProposal,
    *,
    staff: Staff,
    votes_cast: int,
    now: datetime,
) -> RollChange:
    """Take the entry of a proposal off the roll, under `lock_roll`: its code dies with it.

    Raises:
        NotOnRoll: it was taken off before.
        NobodyLeft: it is the last one.
        IntegrityError: it is marked as having voted, which the database does not let happen.
    """
    _leave(session, row.entry_id, now=now)
    if entitled_count(session, key_of(ballot)) == 0:
        raise NobodyLeft
    decide(session, ballot, row, outcome="approved", matter=EXCLUSION, staff=staff, now=now)
    change = Change(
        "exclusion",
        reason=row.reason,
        proposed_by=row.proposed_by,
        approved_by=staff.name,
        votes_cast=votes_cast,
        now=now,
    )
    done = record_change(session, ballot, entry_ids=[row.entry_id], change=change)
    row.change = done.number
    session.add(row)
    event = MemberExcluded(
        ballot.slug,
        change=done.number,
        proposed_by=row.proposed_by,
        entitled_before=done.entitled_before,
        entitled=done.entitled_after,
        roll_digest=done.digest,
        changes=effect_of(done),
    )
    audit.record(session, event, actor=staff.actor, now=now)
    return done


def _leave(session: Session, entry_id: int, *, now: datetime) -> None:
    cell_id = session.scalars(
        sa.update(RollEntry)
        .where(col(RollEntry.id) == entry_id, col(RollEntry.on_roll))
        .values(on_roll=False)
        .returning(col(RollEntry.cell_id))
    ).first()
    if cell_id is None:
        raise NotOnRoll
    # Afterwards, so that a code that was just being made is seen too.
    session.execute(
        sa.update(Credential)
        .where(col(Credential.entry_id) == entry_id, col(Credential.revoked_at).is_(None))
        .values(revoked_at=now)
    )
    shrink(session, cell_id)
