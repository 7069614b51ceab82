"""Cast a vote: from a code and answers to a receipt, or to a refusal that says why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from anyio import to_thread
from fastapi import FastAPI
from sqlmodel import Session, col

from app.ballots.codes import code_digests
from app.ballots.lifecycle import is_over
from app.ballots.models import Ballot, Credential, RollEntry
from app.ballots.service import get_ballot
from app.core.database import DATABASE_AWAY, Database
from app.core.errors import Conflict, Forbidden, Gone, Unauthenticated, Unavailable
from app.core.language import gettext
from app.core.settings import Settings
from app.roll.models import Member
from app.voting.box import BallotBox
from app.voting.guesses import count_wrong_code
from app.voting.models import RollMark
from app.voting.paper import InvalidAnswers, Paper, rack_of
from app.voting.receipts import new_receipt
from app.voting.sealing import seal_of
from app.voting.votes import Outcome


class UnknownCode(Unauthenticated):
    """Unknown, revoked and malformed codes look alike."""

    code = "unknown_code"
    message = (
        "That voting code does not work for this ballot. Check it against your letter or e-mail, "
        "or ask your union for a new one."
    )


class CodeOfAnotherBallot(UnknownCode):
    """Whoever holds a code that works elsewhere is told so: nobody else can ask."""

    message = "That voting code is for another ballot and not for this one. Use it there."


class BallotNotOpen(Forbidden):
    """The window has not begun."""

    code = "ballot_not_open"
    message = "Voting has not opened yet. Your code will work from the opening time."


class BallotClosed(Gone):
    """The window is over."""

    code = "ballot_closed"
    message = "Voting has closed, so this vote was not counted."


class VoteAfterCancel(BallotClosed):
    """Two officers cancelled the ballot; also a vote sent again is told so, and not its receipt."""

    message = (
        "This ballot was cancelled, so no vote in it is taken or counted. The reason is on the "
        "ballot’s page."
    )


class AlreadyVoted(Conflict):
    """The marked roll carries this member."""

    code = "already_voted"
    message = "You have already voted in this ballot. Your first vote stands."


class NotTaken(Unavailable):
    """The database did not take the vote."""

    code = "not_counted"
    message = (
        "Your vote could not be counted just now. Send it again in a few seconds: "
        "sending it twice never counts it twice."
    )


REFUSALS = {
    Outcome.UNKNOWN_CODE: UnknownCode,
    Outcome.NOT_OPEN: BallotNotOpen,
    Outcome.CLOSED: BallotClosed,
    Outcome.ALREADY_VOTED: AlreadyVoted,
}
# The box sees a seal, and not why it is there.
MAY_BE_CANCELLED = {Outcome.NOT_OPEN, Outcome.CLOSED, Outcome.COUNTED_BEFORE}


@dataclass(frozen=True, repr=False)
class CastVote:
    """A vote as a member hands it in. It has no repr: it never reaches a log."""

    slug: str
    code: str
    answers: Mapping[str, str | None]
    receipt: str | None
    arrived_at: datetime
    origin: str


# How long a body may take and still count as having arrived when its request began. Less than the
# grace after the close, or somebody could begin in time and decide when the box is being opened.
PATIENCE = timedelta(seconds=2)


def moment_of_arrival(began_at: datetime, complete_at: datetime) -> datetime:
    """Return the moment that judges a vote: its request's beginning, if the rest came promptly."""
    return began_at if complete_at - began_at <= PATIENCE else complete_at


async def cast_vote(app: FastAPI, cast: CastVote) -> str:
    """Cast a vote and return its receipt, after the COMMIT that carries it.

    Raises:
        UnknownBallot: there is no such ballot.
        UnknownCode: the code opens nothing here; `TooMany` after many of them from one place.
        CodeOfAnotherBallot: it opens another ballot; counted as a wrong one all the same.
        BallotNotOpen: the request arrived before the opening.
        BallotClosed: it arrived at the close or later.
        VoteAfterCancel: the ballot was cancelled.
        AlreadyVoted: this member has voted, with another receipt.
        InvalidAnswers: the answers do not fit the paper.
        NotTaken: the database did not take it; it may be sent again with the same receipt.
    """
    try:
        return await _cast(app, cast)
    except DATABASE_AWAY as away:
        # Whatever was to be read first, such as the paper, the voter is told the same.
        raise NotTaken(retry_after=2) from away


async def _cast(app: FastAPI, cast: CastVote) -> str:
    settings: Settings = app.state.settings
    box: BallotBox = app.state.ballot_box
    rack = rack_of(app)
    paper = rack.at_hand(cast.slug)
    if paper is None:
        paper = await to_thread.run_sync(rack.fetch, cast.slug)
    digests = code_digests(cast.code, settings=settings)
    receipt = cast.receipt or new_receipt()
    try:
        answers = paper.fill_in(cast.answers)
    except InvalidAnswers as wrong:
        # Who asks comes before what they say: a stranger learns nothing about the paper.
        outcome = await to_thread.run_sync(_standing_of, app, paper, cast)
        await _refuse(app, cast, outcome)
        raise InvalidAnswers(wrong.detail) from None
    vote = seal_of(settings, cast.slug).vote(
        paper.ballot_id,
        code_digest=digests[0],
        answers=answers,
        receipt=receipt,
        width=paper.width,
        arrived_at=cast.arrived_at,
    )
    outcome = await box.cast(vote)
    for digest in digests[1:]:
        if outcome is Outcome.UNKNOWN_CODE:
            outcome = await box.cast(replace(vote, code_digest=digest))
    await _refuse(app, cast, outcome)
    return receipt


async def _refuse(app: FastAPI, cast: CastVote, outcome: Outcome) -> None:
    if outcome is Outcome.COUNTED:
        return
    if outcome in MAY_BE_CANCELLED and await to_thread.run_sync(_is_cancelled, app, cast.slug):
        raise VoteAfterCancel
    if outcome is Outcome.COUNTED_BEFORE:
        return
    if outcome is Outcome.UNKNOWN_CODE:
        await to_thread.run_sync(count_wrong_code, app, cast.origin, cast.arrived_at)
        raise await to_thread.run_sync(_unknown_code, app, cast)
    if outcome is Outcome.NOT_TAKEN:
        raise NotTaken(retry_after=2)
    raise REFUSALS[outcome]


def _is_cancelled(app: FastAPI, slug: str) -> bool:
    database: Database = app.state.database
    with database.reading() as session:
        return get_ballot(session, slug).cancelled_at is not None


def _unknown_code(app: FastAPI, cast: CastVote) -> UnknownCode:
    """Say what is the matter with a code that opens nothing here.

    Each is looked up, so that a code of another ballot takes as long as one of none.
    """
    database: Database = app.state.database
    with database.reading() as session:
        found = look_up_typed(session, cast.code, settings=app.state.settings)
    if found is None or found.ballot.slug == cast.slug:
        return UnknownCode()
    ballot = found.ballot
    return CodeOfAnotherBallot(
        gettext(
            "That voting code is for the ballot “%(title)s” (%(slug)s) and not for this one. Use "
            "it there.",
            title=ballot.title,
            slug=ballot.slug,
        )
    )


def _standing_of(app: FastAPI, paper: Paper, cast: CastVote) -> Outcome:
    """Say what would become of a well-formed vote with this code; COUNTED if it could be cast."""
    database: Database = app.state.database
    with database.reading() as session:
        found = look_up_typed(session, cast.code, settings=app.state.settings)
    if found is None or found.ballot.id != paper.ballot_id:
        return Outcome.UNKNOWN_CODE
    if cast.arrived_at < found.ballot.opens_at:
        return Outcome.NOT_OPEN
    if is_over(found.ballot, now=cast.arrived_at):
        return Outcome.CLOSED
    return Outcome.ALREADY_VOTED if found.voted else Outcome.COUNTED


@dataclass(frozen=True)
class Found:
    """What a live code opens, and what its holder's page must know of them.

    Attributes:
        voted: whether they are on the marked roll.
        language: in which the roll says to speak to them; None of a member who was erased.
    """

    ballot: Ballot
    voted: bool
    language: str | None


def look_up_typed(session: Session, typed: str, *, settings: Settings) -> Found | None:
    """Find what a live code opens, as somebody typed it, under the key in use or the one before."""
    found = (look_up(session, digest) for digest in code_digests(typed, settings=settings))
    return next((each for each in found if each is not None), None)


def look_up(session: Session, digest: bytes) -> Found | None:
    """Find what a live code opens, by its digest."""
    row = session.execute(
        sa.select(Ballot, col(RollMark.entry_id), col(Member.language))
        .join(Credential, col(Credential.ballot_id) == col(Ballot.id))
        .join(RollEntry, col(RollEntry.id) == col(Credential.entry_id))
        .outerjoin(Member, col(Member.id) == col(RollEntry.member_id))
        .outerjoin(
            RollMark,
            (col(RollMark.ballot_id) == col(Credential.ballot_id))
            & (col(RollMark.entry_id) == col(Credential.entry_id)),
        )
        .where(col(Credential.digest) == digest, col(Credential.revoked_at).is_(None))
    ).first()
    if row is None:
        return None
    ballot, mark, language = row
    return Found(ballot, voted=mark is not None, language=language)
