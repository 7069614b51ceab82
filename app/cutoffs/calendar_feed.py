"""Key dates as a calendar file (RFC 5545) that a phone or an office calendar can follow."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vText

from app.cutoffs.schemas import EventOut, TimetableOut

# These are about a whole day, whatever the moment that stands in the ballot.
ALL_DAY = frozenset({"announced", "cut-off"})


def calendar_of(timetable: TimetableOut, *, base_url: str, made_at: datetime) -> bytes:
    """Return a timetable as a calendar file.

    An event keeps its UID when its date moves, so that a calendar moves it and shows it once.
    Moments are in UTC, which every calendar turns into its reader's own time.

    Args:
        timetable: the dates.
        base_url: where Muster lives; its host makes the UIDs ours.
        made_at: when the ballot was set up.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Muster//Ballot timetable//EN")
    calendar.add("version", "2.0")
    # Not a property of the RFC, so the library would write it as it stands.
    calendar.add("x-wr-calname", vText(timetable.title))
    host = urlsplit(base_url).hostname
    for event in timetable.events:
        calendar.add_component(
            _event(event, timetable=timetable, host=host or "muster", made_at=made_at)
        )
    written: bytes = calendar.to_ical()
    return written


def _event(event: EventOut, *, timetable: TimetableOut, host: str, made_at: datetime) -> Event:
    entry = Event()
    entry.add("uid", f"{timetable.ballot}-{event.key}@{host}")
    entry.add("dtstamp", made_at)
    entry.add("summary", f"{event.title}: {timetable.title}")
    entry.add("description", f"{event.note} Source: {event.source}.")
    if event.at is None or event.key in ALL_DAY:
        entry.add("dtstart", event.day)
        # The end of a whole day is the day after: it is no longer part of the event.
        entry.add("dtend", event.day + timedelta(days=1))
    else:
        entry.add("dtstart", event.at)
    # Nobody is busy because a ballot opens.
    entry.add("transp", "TRANSPARENT")
    return entry
