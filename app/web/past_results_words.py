"""What the rules would have meant, in words: periods side by side, who changed, who just missed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.results.past_results import Meaning, turnout_of
from app.rules.units import UnderPeriod, Unit
from app.web.filters import percent, plural, thousands
from app.web.unit_words import margin_words

# More rows than these are counted and not listed: the REST interface gives them all.
MOST_ROWS = 1000
CLOSEST = 10
Columns = list[tuple[str, bool]]
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """One period's card.

    Attributes:
        title: its opening days.
        marks: "then", "today" or "planned", as they fit.
        carried: how many units are carried.
        of_units: out of how many, in words.
        entitled: how many people those units hold, in words.
        together: what comes of all units together.
        carried_together: whether that is carried.
    """

    title: str
    marks: list[str]
    carried: int
    of_units: str
    entitled: str
    together: str
    carried_together: bool


@dataclass(frozen=True, slots=True)
class MeaningWords:
    """The whole answer as it reads."""

    headline: str
    beside: str
    periods: list[PeriodWords]
    gained: list[Row]
    lost: list[Row]
    misses: list[Row]
    units: list[Row]
    unit_columns: Columns
    unlisted: int


def words_of(meaning: Meaning) -> MeaningWords:
    """Put the answer into words."""
    then, now = meaning.then, meaning.now
    shown = sorted(
        range(len(meaning.units)),
        key=lambda place: (-now.units[place].margin, meaning.units[place].name),
    )
    return MeaningWords(
        headline=_headline(meaning),
        beside=_beside(meaning),
        periods=[_period(each, meaning=meaning) for each in meaning.periods],
        gained=list(_changed(meaning, since=then, to=now)),
        lost=list(_changed(meaning, since=now, to=then)),
        misses=[
            (unit.name, *_turnout(unit), margin_words(judged))
            for unit, judged in meaning.misses(under=now)[:CLOSEST]
        ],
        units=[_unit(place, meaning=meaning) for place in shown[:MOST_ROWS]],
        unit_columns=_unit_columns(meaning.periods),
        unlisted=max(len(shown) - MOST_ROWS, 0),
    )


def _headline(meaning: Meaning) -> str:
    if meaning.then == meaning.now:
        return "These units are judged today as they were then: the rules are the same"
    gained, lost = len(meaning.gained), len(meaning.lost)
    if not gained and not lost:
        return "Every unit comes out today as it did then"
    said = []
    if gained:
        said.append(f"{plural(gained, 'unit')} that failed then would be carried today")
    if lost:
        said.append(f"{plural(lost, 'unit')} carried then would fail today")
    return ", and ".join(said)


def _beside(meaning: Meaning) -> str:
    """Say how the whole and its parts compare under today's rules."""
    now = meaning.now
    whole = "carried" if now.aggregate.carried else "not carried"
    return (
        f"Under today’s rules {thousands(now.carried)} of {plural(len(meaning.units), 'unit')} "
        f"would be carried by themselves. All of them together, as one ballot, would be {whole}."
    )


def _period(under: UnderPeriod, *, meaning: Meaning) -> PeriodWords:
    marks = []
    if under == meaning.then:
        marks.append("Then")
    if under == meaning.now:
        marks.append("Today")
    if under.period.awaits_its_day:
        marks.append("Planned, in force for no ballot yet")
    label = under.period.label
    reached = sum(
        unit.count.entitled
        for unit, judged in zip(meaning.units, under.units, strict=True)
        if judged.carried
    )
    return PeriodWords(
        title=label[:1].upper() + label[1:],
        marks=marks,
        carried=under.carried,
        of_units=f"of {plural(len(meaning.units), 'unit')} carried",
        entitled=(
            f"{thousands(reached)} of {thousands(meaning.whole.entitled)} people entitled are in "
            "them"
        ),
        together=f"All together: {margin_words(under.aggregate)}",
        carried_together=under.aggregate.carried,
    )


def _changed(meaning: Meaning, *, since: UnderPeriod, to: UnderPeriod) -> Iterable[Row]:
    for unit, one, other in zip(meaning.units, since.units, to.units, strict=True):
        if other.carried and not one.carried:
            yield (unit.name, *_turnout(unit), margin_words(one), margin_words(other))


def _unit_columns(periods: Sequence[UnderPeriod]) -> Columns:
    return [
        ("Unit", False),
        ("Entitled", True),
        ("Turnout", True),
        ("Yes", True),
        ("No", True),
        ("Spoiled", True),
        *[(_short(each), False) for each in periods],
    ]


def _short(under: UnderPeriod) -> str:
    label = under.period.label
    return "Planned (s.68)" if under.period.awaits_its_day else label[:1].upper() + label[1:]


def _unit(place: int, *, meaning: Meaning) -> Row:
    unit = meaning.units[place]
    return (
        unit.name,
        thousands(unit.count.entitled),
        percent(turnout_of(unit.count)),
        thousands(unit.count.supporting),
        thousands(unit.count.opposing),
        thousands(unit.count.spoiled),
        *[margin_words(under.units[place]) for under in meaning.periods],
    )


def _turnout(unit: Unit) -> Row:
    return (
        thousands(unit.count.entitled),
        percent(turnout_of(unit.count)),
        thousands(unit.count.supporting),
    )
