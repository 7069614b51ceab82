"""Which days are bank holidays, nation by nation: they count like other days, without post."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import holidays

from app.core.language import gettext, later
from app.rules.nations import NATIONS

SUBDIVISIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
GREAT_BRITAIN = ("england", "wales", "scotland")


NAMES = (
    later("New Year’s Day"),
    later("New Year Holiday"),
    later("Good Friday"),
    later("Easter Monday"),
    later("May Day"),
    later("Spring Bank Holiday"),
    later("Summer Bank Holiday"),
    later("Late Summer Bank Holiday"),
    later("Saint Andrew’s Day"),
    later("Saint Patrick’s Day"),
    later("Battle of the Boyne"),
    later("Christmas Day"),
    later("Boxing Day"),
)
OBSERVED = " (observed)"


def bank_holidays_on(day: date, *, nation: str | None) -> list[str]:
    """Return the names of a day's bank holidays: "Christmas Day", "Saint Andrew’s Day (Scotland)".

    Args:
        day: a day in London.
        nation: where the ballot is held; None for all of Great Britain, where a holiday that is
            not everywhere says where it is.
    """
    if nation is not None:
        name = _holidays(nation, day.year).get(day)
        return [_said(name)] if name else []
    where: dict[str, list[str]] = {}
    for each in GREAT_BRITAIN:
        name = _holidays(each, day.year).get(day)
        if name:
            where.setdefault(_said(name), []).append(gettext(NATIONS[each]))
    return [_with_place(name, nations) for name, nations in where.items()]


def _with_place(name: str, nations: Sequence[str]) -> str:
    if len(nations) == len(GREAT_BRITAIN):
        return name
    both = (
        nations[0]
        if len(nations) == 1
        else gettext("%(one)s and %(other)s", one=nations[0], other=nations[1])
    )
    return f"{name} ({both})"


def _said(names: str) -> str:
    """Return the names of a day as the library has them in the language that is spoken."""
    return "; ".join(
        gettext("%(name)s (observed)", name=gettext(name.removesuffix(OBSERVED)))
        if name.endswith(OBSERVED)
        else gettext(name)
        for name in names.split("; ")
    )


@lru_cache(maxsize=256)
def _holidays(nation: str, year: int) -> Mapping[date, str]:
    found = holidays.country_holidays("GB", subdiv=SUBDIVISIONS[nation], years=year)
    return {
        day: name.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}") for day, name in found.items()
    }
