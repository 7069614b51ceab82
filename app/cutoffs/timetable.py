"""A ballot's own key dates, in the order in which they come."""

from datetime import date, datetime, timedelta

from app.ballots.lifecycle import count_from
from app.ballots.models import Ballot
from app.cutoffs.schemas import EventOut, TimetableOut
from app.rules.days import in_words
from app.rules.london import LONDON, london_day, start_of

SOURCE = "the union's own date for this ballot"
# Not strftime: it speaks the machine's language.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def timetable_of(ballot: Ballot, *, close_grace: timedelta) -> TimetableOut:
    """Return a ballot's key dates: London days, and moments where a date has one.

    Args:
        ballot: whose dates.
        close_grace: how long after the close a vote that arrived in time may still be written.

    Source:
        The union's own dates for this ballot. No statute sets any of them.
    """
    events = [
        _day_of("announced", title="Ballot announced", day=ballot.announced_on, note=_ANNOUNCED),
        _cut_off(ballot),
        *_frozen(ballot),
        _moment("opens", title="Voting opens", at=ballot.opens_at, note=_OPENS),
        _moment("closes", title="Voting closes", at=ballot.closes_at, note=_CLOSES),
        _moment(
            "count-from",
            title="Count may begin",
            at=count_from(ballot, grace=close_grace),
            note=_COUNT,
        ),
        *_declared(ballot),
    ]
    events.sort(key=_comes_at)
    return TimetableOut(ballot=ballot.slug, title=ballot.title, events=events)


_ANNOUNCED = "Members who joined on or after this day are listed on their branch's page."
_OPENS = "From this moment a voting link works."
_CLOSES = "A vote that reaches us at this moment or later is not counted."
_COUNT = "Every vote that arrived in time has been written by now."


def _cut_off(ballot: Ballot) -> EventOut:
    day = london_day(ballot.cut_off_at)
    note = (
        f"Join on or before {WEEKDAYS[day.weekday()]} {in_words(day)} to vote in this ballot. "
        "The day itself is in time."
    )
    cut_off = _day_of("cut-off", title="Last day to join and vote", day=day, note=note)
    return cut_off.model_copy(update={"at": ballot.cut_off_at})


def _frozen(ballot: Ballot) -> list[EventOut]:
    if ballot.frozen_at is None:
        return []
    note = "Who may vote in this ballot was fixed."
    return [_moment("frozen", title="Roll frozen", at=ballot.frozen_at, note=note)]


def _declared(ballot: Ballot) -> list[EventOut]:
    if ballot.declared_at is None:
        return []
    note = "The result was published."
    return [_moment("declared", title="Result declared", at=ballot.declared_at, note=note)]


def _day_of(key: str, *, title: str, day: date, note: str) -> EventOut:
    weekday = WEEKDAYS[day.weekday()]
    return EventOut(
        key=key, title=title, day=day, weekday=weekday, at=None, note=note, source=SOURCE
    )


def _moment(key: str, *, title: str, at: datetime, note: str) -> EventOut:
    said = f"At {at.astimezone(LONDON):%H:%M} London time. {note}"
    return _day_of(key, title=title, day=london_day(at), note=said).model_copy(update={"at": at})


def _comes_at(event: EventOut) -> datetime:
    return event.at or start_of(event.day)
