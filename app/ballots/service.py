"""Set up a ballot, show it, and find it."""

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.audit import service as audit
from app.audit.changes import changes
from app.audit.events import BallotCreated
from app.ballots import repository
from app.ballots.commencements import commenced
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Answer, Ballot, Question
from app.ballots.schemas import (
    BallotIn,
    BallotOut,
    CancelledOut,
    ConstituencyIO,
    ExtensionOut,
)
from app.core.errors import Conflict, Invalid, NotFound
from app.rules.books import BOOK_OF_KIND, NoRuleInForce, period_in_force
from app.rules.london import london_day
from app.rules.nations import OTHER_LEGISLATION, act_extends_to
from app.security.models import Role
from app.security.service import Staff, find_account


class UnknownBallot(NotFound):
    """No ballot has that name, or it is a draft and not for the one who asks."""

    code = "unknown_ballot"
    message = "There is no ballot at this address. Check the link you were given."


class SlugTaken(Conflict):
    """Two ballots cannot share an address."""

    code = "slug_taken"
    message = "Another ballot already has this short name. Choose a different one."


class UnknownScrutineer(Invalid):
    """The scrutineer named has no scrutineer's account."""

    code = "unknown_scrutineer"
    message = (
        "No scrutineer's account has that name. Add it first with "
        "`muster staff add NAME --role scrutineer`, or leave the scrutineer out."
    )


class NoRuleForThatDay(Invalid):
    """The ballot would open before the first rule of its book."""

    code = "no_rule_for_that_day"
    message = "No rule was in force on that opening day. Set a later one."


class OtherLegislation(Invalid):
    """A statutory ballot where the 1992 Act does not extend to."""

    code = "other_legislation"
    message = f"{OTHER_LEGISLATION} Set up an indicative ballot instead, or choose another nation."


# No name at all, and the address of the form on which a ballot is set up.
RESERVED_SLUGS = {"", "new"}


class NoSlug(Invalid):
    """The title gives no short name, or one that is an address of our own."""

    code = "no_slug"
    message = "A short name cannot be made from this title. Give one, such as pay-offer-2026."


def create_ballot(session: Session, ballot_in: BallotIn, *, staff: Staff, now: datetime) -> Ballot:
    """Set up a draft.

    Raises:
        SlugTaken: another ballot has the short name.
        UnknownScrutineer: the scrutineer has no account of that role.
        NoSlug: neither slug nor title gives a short name.
        OtherLegislation: a statutory kind in Northern Ireland.
        NoRuleForThatDay: it would open before the first rule of its book.
    """
    if ballot_in.slug_or_title() in RESERVED_SLUGS:
        raise NoSlug
    _check_scrutineer(session, ballot_in.scrutineer)
    _check_nation(ballot_in)
    _check_opening_day(session, ballot_in)
    ballot = Ballot(
        **ballot_in.model_dump(exclude={"slug", "questions", "announced_on"}),
        slug=ballot_in.slug_or_title(),
        announced_on=ballot_in.announced_on or london_day(now),
        created_at=now,
        created_by=staff.name,
    )
    try:
        with session.begin_nested():
            session.add(ballot)
    except IntegrityError as clash:
        if repository.find_ballot(session, ballot.slug) is None:
            raise
        raise SlugTaken from clash
    _add_questions(session, ballot_id=key_of(ballot), ballot_in=ballot_in)
    event = BallotCreated(
        ballot.slug,
        title=ballot.title,
        kind=ballot.kind,
        opens_at=ballot.opens_at.isoformat(),
        closes_at=ballot.closes_at.isoformat(),
        cut_off_at=ballot.cut_off_at.isoformat(),
        changes=changes(after=_set_up(ballot, ballot_in)),
    )
    audit.record(session, event, actor=staff.actor, now=now)
    return ballot


def _set_up(ballot: Ballot, ballot_in: BallotIn) -> dict[str, Any]:
    """Return all that was set, as the audit log has it: the questions and what may be answered."""
    given = ballot_in.model_dump(mode="json", exclude={"slug"})
    return given | {"state": "draft", "announced_on": ballot.announced_on}


def _check_nation(ballot_in: BallotIn) -> None:
    if ballot_in.kind != "indicative" and not act_extends_to(ballot_in.nation):
        raise OtherLegislation


def _check_opening_day(session: Session, ballot_in: BallotIn) -> None:
    try:
        period_in_force(
            BOOK_OF_KIND[ballot_in.kind],
            opened_on=london_day(ballot_in.opens_at),
            commenced=commenced(session),
        )
    except NoRuleInForce as too_early:
        raise NoRuleForThatDay(str(too_early)) from too_early


def _check_scrutineer(session: Session, name: str | None) -> None:
    if name is None:
        return
    account = find_account(session, name)
    if account is None or account.role != Role.SCRUTINEER:
        raise UnknownScrutineer


def _add_questions(session: Session, *, ballot_id: int, ballot_in: BallotIn) -> None:
    for place, question in enumerate(ballot_in.questions):
        session.add(
            Question(
                ballot_id=ballot_id,
                key=question.key,
                position=place,
                text=question.text,
                supported_answer=question.supported_answer,
            )
        )
    session.flush()
    for question in ballot_in.questions:
        for place, answer in enumerate(question.answers):
            session.add(
                Answer(
                    ballot_id=ballot_id,
                    question_key=question.key,
                    key=answer.key,
                    position=place,
                    text=answer.text,
                )
            )
    session.flush()


def get_ballot(session: Session, slug: str) -> Ballot:
    """Find a ballot.

    Raises:
        UnknownBallot: there is none.
    """
    ballot = repository.find_ballot(session, slug)
    if ballot is None:
        raise UnknownBallot
    return ballot


def get_visible_ballot(
    session: Session, slug: str, *, staff: Staff | None, now: datetime
) -> Ballot:
    """Find a ballot that the one who asks may see: the public sees no drafts.

    Raises:
        UnknownBallot: there is none, or none for them.
    """
    ballot = get_ballot(session, slug)
    if staff is None and state_of(ballot, now=now) is State.DRAFT:
        raise UnknownBallot
    return ballot


def visible_ballots(session: Session, *, staff: Staff | None, now: datetime) -> list[Ballot]:
    """List ballots, newest first, without drafts for the public."""
    ballots = repository.all_ballots(session)
    if staff is not None:
        return ballots
    return [ballot for ballot in ballots if state_of(ballot, now=now) is not State.DRAFT]


def describe(session: Session, ballot: Ballot, *, now: datetime) -> BallotOut:
    """Return a ballot in the form that crosses the wire."""
    return BallotOut(
        **ballot.model_dump(exclude={"constituency"}),
        state=state_of(ballot, now=now),
        constituency=ConstituencyIO.model_validate(ballot.constituency),
        cancelled=_cancelled(ballot),
        extensions=[
            ExtensionOut.model_validate(row)
            for row in repository.extensions_of(session, key_of(ballot))
        ],
        questions=repository.questions_of(session, key_of(ballot)),
    )


def _cancelled(ballot: Ballot) -> CancelledOut | None:
    if ballot.cancelled_at is None:
        return None
    return CancelledOut(at=ballot.cancelled_at, reason=ballot.cancel_reason or "")


def hold_ballot(session: Session, ballot: Ballot) -> None:
    """Let nobody else decide about this ballot, and no vote of it be stored, until we are through.

    Every batch of votes share-locks the ballot's row: we wait for those on their way, and those
    that come wait for us. SQLite has one writer anyway.
    """
    session.refresh(ballot, with_for_update={"key_share": True})


def key_of(ballot: Ballot) -> int:
    """Return the key of a ballot that is in the database."""
    assert ballot.id is not None, "only a ballot that was never saved has no key"  # noqa: S101 - for mypy
    return ballot.id
