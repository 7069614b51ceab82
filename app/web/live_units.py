"""The rows of a turnout page: branches, regions, employers or workplaces, and where votes are won.

Everything here follows from the turnout that is shown, so that what is withheld stays so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from app.core.spoken_times import short_time
from app.turnout.schemas import GroupOut, TurnoutOut
from app.web.reach_words import reached_share

Sort = Literal[
    "winnable",
    "name",
    "entitled",
    "voted",
    "turnout",
    "needed",
    "waiting",
    "-winnable",
    "-name",
    "-entitled",
    "-voted",
    "-turnout",
    "-needed",
    "-waiting",
]
# What an officer looks for comes first: names from A, the lowest turnout, the most of all others.
UPWARD = frozenset({"name", "turnout"})
# How many units stand on the wallboard, and in the sentence about the next votes.
NEAREST = 5
FIRST = 3
SO_SMALL = "withheld: fewer than {floor} entitled"
BESIDE_SMALL = "withheld, so that a smaller group beside it cannot be worked out"
NOT_STATED = "Not stated on the roll"


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of the table, as it reads.

    Attributes:
        key: names the row on the page for as long as the roll stands, wherever it is sorted to.
        needed: votes still missing for the threshold that is drawn.
        waiting: how many have not voted, of those who can be reached where that is known.
        waits_exactly: whether it is that number; else there are as many at most, because the
            number itself would be about too few people.
        winnable: votes that would come if turnout here were that of all the others.
        why_withheld: in words; None where the votes are shown.
        reached: the turnout of those reached, in words; None where nobody asked.
        as_of: when the votes were counted so, where they are shown in steps.
    """

    key: str
    name: str
    entitled: int
    votes: int | None
    percent: str | None
    needed: int | None
    met: bool
    waiting: int | None
    waits_exactly: bool
    winnable: int | None
    why_withheld: str | None
    reached: str | None
    as_of: str | None


def unit_rows(turnout: TurnoutOut, *, floor: int, by_own: bool) -> list[UnitRow]:
    """Return a row for each unit, in the order of their names; what is withheld says why.

    Args:
        turnout: of the whole ballot, with its groups.
        floor: the fewest entitled that a group may have and be shown.
        by_own: whether votes are needed for the ballot's own threshold, not the statutory one.
    """
    return [
        _row(group, key=f"unit-{place}", floor=floor, by_own=by_own, whole=turnout)
        for place, group in enumerate(turnout.groups)
    ]


def _row(group: GroupOut, *, key: str, floor: int, by_own: bool, whole: TurnoutOut) -> UnitRow:
    why = None
    if group.withheld:
        why = SO_SMALL.format(floor=floor) if group.entitled < floor else BESIDE_SMALL
    needed = group.votes_needed if by_own else group.statute_votes_needed
    return UnitRow(
        key=key,
        name=group.name or NOT_STATED,
        entitled=group.entitled,
        votes=group.votes_cast,
        percent=group.turnout_percent,
        needed=needed,
        met=needed == 0,
        waiting=waiting_in(group),
        waits_exactly=group.reachable is None or not group.reachable.withheld,
        winnable=winnable_in(group, whole=whole),
        why_withheld=why,
        reached=reached_share(group.reachable),
        as_of=short_time(group.stepped_at) if group.stepped_at else None,
    )


def waiting_in(group: GroupOut) -> int | None:
    """Return how many have not voted, of those who can be reached where that is known.

    Where the votes of those who can be reached are withheld it is how many there can be at most,
    which follows from what is shown. None where all votes are withheld.
    """
    if group.votes_cast is None:
        return None
    left = group.entitled - group.votes_cast
    if group.reachable is None:
        return left
    if group.reachable.votes_cast is None:
        return min(left, group.reachable.entitled)
    return group.reachable.entitled - group.reachable.votes_cast


def winnable_in(group: GroupOut, *, whole: TurnoutOut) -> int | None:
    """Return how many votes would come if turnout in a unit were that of all the other units.

    No more than there are who have not voted and can be reached. A unit that stands where the
    others stand, or above, has none (docs/decisions/0046). None where the votes are withheld.
    """
    if group.votes_cast is None or whole.votes_cast is None:
        return None
    others = whole.entitled - group.entitled
    if others <= 0:
        return 0
    at_their_turnout = group.entitled * (whole.votes_cast - group.votes_cast) // others
    behind = max(at_their_turnout - group.votes_cast, 0)
    return min(behind, waiting_in(group) or 0)


def in_order(rows: Sequence[UnitRow], *, sort: Sort) -> list[UnitRow]:
    """Return rows that stand in the order of their names in another; what is withheld comes last.

    Equal ones stay in the order of their names, except that of two from whom as many votes can be
    won the one where more wait comes first.
    """
    by = sort.removeprefix("-")
    if by == "name":
        return list(rows if by == sort else reversed(rows))
    known = [row for row in rows if _value(row, by) is not None]
    unknown = [row for row in rows if _value(row, by) is None]
    upward = (by in UPWARD) == (by == sort)
    known.sort(key=lambda row: _order(row, by), reverse=not upward)
    return known + unknown


def _value(row: UnitRow, by: str) -> Any:  # noqa: ANN401 - a number or a percentage
    return getattr(row, {"voted": "votes", "turnout": "percent"}.get(by, by))


def _order(row: UnitRow, by: str) -> tuple[Decimal, int]:
    return Decimal(_value(row, by)), (row.waiting or 0) if by == "winnable" else 0


def next_sort(by: str, *, sort: Sort) -> str:
    """Return the order that the heading of a column leads to: its own, or that the other way."""
    return f"-{by}" if sort == by else by


def direction_of(sort: Sort) -> Mapping[str, str]:
    """Return by which column rows stand, and "ascending" or "descending"."""
    by = sort.removeprefix("-")
    upward = (by in UPWARD) == (by == sort)
    return {by: "ascending" if upward else "descending"}


def nearest_to_line(rows: Sequence[UnitRow]) -> list[UnitRow]:
    """Return the units that lack the fewest votes for the threshold; not those that are there."""
    short = [row for row in rows if row.needed]
    return sorted(short, key=lambda row: row.needed or 0)[:NEAREST]


def first_to_win(rows: Sequence[UnitRow]) -> list[UnitRow]:
    """Return the units from which the most votes can be won, if from any."""
    found = in_order([row for row in rows if row.winnable], sort="winnable")
    return found[:FIRST]
