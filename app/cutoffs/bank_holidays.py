"""Which days are bank holidays, nation by nation: they count like other days, without post."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import holidays

from app.rules.nations import NATIONS

SUBDIVISIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
GREAT_BRITAIN = ("england", "wales", "scotland")


def bank_holidays_on(day: date, *, nation: str | None) -> list[str]:
    """Return the names of a day's bank holidays: "Christmas Day", "Saint Andrew’s Day (Scotland)".

    Args:
        day: a day in London.
        nation: where the ballot is held; None for all of Great Britain, where a holiday that is
            not everywhere says where it is.
    """
    if nation is not None:
        name = _holidays(nation, day.year).get(day)
        return [name] if name else []
    where: dict[str, list[str]] = {}
    for each in GREAT_BRITAIN:
        name = _holidays(each, day.year).get(day)
        if name:
            where.setdefault(name, []).append(NATIONS[each])
    return [_with_place(name, nations) for name, nations in where.items()]


def _with_place(name: str, nations: Sequence[str]) -> str:
    if len(nations) == len(GREAT_BRITAIN):
        return name
    return f"{name} ({' and '.join(nations)})"


@lru_cache(maxsize=256)
def _holidays(nation: str, year: int) -> Mapping[date, str]:
    found = holidays.country_holidays("GB", subdiv=SUBDIVISIONS[nation], years=year)
    return {
        day: name.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}") for day, name in found.items()
    }
