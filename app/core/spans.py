"""Spans of days and Acts, as the rules call them, in the language that is spoken.

The rules are pure and speak English: "from 18 February 2026", "received 1 March 2017 to 17 February
2026". The days in such a name are said again here.
"""

import re
from datetime import date

from app.core.language import day_words, gettext, spoken
from app.rules.days import MONTHS
from app.rules.sources import ACT_1992, ACT_2016, ACT_2025

DAY = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})")
RECEIVED = "received "


def span_words(label: str) -> str:
    """Return a span of opening days, or of days of receipt; in English as the rules call it.

    Args:
        label: of a period of `app.rules`, which names its first day, its last, or both; or neither
            where no day is appointed.
    """
    if spoken() == "en":
        return label
    days = [
        day_words(date(int(year), MONTHS.index(month) + 1, int(day)))
        for day, month, year in DAY.findall(label)
    ]
    said = _said(days, until="until" in label)
    return gettext("received %(span)s", span=said) if label.startswith(RECEIVED) else said


def cited(source: str) -> str:
    """Return a short citation, such as "… Act 1992 s.226C", the Act by its name in the language."""
    for act in (ACT_1992, ACT_2016, ACT_2025):
        source = source.replace(act, gettext(act))
    return source.replace(" s.", gettext(" s."))


def _said(days: list[str], *, until: bool) -> str:
    match days:
        case [since, last]:
            return gettext("%(since)s to %(until)s", since=since, until=last)
        case [day] if until:
            return gettext("until %(day)s", day=day)
        case [day]:
            return gettext("from %(day)s", day=day)
        case _:
            return gettext("on a day that is not appointed yet")
