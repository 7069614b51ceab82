"""How often each date has moved since the calendar feed first gave it out.

The feed is asked again and again, and a calendar wants to be told that a date moved: by a higher
number and the time of the change. What the feed last said is kept; when it says something else, the
number goes up by one. So it does not matter by what a date was moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.core.database import Database
from app.cutoffs.models import PublishedDate
from app.cutoffs.schemas import EventOut


@dataclass(frozen=True, slots=True)
class Revision:
    """How often a date has moved, and when it last did."""

    sequence: int
    changed_at: datetime


def revisions_of(
    database: Database, ballot_id: int, *, events: Sequence[EventOut], now: datetime
) -> Mapping[str, Revision]:
    """Return the revision of each date, and note those that moved since the feed was last asked.

    Args:
        database: read; written only where a date is new or has moved.
        ballot_id: whose dates.
        events: the dates as they stand.
        now: when a date that has moved is noted to have done so.
    """
    said = {event.key: _said(event) for event in events}
    with database.reading() as session:
        known = _known(session, ballot_id)
    if any(key not in known or known[key].said != words for key, words in said.items()):
        with database.writing() as session:
            _note(session, ballot_id, said=said, now=now)
            known = _known(session, ballot_id)
    return {key: Revision(known[key].sequence, changed_at=known[key].changed_at) for key in said}


def _said(event: EventOut) -> str:
    """Return what is published of a date: its moment or day, and whether it never comes."""
    return (event.at or event.day).isoformat() + (" cancelled" if event.cancelled else "")


def _known(session: Session, ballot_id: int) -> dict[str, PublishedDate]:
    rows = session.exec(select(PublishedDate).where(col(PublishedDate.ballot_id) == ballot_id))
    return {row.key: row for row in rows}


def _note(session: Session, ballot_id: int, *, said: Mapping[str, str], now: datetime) -> None:
    known = _known(session, ballot_id)
    for key, words in said.items():
        before = known.get(key)
        if before is None:
            _first_time(session, ballot_id, key=key, words=words, now=now)
        elif before.said != words:
            # Of two who notice the same move, one finds it already noted.
            session.execute(
                update(PublishedDate)
                .where(
                    col(PublishedDate.ballot_id) == ballot_id,
                    col(PublishedDate.key) == key,
                    col(PublishedDate.said) != words,
                )
                .values(said=words, sequence=col(PublishedDate.sequence) + 1, changed_at=now)
            )
    session.expire_all()


def _first_time(session: Session, ballot_id: int, *, key: str, words: str, now: datetime) -> None:
    try:
        with session.begin_nested():
            session.add(
                PublishedDate(ballot_id=ballot_id, key=key, said=words, sequence=0, changed_at=now)
            )
    except IntegrityError:
        # Somebody else gave it out for the first time, this moment.
        if key not in _known(session, ballot_id):
            raise
