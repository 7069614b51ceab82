"""The day on which a planned change of law comes into force, as headquarters entered it.

Everything that asks for the rules of a day asks `commenced` first: there is no other way to learn
which planned changes have begun (docs/decisions/0029).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.events import CommencementEntered, CommencementWithdrawn
from app.ballots.models import Ballot, Commencement
from app.core.errors import Conflict, Invalid, NotFound
from app.rules.books import BOOKS, PLANNED_KEYS, CommencedTooEarly, periods
from app.rules.days import in_words
from app.rules.london import london_day, start_of
from app.security.service import Staff


class UnknownPlannedChange(NotFound):
    """No rule book plans a change of law by that name."""

    code = "unknown_change"
    message = "No rule book plans a change of law by that name. Choose one from the list."


class DayAlreadyEntered(Conflict):
    """A planned change has one day at most."""

    code = "day_already_entered"
    message = (
        "A day has already been entered for this change of law. Withdraw it first, then enter the "
        "right one."
    )


class NothingEntered(Conflict):
    """There is no day to withdraw."""

    code = "no_day_entered"
    message = "No day has been entered for this change of law, so there is none to withdraw."


class DayBeforeItsRules(Invalid):
    """The change would begin before the rules that it replaces."""

    code = "day_before_its_rules"
    message = "A change of law cannot begin before the rules that it replaces. Give a later day."


class BallotHasOpened(Conflict):
    """A ballot has opened by the rules that the change would take from it."""

    code = "ballot_has_opened"
    message = "A ballot has opened on or after that day, and keeps the rules it opened under."


def commenced(session: Session) -> Mapping[str, date]:
    """Return the first opening day of each planned change of law that has one.

    A day stands from the moment it is entered until it is withdrawn, and none can be entered or
    withdrawn once a ballot has opened on or after it: so the rules of a ballot that has opened
    are the same whenever they are asked for.
    """
    return {each.planned_key: each.day for each in _standing(session)}


def every_commencement(session: Session) -> Sequence[Commencement]:
    """Return every day that was ever entered, the latest entry first, withdrawn ones too."""
    return session.exec(select(Commencement).order_by(col(Commencement.id).desc())).all()


def enter_commencement(  # noqa: PLR0913 - who, when, what and whence are the point
    session: Session, *, planned_key: str, day: date, source: str, staff: Staff, now: datetime
) -> Commencement:
    """Enter the day from which ballots open under a planned change of law.

    Only ballots that open on that London day or later are affected.

    Args:
        session: a session that writes.
        planned_key: the change, such as "era-2025-s68".
        day: the first opening day to which it applies.
        source: where the day was appointed, such as a statutory instrument.
        staff: who enters it; audited.
        now: the moment of the entry.

    Raises:
        UnknownPlannedChange: no rule book plans it.
        DayBeforeItsRules: it would begin before the rules that it replaces.
        BallotHasOpened: a ballot has already opened on or after that day.
        DayAlreadyEntered: it has a day.

    Source:
        2025 Act s.159(3) for its section 68: on the day that regulations appoint.
    """
    _refuse_unknown(planned_key)
    _refuse_too_early(planned_key, day=day)
    _refuse_if_a_ballot_opened(session, day=day, now=now)
    entry = Commencement(
        planned_key=planned_key, day=day, source=source, entered_at=now, entered_by=staff.name
    )
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError as clash:
        if not any(each.planned_key == planned_key for each in _standing(session)):
            raise
        raise DayAlreadyEntered from clash
    event = CommencementEntered(planned_key, day=day.isoformat(), source=source)
    audit.record(session, event, actor=staff.actor, now=now)
    return entry


def withdraw_commencement(
    session: Session, *, planned_key: str, staff: Staff, now: datetime
) -> Commencement:
    """Take back a day that was entered in error, while no ballot has opened on or after it.

    Raises:
        UnknownPlannedChange: no rule book plans it.
        NothingEntered: it has no day.
        BallotHasOpened: a ballot has opened under the change.
    """
    _refuse_unknown(planned_key)
    entry = next((each for each in _standing(session) if each.planned_key == planned_key), None)
    if entry is None:
        raise NothingEntered
    _refuse_if_a_ballot_opened(session, day=entry.day, now=now)
    ours = session.execute(
        update(Commencement)
        .where(col(Commencement.id) == entry.id, col(Commencement.withdrawn_at).is_(None))
        .values(withdrawn_at=now, withdrawn_by=staff.name)
        .returning(col(Commencement.id))
    ).first()
    if ours is None:
        raise NothingEntered
    session.refresh(entry)
    event = CommencementWithdrawn(planned_key, day=entry.day.isoformat())
    audit.record(session, event, actor=staff.actor, now=now)
    return entry


def ballots_affected(session: Session, *, day: date, now: datetime) -> Sequence[Ballot]:
    """Return the ballots, drafts too, that are set to open on or after a day, the next first."""
    return session.exec(
        select(Ballot)
        .where(col(Ballot.opens_at) >= start_of(day), col(Ballot.opens_at) > now)
        .order_by(col(Ballot.opens_at), col(Ballot.slug))
    ).all()


def _standing(session: Session) -> Sequence[Commencement]:
    return session.exec(select(Commencement).where(col(Commencement.withdrawn_at).is_(None))).all()


def _refuse_unknown(planned_key: str) -> None:
    if planned_key not in PLANNED_KEYS:
        raise UnknownPlannedChange


def _refuse_too_early(planned_key: str, *, day: date) -> None:
    try:
        for book in BOOKS:
            periods(book, commenced={planned_key: day})
    except CommencedTooEarly as too_early:
        raise DayBeforeItsRules(str(too_early)) from too_early


def _refuse_if_a_ballot_opened(session: Session, *, day: date, now: datetime) -> None:
    opened = session.exec(
        select(Ballot)
        .where(
            col(Ballot.frozen_at).is_not(None),
            col(Ballot.opens_at) >= start_of(day),
            col(Ballot.opens_at) <= now,
        )
        .order_by(col(Ballot.opens_at).desc(), col(Ballot.slug))
        .limit(1)
    ).first()
    if opened is not None:
        raise BallotHasOpened(
            f"The ballot “{opened.title}” opened on {in_words(london_day(opened.opens_at))}, on or "
            f"after {in_words(day)}, and keeps the rules it opened under. So that day can neither "
            "be entered nor withdrawn any more."
        )
