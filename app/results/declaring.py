"""Who declares: one officer, or two where the ballot says so (docs/decisions/0054).

Where a scrutineer is named one of the two is the scrutineer and the other headquarters, in either
order; where none is, the two are accounts of headquarters.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.officer_events import DeclarationConfirmed, DeclarationDecided
from app.ballots.credentials import NotYours, refuse_unless_in_charge
from app.ballots.models import Ballot
from app.ballots.proposal_models import BallotProposal
from app.ballots.second_officers import (
    Matter,
    decide,
    number_of,
    put_forward,
    refuse_unless_two,
    say_no,
)
from app.ballots.service import get_visible_ballot, hold_ballot, key_of
from app.core.errors import Conflict, NotFound
from app.results import repository
from app.results.schemas import AwaitedOut, ResultOut
from app.results.service import (
    AlreadyDeclared,
    Declarers,
    count_ballot,
    declare_result,
    publish_result,
    refuse_disagreement,
    refuse_unless_opened,
)
from app.security.models import Role
from app.security.service import Staff

KIND = "declare"


class NothingConfirmed(NotFound):
    """No first officer has confirmed anything that waits."""

    code = "nothing_confirmed"
    message = "Nobody has confirmed this result yet, or it was decided. Look at the count again."


class DeclarationWasDecided(Conflict):
    """Somebody was faster."""

    code = "declaration_was_decided"
    message = "Another officer has decided this just now. Look at the count again."


DECLARATION = Matter(
    waits=DeclarationWasDecided, decided=DeclarationWasDecided, on_record=DeclarationDecided
)


def refuse_unless_may_declare(ballot: Ballot, *, staff: Staff) -> None:
    """Let the one in charge declare, and headquarters confirm where two declare.

    Raises:
        NotYours: the one who asks does neither in this ballot.
    """
    if ballot.declared_by_two and staff.role is Role.HQ:
        return
    refuse_unless_in_charge(ballot, staff=staff)


def declare(session: Session, slug: str, *, staff: Staff, now: datetime) -> ResultOut | AwaitedOut:
    """Declare a result whose box was opened; or, as the first of two, confirm its numbers.

    Raises:
        NotYours: the one who asks does not declare this ballot, or not without the scrutineer.
        BallotNotClosed: votes can still come in.
        BallotCancelled: it was cancelled, and is never declared.
        AlreadyDeclared: it was declared.
        SameOfficer, InvitedByTheOther, NotInOffice, ProposerLeft: it would not be two officers.
        CountDisagrees, CountChanged: the numbers are not right; nothing is declared.
    """
    ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    refuse_unless_may_declare(ballot, staff=staff)
    if not ballot.declared_by_two:
        return declare_result(session, slug, staff=staff, now=now)
    # Of two who confirm at once, the second is the second.
    hold_ballot(session, ballot)
    refuse_unless_opened(ballot, now=now)
    if ballot.declared_at is not None:
        raise AlreadyDeclared
    first = waiting_declaration(session, ballot)
    if first is None:
        return _confirm(session, ballot, staff=staff, now=now)
    return _declare_second(session, ballot, first, staff=staff, now=now)


def _confirm(session: Session, ballot: Ballot, *, staff: Staff, now: datetime) -> AwaitedOut:
    refuse_disagreement(session, ballot)
    digest = repository.tally_digest(count_ballot(session, ballot))
    row = BallotProposal(
        ballot_id=key_of(ballot),
        kind=KIND,
        tally_digest=digest,
        proposed_by=staff.name,
        proposed_at=now,
    )
    put_forward(session, row, matter=DECLARATION)
    event = DeclarationConfirmed(ballot.slug, proposal=number_of(row), tally_digest=digest)
    audit.record(session, event, actor=staff.actor, now=now)
    return awaited(ballot, row)


def _declare_second(
    session: Session, ballot: Ballot, first: BallotProposal, *, staff: Staff, now: datetime
) -> ResultOut:
    refuse_unless_two(session, ballot, first, staff=staff)
    if ballot.scrutineer is not None and ballot.scrutineer not in {first.proposed_by, staff.name}:
        raise NotYours(
            f"Headquarters has confirmed this result, {first.proposed_by} for it. "
            f"The scrutineer, {ballot.scrutineer}, declares it."
        )
    decide(session, ballot, first, outcome="approved", matter=DECLARATION, staff=staff, now=now)
    declared_by = ballot.scrutineer or staff.name
    other = first.proposed_by if declared_by == staff.name else staff.name
    by = Declarers(declared_by, confirmed_by=other, tally_digest=first.tally_digest)
    return publish_result(session, ballot, by, staff=staff, now=now)


def refuse_declaration(session: Session, slug: str, *, staff: Staff, now: datetime) -> AwaitedOut:
    """Take back what the first of two confirmed; `outcome` is withdrawn, or refused by another.

    Raises:
        NotYours: the one who asks does not declare this ballot.
        NothingConfirmed: nothing waits.
        DeclarationWasDecided: somebody was faster.
    """
    ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    refuse_unless_may_declare(ballot, staff=staff)
    hold_ballot(session, ballot)
    row = waiting_declaration(session, ballot)
    if row is None:
        raise NothingConfirmed
    say_no(session, ballot, row, matter=DECLARATION, staff=staff, now=now)
    return awaited(ballot, row)


def waiting_declaration(session: Session, ballot: Ballot) -> BallotProposal | None:
    """Return what the first of two officers confirmed, while it waits for the second."""
    return session.exec(
        select(BallotProposal).where(
            BallotProposal.ballot_id == key_of(ballot),
            BallotProposal.kind == KIND,
            col(BallotProposal.outcome).is_(None),
        )
    ).first()


def awaited(ballot: Ballot, row: BallotProposal) -> AwaitedOut:
    """Say who confirmed, and for whom the declaration waits."""
    by_scrutineer = ballot.scrutineer is not None and row.proposed_by != ballot.scrutineer
    return AwaitedOut(
        ballot=ballot.slug,
        confirmed_by=row.proposed_by,
        confirmed_at=row.proposed_at,
        awaits="scrutineer" if by_scrutineer else "hq",
        scrutineer=ballot.scrutineer,
        outcome=row.outcome,
    )
