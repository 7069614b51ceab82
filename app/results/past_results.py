"""What the rules of each period would have meant for results that are over. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from app.core.errors import Invalid
from app.results.calculator import ImpossibleNumbers, NoRuleYet, PeriodOut, TestOut
from app.results.past_rows import PastResults
from app.results.past_schemas import (
    AggregateOut,
    AskedOfPast,
    LeftOutRowOut,
    MissOut,
    NumbersOut,
    OutcomeOut,
    PastPeriodOut,
    PastResultsIn,
    PastResultsOut,
    PastUnitOut,
)
from app.rules.books import BookKey, NoRuleInForce, Period, period_in_force
from app.rules.percent import percent
from app.rules.thresholds import Count, ImpossibleCount
from app.rules.units import Judged, UnderPeriod, Unit, sum_of, under_every_period

HALF = Fraction(1, 2)
CLOSEST = 10


class UnitTwice(Invalid):
    """Two units have one name, so one of them would be counted twice or not told apart."""

    code = "unit_twice"
    message = "Two units have the same name. Give each its own; send each question by itself."


@dataclass(frozen=True, slots=True)
class Meaning:
    """The same units under every period of a book.

    Attributes:
        book: which rule book.
        units: in the order in which they came.
        whole: their sum.
        periods: each with the outcome of every unit, in the order of `units`.
        then: the period of the opening day.
        now: the period in force today.
    """

    book: BookKey
    units: tuple[Unit, ...]
    whole: Count
    periods: tuple[UnderPeriod, ...]
    then: UnderPeriod
    now: UnderPeriod

    @property
    def gained(self) -> list[str]:
        """The units that are carried now and were not then."""
        return self._changed(since=self.then, to=self.now)

    @property
    def lost(self) -> list[str]:
        """The units that were carried then and are not now."""
        return self._changed(since=self.now, to=self.then)

    def _changed(self, *, since: UnderPeriod, to: UnderPeriod) -> list[str]:
        outcomes = zip(self.units, since.units, to.units, strict=True)
        return [unit.name for unit, one, other in outcomes if other.carried and not one.carried]

    def misses(self, *, under: UnderPeriod) -> list[tuple[Unit, Judged]]:
        """Return the units that a period does not carry, the closest first."""
        missed = [
            (unit, judged)
            for unit, judged in zip(self.units, under.units, strict=True)
            if not judged.carried
        ]
        return sorted(missed, key=lambda each: (-each[1].margin, each[0].name))


def units_of(body: PastResultsIn) -> tuple[Unit, ...]:
    """Return the units somebody sent as JSON.

    Raises:
        UnitTwice: two have the same name.
        ImpossibleNumbers: the numbers of one cannot all be true; the sentence names it.
    """
    if len({sent.name.casefold() for sent in body.units}) < len(body.units):
        raise UnitTwice
    units = []
    for sent in body.units:
        try:
            count = Count(
                entitled=sent.entitled,
                votes_cast=sent.yes + sent.no + sent.spoiled,
                supporting=sent.yes,
                opposing=sent.no,
                spoiled=sent.spoiled,
            )
        except ImpossibleCount as impossible:
            raise ImpossibleNumbers(f"Unit “{sent.name}”: {impossible}") from impossible
        units.append(Unit(sent.name, count))
    return tuple(units)


def work_out(
    units: Sequence[Unit],
    *,
    asked: AskedOfPast,
    today: date,
    commenced: Mapping[str, date],
) -> Meaning:
    """Judge past results by every period of a rule book.

    Args:
        units: at least one.
        asked: which book, and when the ballot opened.
        today: the London day that "now" means.
        commenced: the first opening day of each planned change of law that has one.

    Raises:
        NoRuleYet: the ballot opened before the book's first rule.
    """
    found = under_every_period(
        units,
        book=asked.rule_book,
        important_public_service=asked.important_public_service,
        commenced=commenced,
    )
    by_period: dict[Period, UnderPeriod] = {each.period: each for each in found}
    now = by_period[period_in_force(asked.rule_book, opened_on=today, commenced=commenced)]
    if asked.opened_on is None:
        then = found[max(found.index(now) - 1, 0)]
    else:
        then = by_period[_period_of(asked.rule_book, day=asked.opened_on, commenced=commenced)]
    return Meaning(
        asked.rule_book, tuple(units), whole=sum_of(units), periods=found, then=then, now=now
    )


def _period_of(book: str, *, day: date, commenced: Mapping[str, date]) -> Period:
    try:
        return period_in_force(book, opened_on=day, commenced=commenced)
    except NoRuleInForce as too_early:
        raise NoRuleYet(str(too_early)) from too_early


def meaning_out(meaning: Meaning, *, read: PastResults | None = None) -> PastResultsOut:
    """Return the answer as it crosses the wire.

    Args:
        meaning: what was worked out.
        read: the file it came from, whose rows left out are named.
    """
    return PastResultsOut(
        rule_book=meaning.book,
        then=PeriodOut.model_validate(meaning.then.period),
        now=PeriodOut.model_validate(meaning.now.period),
        whole=NumbersOut(**_numbers(meaning.whole)),
        periods=[_period_out(under, units=meaning.units) for under in meaning.periods],
        gained=meaning.gained,
        lost=meaning.lost,
        closest_misses=[
            MissOut(name=unit.name, votes_short=-judged.margin, within_reach=judged.within_reach)
            for unit, judged in meaning.misses(under=meaning.now)[:CLOSEST]
        ],
        units=[
            PastUnitOut(
                name=unit.name,
                **_numbers(unit.count),
                outcomes=[_outcome(under.units[place]) for under in meaning.periods],
            )
            for place, unit in enumerate(meaning.units)
        ],
        left_out=[LeftOutRowOut(row=each.row, message=each.message) for each in read.left_out]
        if read
        else [],
        notes=list(read.notes) if read else [],
    )


def turnout_of(count: Count) -> str:
    """Return a unit's turnout for showing: one paper short of half never shows as half."""
    return percent(count.votes_cast, whole=count.entitled, threshold=HALF)


def _numbers(count: Count) -> dict[str, int | str]:
    return {
        "entitled": count.entitled,
        "votes_cast": count.votes_cast,
        "yes": count.supporting,
        "no": count.opposing,
        "spoiled": count.spoiled,
        "turnout_percent": turnout_of(count),
    }


def _outcome(judged: Judged) -> OutcomeOut:
    return OutcomeOut(
        carried=judged.carried, margin=judged.margin, within_reach=judged.within_reach
    )


def _period_out(under: UnderPeriod, *, units: Sequence[Unit]) -> PastPeriodOut:
    whole = under.aggregate
    return PastPeriodOut(
        **PeriodOut.model_validate(under.period).model_dump(),
        planned=under.period.awaits_its_day,
        units_carried=under.carried,
        units_not_carried=len(units) - under.carried,
        entitled_in_units_carried=sum(
            unit.count.entitled
            for unit, judged in zip(units, under.units, strict=True)
            if judged.carried
        ),
        aggregate=AggregateOut(
            **_outcome(whole).model_dump(),
            tests=[TestOut.model_validate(test) for test in whole.judgement.tests],
        ),
    )
