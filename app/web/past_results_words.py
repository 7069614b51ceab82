"""What the rules would have meant, in words: periods side by side, who changed, who just missed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.language import gettext, ngettext
from app.core.spans import span_words
from app.results.past_results import Meaning, turnout_of
from app.rules.units import UnderPeriod, Unit
from app.web.filters import percent, thousands
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
        marks: "then", "today" or "planned", as they fit, and how each tag looks.
        is_today: whether these are the rules of today.
        carried: how many units are carried.
        of_units: out of how many, in words.
        entitled: how many people those units hold, in words.
        together: what comes of all units together.
        carried_together: whether that is carried.
    """

    title: str
    marks: list[tuple[str, str]]
    is_today: bool
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
        return gettext("These units are judged today as they were then: the rules are the same")
    gained, lost = len(meaning.gained), len(meaning.lost)
    if not gained and not lost:
        return gettext("Every unit comes out today as it did then")
    said = []
    if gained:
        said.append(
            ngettext(
                "%(num)s unit that failed then would be carried today",
                "%(num)s units that failed then would be carried today",
                gained,
            )
        )
    if lost:
        said.append(
            ngettext(
                "%(num)s unit carried then would fail today",
                "%(num)s units carried then would fail today",
                lost,
            )
        )
    return gettext(", and ").join(said)


def _beside(meaning: Meaning) -> str:
    """Say how the whole and its parts compare under today's rules."""
    now = meaning.now
    parts = ngettext(
        "Under today’s rules %(carried)s of %(num)s unit would be carried by itself.",
        "Under today’s rules %(carried)s of %(num)s units would be carried by themselves.",
        len(meaning.units),
        carried=thousands(now.carried),
    )
    whole = (
        gettext("All of them together, as one ballot, would be carried.")
        if now.aggregate.carried
        else gettext("All of them together, as one ballot, would be not carried.")
    )
    return f"{parts} {whole}"


def _period(under: UnderPeriod, *, meaning: Meaning) -> PeriodWords:
    marks = []
    if under == meaning.then:
        marks.append((gettext("Then"), "strong"))
    if under == meaning.now:
        marks.append((gettext("Today"), "strong"))
    if under.period.awaits_its_day:
        marks.append((gettext("Planned, in force for no ballot yet"), "notice"))
    label = span_words(under.period.label)
    reached = sum(
        unit.count.entitled
        for unit, judged in zip(meaning.units, under.units, strict=True)
        if judged.carried
    )
    return PeriodWords(
        title=label[:1].upper() + label[1:],
        marks=marks,
        is_today=under == meaning.now,
        carried=under.carried,
        of_units=ngettext(
            "of %(num)s unit carried", "of %(num)s units carried", len(meaning.units)
        ),
        entitled=gettext(
            "%(reached)s of %(entitled)s people entitled are in them",
            reached=thousands(reached),
            entitled=thousands(meaning.whole.entitled),
        ),
        together=gettext("All together: %(margin)s", margin=margin_words(under.aggregate)),
        carried_together=under.aggregate.carried,
    )


def _changed(meaning: Meaning, *, since: UnderPeriod, to: UnderPeriod) -> Iterable[Row]:
    for unit, one, other in zip(meaning.units, since.units, to.units, strict=True):
        if other.carried and not one.carried:
            yield (unit.name, *_turnout(unit), margin_words(one), margin_words(other))


def _unit_columns(periods: Sequence[UnderPeriod]) -> Columns:
    return [
        (gettext("Unit"), False),
        (gettext("Entitled"), True),
        (gettext("Turnout"), True),
        (gettext("Yes"), True),
        (gettext("No"), True),
        (gettext("Spoiled"), True),
        *[(_short(each), False) for each in periods],
    ]


def _short(under: UnderPeriod) -> str:
    label = span_words(under.period.label)
    return (
        gettext("Planned (s.68)") if under.period.awaits_its_day else label[:1].upper() + label[1:]
    )


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
