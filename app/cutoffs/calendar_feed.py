"""Key dates as a calendar file (RFC 5545) that a phone or an office calendar can follow."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vText

from app.cutoffs.asked import Asked
from app.cutoffs.events import WHOLE_DAYS
from app.cutoffs.published import Revision
from app.cutoffs.schemas import EventOut, TimetableOut

# What follows a day that somebody picked; it is in the calendar of whoever picked one.
FROM_NOTICE = frozenset({"notice-of-action", "earliest-action"})
FROM_ACTION = frozenset({"latest-notice", "action"})


def stands_by_itself(event: EventOut) -> bool:
    """Say whether a date is the ballot's own, and no answer to somebody's question."""
    return event.key not in FROM_NOTICE | FROM_ACTION


def calendar_of(
    timetable: TimetableOut,
    *,
    asked: Asked,
    revisions: Mapping[str, Revision],
    base_url: str,
    made_at: datetime,
) -> bytes:
    """Return a timetable as a calendar file.

    An event keeps its UID when its date moves, and its SEQUENCE goes up, so that a calendar moves
    it and shows it once. Moments are in UTC, which every calendar turns into its reader's own time.
    The days of a statutory ballot that would follow are there for whoever picked its opening.

    Args:
        timetable: the dates.
        asked: what was picked.
        revisions: how often each date of the ballot itself has moved.
        base_url: where Muster lives; its host makes the UIDs ours.
        made_at: when the ballot was set up; a date that somebody picked has not moved since.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Muster//Ballot timetable//EN")
    calendar.add("version", "2.0")
    # Not properties of the RFC, so the library would write them as they stand.
    calendar.add("x-wr-calname", vText(timetable.title))
    calendar.add("x-published-ttl", vText("PT6H"))
    stem = f"{timetable.ballot}-"
    host = urlsplit(base_url).hostname or "muster"
    unmoved = Revision(0, changed_at=made_at)
    for event in _asked_for(timetable.events, asked=asked):
        revision = revisions.get(event.key, unmoved)
        uid = f"{stem}{event.key}@{host}"
        calendar.add_component(_event(event, uid=uid, title=timetable.title, revision=revision))
    if timetable.statute is not None and timetable.statute.chosen:
        for event in _asked_for(timetable.statute.events, asked=asked):
            uid = f"{stem}statute-{event.key}@{host}"
            title = f"if a statutory ballot followed {timetable.title}"
            calendar.add_component(_event(event, uid=uid, title=title, revision=unmoved))
    written: bytes = calendar.to_ical()
    return written


def _asked_for(events: list[EventOut], *, asked: Asked) -> list[EventOut]:
    """Leave out what answers a question that nobody asked."""
    left_out = set() if asked.notice_on else set(FROM_NOTICE)
    return [event for event in events if event.key not in left_out]


def _event(event: EventOut, *, uid: str, title: str, revision: Revision) -> Event:
    entry = Event()
    entry.add("uid", uid)
    # In a file without a method, the stamp says when the event was last revised.
    entry.add("dtstamp", revision.changed_at)
    entry.add("last-modified", revision.changed_at)
    entry.add("sequence", revision.sequence)
    entry.add("summary", f"{event.title}: {title}")
    entry.add("description", _description(event))
    if event.at is None or event.key in WHOLE_DAYS:
        entry.add("dtstart", event.day)
        # The end of a whole day is the day after: it is no longer part of the event.
        entry.add("dtend", event.day + timedelta(days=1))
    else:
        entry.add("dtstart", event.at)
    if event.cancelled:
        entry.add("status", "CANCELLED")
    # Nobody is busy because a ballot opens.
    entry.add("transp", "TRANSPARENT")
    return entry


def _description(event: EventOut) -> str:
    sentences = [*event.problems, event.note]
    if event.bank_holidays:
        sentences.append(f"Bank holiday: {', '.join(event.bank_holidays)}.")
    return f"{' '.join(sentences)} Source: {event.source}."
