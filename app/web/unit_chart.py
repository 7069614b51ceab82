"""Units as dots along their turnout, stacked, each shaped by what came of it then and now."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.language import gettext, later, ngettext
from app.results.past_results import Meaning, turnout_of
from app.web.filters import percent, thousands

BIN = 2  # per cent of turnout; 50 % is an edge of one, so that no stack stands on the line
HIGHEST = 260  # pixels
TALLEST = 55  # dots in one stack; beyond that a dot stands for several units
LARGEST_STEP = 14  # pixels from dot to dot
ROOM_ABOVE = 34
ROOM_BELOW = 26
WHOLE = 100
# (carried then, carried now): the shape's name and what it says.
KINDS: Mapping[tuple[bool, bool], tuple[str, str]] = {
    (True, True): ("kept", later("Carried then and today")),
    (False, True): ("gained", later("Carried today, not then")),
    (True, False): ("lost", later("Carried then, not today")),
    (False, False): ("missed", later("Carried neither then nor today")),
}


@dataclass(frozen=True, slots=True)
class Dot:
    """One dot: its shape, where it stands, and whom it stands for.

    Attributes:
        kind: "kept", "gained", "lost" or "missed".
        x: its place from the left, in per cent.
        y: its place from the top, in pixels.
        title: the unit's name and turnout; nothing where it stands for several.
    """

    kind: str
    x: int
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class UnitChart:
    """The chart, its key, and the same in a sentence.

    Attributes:
        dots: every dot.
        radius: of a dot, in pixels.
        height: of the drawing, in pixels.
        floor: where the axis runs, in pixels from the top.
        key: (kind, words, number of units) of each kind.
        units_per_dot: for how many units a dot stands.
        sentence: how many units reached half.
    """

    dots: Sequence[Dot]
    radius: float
    height: int
    floor: int
    key: Sequence[tuple[str, str, int]]
    units_per_dot: int
    sentence: str


def chart_of(meaning: Meaning) -> UnitChart:
    """Draw every unit at its turnout."""
    stacks: dict[int, list[tuple[str, str]]] = defaultdict(list)
    kinds: Counter[str] = Counter()
    reached = 0
    for unit, then, now in zip(meaning.units, meaning.then.units, meaning.now.units, strict=True):
        kind, _ = KINDS[then.carried, now.carried]
        kinds[kind] += 1
        cast, entitled = unit.count.votes_cast, unit.count.entitled
        reached += 2 * cast >= entitled
        place = min(cast * WHOLE // (entitled * BIN), WHOLE // BIN - 1)
        stacks[place].append((kind, f"{unit.name}: {percent(turnout_of(unit.count))}"))
    tallest = max(len(stack) for stack in stacks.values())
    each = -(-tallest // TALLEST)
    step = min(LARGEST_STEP, HIGHEST * each / tallest)
    height = round(step * -(-tallest // each)) + ROOM_ABOVE + ROOM_BELOW
    floor = height - ROOM_BELOW
    return UnitChart(
        dots=list(_dots(stacks, each=each, step=step, floor=floor)),
        radius=round(step * 0.46, 2),
        height=height,
        floor=floor,
        key=[(kind, gettext(words), kinds[kind]) for kind, words in KINDS.values() if kinds[kind]],
        units_per_dot=each,
        sentence=ngettext(
            "%(reached)s of %(num)s unit reached a turnout of half.",
            "%(reached)s of %(num)s units reached a turnout of half.",
            len(meaning.units),
            reached=thousands(reached),
        ),
    )


def _dots(
    stacks: Mapping[int, list[tuple[str, str]]], *, each: int, step: float, floor: int
) -> Iterable[Dot]:
    order = [kind for kind, _ in KINDS.values()]
    for place, stack in stacks.items():
        stack.sort(key=lambda drawn: (order.index(drawn[0]), drawn[1]))
        for level, (kind, title) in enumerate(stack[::each]):
            yield Dot(
                kind,
                x=place * BIN + BIN // 2,
                y=round(floor - step * (level + 0.6), 1),
                title=title if each == 1 else "",
            )
