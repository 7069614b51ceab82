"""One key date as everybody reads it: its day, weekday, bank holidays and source."""

from collections.abc import Sequence
from datetime import date, datetime

from app.core.language import gettext, later, weekday_words
from app.cutoffs.bank_holidays import bank_holidays_on
from app.cutoffs.schemas import EventOut
from app.rules.books import STATUTE
from app.rules.london import LONDON, london_day
from app.rules.timetable import LegalDay

OWN_SOURCE = later("the union's own date for this ballot")
# These are about a whole day, whatever the moment that stands in the ballot.
WHOLE_DAYS = frozenset({"announced", "cut-off", "replacement"})


class Diary:
    """Writes key dates for one nation.

    Args:
        nation: whose bank holidays are pointed out; None for all of Great Britain.
    """

    def __init__(self, *, nation: str | None) -> None:
        self.nation = nation

    def own_day(
        self, key: str, *, title: str, day: date, note: str, problems: Sequence[str] = ()
    ) -> EventOut:
        """Return a day that the union set."""
        return EventOut(
            key=key,
            title=title,
            day=day,
            weekday=weekday_words(day),
            at=None,
            note=note,
            source=gettext(OWN_SOURCE),
            bank_holidays=bank_holidays_on(day, nation=self.nation),
            problems=list(problems),
        )

    def moment(
        self, key: str, *, title: str, at: datetime, note: str, problems: Sequence[str] = ()
    ) -> EventOut:
        """Return a moment that the union set; its day is the London day."""
        hour = f"{at.astimezone(LONDON):%H:%M}"
        said = gettext("At %(hour)s London time. %(note)s", hour=hour, note=note)
        event = self.own_day(key, title=title, day=london_day(at), note=said, problems=problems)
        return event.model_copy(update={"at": at})

    def legal_day(
        self, key: str, *, title: str, legal: LegalDay, note: str, problems: Sequence[str] = ()
    ) -> EventOut:
        """Return a day that the law sets, with the rule book and the period that set it."""
        event = self.own_day(key, title=title, day=legal.day, note=note, problems=problems)
        return event.model_copy(
            update={"source": legal.source, "rule_book": STATUTE, "period": legal.label}
        )
