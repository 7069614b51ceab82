"""Give the statement of a declared result to whoever asks, with the units they may see."""

from datetime import datetime

from sqlmodel import Session

from app.ballots.commencements import commenced
from app.ballots.service import get_visible_ballot
from app.core.errors import Conflict, Forbidden
from app.results.presentation import sees_every_unit
from app.results.service import refuse_unless_closed, result_of
from app.results.statement import statement_of
from app.results.statement_schemas import StatementOut
from app.security.service import Staff


class NothingToState(Conflict):
    """There is a count, and nobody has vouched for it."""

    code = "nothing_to_state"
    message = (
        "The result has not been declared. A statement is made of a declared result; declare it "
        "first, or come back when it has been."
    )


class NotTheCompleteOne(Forbidden):
    """The complete statement has small units in it."""

    code = "not_the_complete_statement"
    message = (
        "The complete statement, with every unit however small, is for headquarters and "
        "scrutineers. Ask for it without `complete`."
    )


def declared_statement(
    session: Session, slug: str, *, staff: Staff | None, complete: bool, now: datetime
) -> StatementOut:
    """Return the statement of a ballot: the public's, or the complete one.

    Args:
        session: a session that reads.
        slug: which ballot.
        staff: who asks, if anybody we know.
        complete: with every unit; otherwise small units are withheld, whoever asks, so that what
            is pasted into an e-mail gives nobody away.
        now: the moment of the question.

    Raises:
        NotTheCompleteOne: the one who asks is neither headquarters nor its scrutineer.
        UnknownBallot: there is none for the one who asks.
        BallotNotClosed: votes can still come in.
        NothingToState: the result has not been declared.
    """
    ballot = get_visible_ballot(session, slug, staff=staff, now=now)
    if complete and not sees_every_unit(ballot, staff=staff):
        raise NotTheCompleteOne
    refuse_unless_closed(ballot, now=now)
    if ballot.declared_at is None:
        raise NothingToState
    result = result_of(session, slug, staff=staff if complete else None, now=now)
    return statement_of(result, ballot=ballot, commenced=commenced(session))
