"""Which column of a file of past results is which, whatever the header calls it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.core.errors import Invalid

# The order of a file without a header.
COLUMNS = ("unit", "entitled", "yes", "no", "spoiled")
NEEDED = ("unit", "entitled", "yes", "no")
FEWEST_NUMBERS = 3


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "unit": _set_of(
            "unit name branch employer workplace region constituency organisation organization "
            "trust board institution company school university council area group"
        ),
        "entitled": _set_of(
            "entitled eligible members membership electorate issued distributed sent"
        ),
        "votes_cast": _set_of("cast"),
        "yes": _set_of("yes for favour favor support supporting"),
        "no": _set_of("no against opposing opposed"),
        "spoiled": _set_of("spoiled spoilt invalid blank rejected void"),
    }
)
# They say nothing about which column it is.
FILLERS = _set_of(
    "a an and answered answering as ballot ballots count did in individuals number of or "
    "otherwise paper papers people persons return returned strike the to total vote voted voters "
    "votes voting were who workers"
)
# A percentage is worked out again and never read; nor is an outcome.
NOT_A_COUNT = re.compile(r"%|per ?cent|pct|turnout|share|ratio", re.IGNORECASE)
NUMBER_OF = re.compile(r"\b(no\.?|nr\.?|#) *(?=of\b)|\bno\. *(?=\w)", re.IGNORECASE)
# Thousands may be set apart; white space is one plain space by then.
NUMBER = re.compile(r"(\d+|\d{1,3}([, '’]\d{3})+)(\.0+)?", re.ASCII)


class NoSuchColumns(Invalid):
    """The header does not name what a result consists of."""

    code = "missing_result_columns"
    message = (
        "The first row does not name the columns that are needed: unit, entitled, yes, no and, "
        "where there were any, spoiled. Name them so and send it again."
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column stands.

    Attributes:
        units: the places whose cells together name a unit: one, or a region and an employer.
        numbers: the place of each count that the file has.
        width: how many cells a row has.
        has_header: whether the first row names the columns.
    """

    units: tuple[int, ...]
    numbers: Mapping[str, int]
    width: int
    has_header: bool


def whole_number(cell: str) -> int | None:
    """Return the whole number in a cell as people write it ("1,234"), or None."""
    found = NUMBER.fullmatch(cell)
    return int(re.sub(r"\D", "", found[1])) if found else None


def find_columns(first: Sequence[str]) -> Columns:
    """Read the first row: a header, or a result like those that follow.

    Raises:
        NoSuchColumns: it is a header without the columns that are needed, or neither.
    """
    numbers = [whole_number(cell) is not None for cell in first]
    if sum(numbers[1:]) >= FEWEST_NUMBERS and not numbers[0]:
        width = min(len(first), len(COLUMNS))
        places = {name: place for place, name in enumerate(COLUMNS[:width]) if place}
        return Columns((0,), places, width=width, has_header=False)
    return _of_header(first)


def _of_header(header: Sequence[str]) -> Columns:
    units: list[int] = []
    numbers: dict[str, int] = {}
    for place, cell in enumerate(header):
        name = column_of(cell)
        if name == "unit":
            units.append(place)
        elif name in numbers:
            raise NoSuchColumns(
                f"Two columns of the first row seem to be “{name}”, so Muster cannot tell which "
                "one holds. Rename or remove one of them and send it again."
            )
        elif name is not None:
            numbers[name] = place
    missing = [name for name in NEEDED if name not in numbers and (name != "unit" or not units)]
    if missing:
        raise NoSuchColumns(
            f"The first row names no column for {', '.join(missing)}. Name the columns unit, "
            "entitled, yes, no and spoiled, and send it again."
        )
    return Columns(tuple(units), numbers, width=len(header), has_header=True)


def column_of(heading: str) -> str | None:
    """Return which column a heading names, or None for one that is not read."""
    if NOT_A_COUNT.search(heading):
        return None
    words = set(re.findall(r"[a-z]+", NUMBER_OF.sub(" ", heading).casefold()))
    telling = words - FILLERS
    for name, known in WORDS.items():
        if telling and telling <= known:
            return name
    return "votes_cast" if not telling and words & {"votes", "voted", "returned"} else None
