"""The timetable of a ballot, for everybody: the union's dates, the law's, and days to try out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.service import get_visible_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.errors import DomainError
from app.core.language import gettext, later, spoken
from app.core.settings import SettingsDep
from app.core.spans import span_words
from app.core.spoken_times import day as in_words
from app.core.spoken_times import long_day, long_time
from app.cutoffs.asked import NOTHING_ASKED, WORDS, Asked, NoSuchDays
from app.cutoffs.events import OWN_SOURCE, WHOLE_DAYS
from app.cutoffs.schemas import EventOut, TimetableOut
from app.cutoffs.timetable import read_timetable
from app.rules.books import BOOKS
from app.rules.london import london_day
from app.rules.nations import NATIONS, act_extends_to
from app.security import access
from app.security.access import WhoAsks
from app.web.london_times import Unreadable, read_day
from app.web.templating import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])

FIELDS = {
    "opens_on": later("A statutory ballot opens on"),
    "closes_on": later("It closes on"),
    "notice_on": later("The employer receives notice of action on"),
    "action_on": later("Action is to begin on"),
}
OF_ACTION = ("notice_on", "action_on")
GREAT_BRITAIN = later("England, Wales and Scotland")


@dataclass(frozen=True)
class Entry:
    """One date as it reads.

    Attributes:
        when: the day, and the time where it has one.
        past: whether that day is over.
        quoted: whether its source is the law, which stands in English.
        rules: rule book and period that set the day; empty where none does.
    """

    event: EventOut
    when: str
    past: bool
    quoted: bool
    rules: str


@router.get("/ballots/{slug}/timetable")
def show_timetable(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    session: ReadSession,
    asking: WhoAsks,
    settings: SettingsDep,
    slug: str,
    *,
    now: NowDep,
) -> Response:
    """Show every key date, and beneath an indicative ballot those of a statutory one."""
    ballot = get_visible_ballot(session, slug, staff=asking, now=now)
    sent = {name: request.query_params.get(name, "").strip() for name in FIELDS}
    error_of: dict[str, str] = {}
    asked = _read(sent, error_of)
    grace = settings.close_grace
    try:
        timetable = read_timetable(session, ballot, close_grace=grace, now=now, asked=asked)
    except NoSuchDays:
        raise
    except DomainError as impossible:
        error_of[_spoken_of(impossible.detail)] = impossible.detail
        asked = NOTHING_ASKED
        timetable = read_timetable(session, ballot, close_grace=grace, now=now)
    today = london_day(now)
    return page(
        "public/timetable.html",
        status_code=422 if error_of else 200,
        ballot=ballot,
        back=_way_back(ballot, now=now),
        nation=gettext(NATIONS.get(ballot.nation or "", GREAT_BRITAIN)),
        timetable=timetable,
        entries=[_entry(event, today=today) for event in timetable.events],
        following=[_entry(event, today=today) for event in _following(timetable)],
        to_see_to=_to_see_to(timetable),
        fields=_fields_of(ballot),
        sent=sent,
        errors=[(name, error_of[name]) for name in FIELDS if name in error_of],
        error_of=error_of,
        calendar=_calendar_address(slug, asked=asked),
        read_on=long_time(now),
    )


def _way_back(ballot: Ballot, *, now: datetime) -> tuple[str, str]:
    """Return address and words of the way back; a draft has no page of its own but for staff."""
    if state_of(ballot, now=now) is State.DRAFT:
        return "/staff", gettext("All ballots")
    return f"/ballots/{ballot.slug}", gettext("Back to the ballot")


def _fields_of(ballot: Ballot) -> list[tuple[str, str]]:
    """Return the days that can be tried out on a ballot of this kind: names and labels."""
    if ballot.kind == "recognition" or not act_extends_to(ballot.nation):
        return []
    if ballot.kind == "indicative":
        return [(name, gettext(words)) for name, words in FIELDS.items()]
    return [(name, gettext(FIELDS[name])) for name in OF_ACTION]


def _read(sent: Mapping[str, str], error_of: dict[str, str]) -> Asked:
    """Read the days; one that cannot be read is said in `error_of` and left out."""
    days: dict[str, date] = {}
    for name, typed in sent.items():
        if typed:
            try:
                days[name] = read_day(typed)
            except Unreadable as wrong:
                error_of[name] = str(wrong)
    return Asked(**days)


def _spoken_of(sentence: str) -> str:
    """Return the field that a refusal speaks of; of an opening and a closing, the closing."""
    return next((name for name, words in WORDS.items() if gettext(words) in sentence), "closes_on")


def _entry(event: EventOut, *, today: date) -> Entry:
    if event.at is None or event.key in WHOLE_DAYS:
        when = long_day(event.day)
    else:
        when = long_time(event.at)
    return Entry(
        event,
        when=when,
        past=event.day < today,
        quoted=event.source != gettext(OWN_SOURCE),
        rules=_rules(event),
    )


def _rules(event: EventOut) -> str:
    if event.rule_book is None or event.period is None:
        return ""
    book = event.rule_book if spoken() == "en" else gettext(BOOKS[event.rule_book].title)
    return f"{book}, {span_words(event.period)}"


def _following(timetable: TimetableOut) -> list[EventOut]:
    return timetable.statute.events if timetable.statute else []


def _to_see_to(timetable: TimetableOut) -> list[tuple[str, str, str]]:
    """Return (title, day, sentence) for all that was missed or cannot be."""
    return [
        (event.title, in_words(event.day), problem)
        for event in [*timetable.events, *_following(timetable)]
        for problem in event.problems
    ]


def _calendar_address(slug: str, *, asked: Asked) -> str:
    address = f"/api/v1/ballots/{slug}/timetable.ics"
    query = urlencode({name: day.isoformat() for name, day in asked.names.items()})
    return f"{address}?{query}" if query else address
