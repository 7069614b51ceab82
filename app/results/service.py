"""From a closed box to a declared result."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import ResultDeclared
from app.ballots import repository as ballots
from app.ballots.credentials import refuse_unless_in_charge
from app.ballots.lifecycle import State, refuse_cancelled, state_of
from app.ballots.models import Ballot
from app.ballots.service import get_visible_ballot, key_of
from app.core.errors import Conflict, Forbidden
from app.results import repository
from app.results.boards import BoardDisagrees, holds_what_was_signed, refuse_unless_signed
from app.results.count import Count, count_papers
from app.results.models import WHOLE
from app.results.presentation import result_out
from app.results.schemas import ResultOut
from app.security.models import Role
from app.security.service import Staff
from app.voting.seal import box_totals


class BallotNotClosed(Conflict):
    """Nobody reads papers before the close."""

    code = "ballot_not_closed"
    message = "There is no result yet: voting has not closed. Come back after the closing time."


class NotDeclared(Forbidden):
    """Between the close and the declaration only headquarters and the scrutineer see the count."""

    code = "result_not_declared"
    message = "The result has not been declared yet. It will be shown here once it is."


class AlreadyDeclared(Conflict):
    """A result is declared once."""

    code = "already_declared"
    message = "This result has already been declared. It cannot be declared again."


class NotDeclaredYet(Conflict):
    """There is nothing to compare a recount with."""

    code = "nothing_declared"
    message = "This result has not been declared, so there is nothing to compare a recount with."


class CountDisagrees(Conflict):
    """Papers, marks and turnout counters are not the same number."""

    code = "count_disagrees"
    message = "The papers, the marked roll and the turnout counters do not agree."


class CountChanged(Conflict):
    """The first of two officers saw other numbers than the second would declare."""

    code = "count_changed"
    message = (
        "The papers do not give the numbers that the first officer confirmed, so nothing was "
        "declared. Keep the database as it is and have it examined."
    )


@dataclass(frozen=True)
class Declarers:
    """Who declares a result.

    Attributes:
        declared_by: whoever is in charge of the count.
        confirmed_by: the other of the two, where two declare.
        tally_digest: of the numbers that the first of the two confirmed.
    """

    declared_by: str
    confirmed_by: str | None = None
    tally_digest: str | None = None


@dataclass(frozen=True)
class Recount:
    """What a recount of the papers found beside what was declared, and what was signed before it.

    Attributes:
        agrees: whether the papers give the numbers that were declared.
        same_papers: whether they give the root that was signed before the count.
        declared_digest: SHA-256 (hex) of the numbers that were declared.
        recounted_digest: the same of what the papers give now.
    """

    agrees: bool
    same_papers: bool
    declared_digest: str
    recounted_digest: str


def refuse_unless_closed(ballot: Ballot, *, now: datetime) -> None:
    """Let nobody near the papers while votes can come in.

    Raises:
        BallotNotClosed: the ballot is a draft, frozen or open.
        BallotCancelled: it was cancelled, and is never counted.
    """
    refuse_cancelled(ballot)
    if state_of(ballot, now=now) not in {State.CLOSED, State.DECLARED}:
        raise BallotNotClosed


def refuse_unless_may_see(ballot: Ballot, *, staff: Staff | None) -> None:
    """Let headquarters and the scrutineer see the count, and everybody once it is declared.

    Raises:
        NotDeclared: the one who asks must wait for the declaration.
    """
    if ballot.declared_at is not None:
        return
    if staff is None or staff.role is Role.BRANCH:
        raise NotDeclared
    if staff.role is Role.SCRUTINEER and ballot.scrutineer not in {None, staff.name}:
        raise NotDeclared


def count_ballot(session: Session, ballot: Ballot) -> dict[str | None, Count]:
    """Count the papers of a sealed and stirred box."""
    questions = ballots.questions_of(session, key_of(ballot))
    return count_papers(repository.alike_papers(session, key_of(ballot)), questions=questions)


def result_of(session: Session, slug: str, *, staff: Staff | None, now: datetime) -> ResultOut:
    """Return a ballot's result: as declared, or as the papers stand before that.

    Raises:
        UnknownBallot: there is none for the one who asks.
        BallotNotClosed: votes can still come in, or the box was not opened for the count.
        NotDeclared: the one who asks must wait for the declaration.
    """
    ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    refuse_unless_closed(ballot, now=now)
    refuse_unless_may_see(ballot, staff=staff)
    if ballot.declared_at is not None:
        questions = ballots.questions_of(session, key_of(ballot))
        counts = repository.stored_tally(session, key_of(ballot), questions=questions)
    elif ballot.stirred_at is not None:
        counts = count_ballot(session, ballot)
    else:
        raise BallotNotClosed
    return result_out(session, ballot, counts, staff=staff)


def declare_result(session: Session, slug: str, *, staff: Staff, now: datetime) -> ResultOut:
    """Declare the result of a ballot that one officer declares: once, and for good.

    Raises:
        NotYours: the one who asks does not declare this ballot.
        BallotNotClosed: votes can still come in.
        AlreadyDeclared: it was declared.
        CountDisagrees: three numbers that must be one are not; nothing is declared.
    """
    ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    refuse_unless_in_charge(ballot, staff=staff)
    refuse_unless_opened(ballot, now=now)
    return publish_result(session, ballot, Declarers(staff.name), staff=staff, now=now)


def refuse_unless_opened(ballot: Ballot, *, now: datetime) -> None:
    """Let nobody declare before the box was opened for the count.

    Raises:
        BallotNotClosed: votes can still come in, or the box was not opened for the count.
        BallotCancelled: it was cancelled, and is never counted.
    """
    refuse_unless_closed(ballot, now=now)
    if ballot.stirred_at is None:
        raise BallotNotClosed


def publish_result(
    session: Session, ballot: Ballot, by: Declarers, *, staff: Staff, now: datetime
) -> ResultOut:
    """Count, check that papers, marks and counters agree, and declare: once, and for good.

    Args:
        session: a session that writes.
        ballot: whose box was opened for the count.
        by: one officer, or two where the ballot says so; the database holds to that.
        staff: who did it just now.
        now: this moment.

    Raises:
        AlreadyDeclared: it was declared.
        CountDisagrees: three numbers that must be one are not; nothing is declared.
        BoardDisagrees: the papers are not those that were signed; nothing is declared.
        CountChanged: the first of two confirmed other numbers; nothing is declared.
    """
    _claim_declaration(session, ballot, by, now=now)
    refuse_disagreement(session, ballot)
    refuse_unless_signed(session, ballot)
    if not holds_what_was_signed(session, ballot):
        raise BoardDisagrees
    counts = count_ballot(session, ballot)
    if by.tally_digest not in {None, repository.tally_digest(counts)}:
        raise CountChanged
    repository.store_tally(session, key_of(ballot), counts)
    event = ResultDeclared(
        ballot.slug,
        votes_cast=counts[WHOLE].votes_cast,
        entitled=ballots.entitled_count(session, key_of(ballot)),
        tally_digest=repository.tally_digest(counts),
    )
    audit.record(session, event, actor=staff.actor, now=now)
    return result_out(session, ballot, counts, staff=staff)


def _claim_declaration(session: Session, ballot: Ballot, by: Declarers, *, now: datetime) -> None:
    ours = session.execute(
        update(Ballot)
        .where(
            col(Ballot.id) == key_of(ballot),
            col(Ballot.declared_at).is_(None),
            col(Ballot.cancelled_at).is_(None),
        )
        .values(declared_at=now, declared_by=by.declared_by, confirmed_by=by.confirmed_by)
        .returning(col(Ballot.id))
    ).first()
    session.refresh(ballot)
    if ours is None:
        refuse_cancelled(ballot)
        raise AlreadyDeclared


def refuse_disagreement(session: Session, ballot: Ballot) -> None:
    """Let nothing be declared of a box whose papers, marks and counters are not one number.

    Raises:
        CountDisagrees: they are not.
    """
    papers, marks, counters = box_totals(session, key_of(ballot))
    if not papers == marks == counters:
        raise CountDisagrees(
            f"The box holds {papers} papers, the marked roll {marks} marks and the turnout "
            f"counters {counters} votes. These must be the same number, so nothing was declared. "
            "Keep the database as it is and have it examined."
        )


def recount(session: Session, ballot: Ballot) -> Recount:
    """Count a declared ballot's papers again and compare with what was declared.

    Raises:
        NotDeclaredYet: there is nothing to compare with.
    """
    if ballot.declared_at is None:
        raise NotDeclaredYet
    questions = ballots.questions_of(session, key_of(ballot))
    declared = repository.tally_digest(
        repository.stored_tally(session, key_of(ballot), questions=questions)
    )
    again = repository.tally_digest(count_ballot(session, ballot))
    return Recount(
        declared == again,
        same_papers=holds_what_was_signed(session, ballot),
        declared_digest=declared,
        recounted_digest=again,
    )
