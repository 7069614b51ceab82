"""All units of a ballot as dots along their turnout, against the line. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.web.live_units import UnitRow
from app.web.turnout_words import Line

# With fewer dots than these the table says it all.
FEWEST_DOTS = 5
BIN = 2  # per cent of turnout; 50 % is an edge of one, so that no stack stands across the line
# All heights are in em, so that the drawing grows with its letters.
AXIS = 5.4
HIGHEST = 4.0
LARGEST_STEP = 0.9
SMALLEST_RADIUS = 0.16


class Dot(NamedTuple):
    """One unit: its name and turnout, whether it is at the line, and how high its dot stands."""

    name: str
    percent: str
    met: bool
    y: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Every unit that is shown, as a dot.

    Attributes:
        radius: of a dot, in em.
        sentence: how many stand at the line or beyond it.
    """

    dots: list[Dot]
    radius: str
    sentence: str


def strip_of(rows: Sequence[UnitRow], *, line: Line | None, many: str) -> Strip | None:
    """Return the units as dots, those of about the same turnout above each other.

    None without a line, or with so few units that there is nothing to see.

    Args:
        rows: the units, in the order of their names, so that no dot moves without need.
        line: the threshold.
        many: what several of the units are called.
    """
    shown = [row for row in rows if row.percent is not None]
    if line is None or len(shown) < FEWEST_DOTS:
        return None
    tallest = max(Counter(map(_bin_of, shown)).values())
    step = min(HIGHEST / tallest, LARGEST_STEP)
    over = sum(row.met for row in shown)
    stand = "stands" if over == 1 else "stand"
    return Strip(
        dots=list(_stacked(shown, step=step)),
        radius=f"{max(step * 0.55, SMALLEST_RADIUS):.2f}",
        sentence=f"{over} of the {len(shown)} {many} shown {stand} at {line.at} % or more.",
    )


def _stacked(rows: Sequence[UnitRow], *, step: float) -> Iterator[Dot]:
    heights: dict[int, int] = defaultdict(int)
    for row in rows:
        stack = _bin_of(row)
        y = AXIS - 0.35 - (heights[stack] + 0.5) * step
        heights[stack] += 1
        yield Dot(row.name, percent=row.percent or "0", met=row.met, y=f"{y:.2f}")


def _bin_of(row: UnitRow) -> int:
    """Return the stack of a unit: that of 48 to under 50 %, and so on; 100 % is in the last."""
    whole = int((row.percent or "0").partition(".")[0])
    return min(whole, 99) // BIN
