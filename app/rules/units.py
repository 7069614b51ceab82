"""Units of one ballot, each judged by itself, and the whole beside them.

A disaggregated ballot is decided unit by unit (1992 Act s.228 and s.228A); the sum of its units
decides nothing and is shown beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.rules.books import Period, periods
from app.rules.thresholds import Count, Judgement, TestResult, judge


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit and what came of one question in it."""

    name: str
    count: Count


@dataclass(frozen=True, slots=True)
class Judged:
    """One unit, or the whole, under the rules of one period.

    Attributes:
        judgement: each test, and whether all are met.
        margin: supporting votes to spare where it is carried, nought or more; where it is not,
            below nought: how many more supporting votes would have carried it.
        within_reach: whether those who did not vote could have carried it by voting in support.
    """

    judgement: Judgement
    margin: int
    within_reach: bool

    @property
    def carried(self) -> bool:
        """Whether every test that applies is met."""
        return self.judgement.carried


@dataclass(frozen=True, slots=True)
class UnderPeriod:
    """Every unit under one period's rules, in the order in which they came, and their sum."""

    period: Period
    units: tuple[Judged, ...]
    aggregate: Judged

    @property
    def carried(self) -> int:
        """How many units are carried."""
        return sum(unit.carried for unit in self.units)


def judge_unit(count: Count, *, period: Period, important_public_service: bool) -> Judged:
    """Hold one unit against the rules of one period, and say by how many votes.

    Raises:
        ImpossibleCount: never for a `Count`, which has refused such numbers itself.

    Source:
        1992 Act s.228 and s.228A: each separate ballot is decided by itself. The margin is no test
        of any Act; it counts votes, as people ask for it.
    """
    judgement = judge(count, period=period, important_public_service=important_public_service)
    margin = min(_margin(test, count=count, period=period) for test in judgement.tests)
    did_not_vote = count.entitled - count.votes_cast
    return Judged(judgement, margin=margin, within_reach=-margin <= did_not_vote)


def sum_of(units: Iterable[Unit]) -> Count:
    """Return the whole of several units, as an aggregate ballot would have counted it.

    Raises:
        ImpossibleCount: there is no unit, so nobody is entitled.
    """
    counts = [unit.count for unit in units]
    return Count(
        entitled=sum(count.entitled for count in counts),
        votes_cast=sum(count.votes_cast for count in counts),
        supporting=sum(count.supporting for count in counts),
        opposing=sum(count.opposing for count in counts),
        spoiled=sum(count.spoiled for count in counts),
    )


def under_every_period(
    units: Sequence[Unit],
    *,
    book: str,
    important_public_service: bool,
    commenced: Mapping[str, date],
) -> tuple[UnderPeriod, ...]:
    """Judge the same units by every period of a book, in the order of its days.

    Args:
        units: at least one, each with its count.
        book: which rule book.
        important_public_service: as for `thresholds.judge`; it holds for every unit.
        commenced: the first opening day of each planned change that has one.

    Raises:
        ImpossibleCount: there is no unit.
        KeyError, UnknownChange, CommencedTooEarly: as for `books.periods`.
    """
    whole = sum_of(units)
    return tuple(
        UnderPeriod(
            period,
            units=tuple(
                judge_unit(
                    unit.count, period=period, important_public_service=important_public_service
                )
                for unit in units
            ),
            aggregate=judge_unit(
                whole, period=period, important_public_service=important_public_service
            ),
        )
        for period in periods(book, commenced=commenced)
    )


def _margin(test: TestResult, *, count: Count, period: Period) -> int:
    """Return by how many supporting votes a test is met, or, below nought, is missed."""
    if test.test != "majority":
        return test.actual_votes - test.required_votes
    # Each vote in support that comes or goes moves the bar for the majority too.
    voting = count.votes_cast - (0 if period.spoiled_count_as_voting else count.spoiled)
    threshold = period.majority.threshold
    over = count.supporting * threshold.denominator - voting * threshold.numerator
    # Met is over > 0, and n votes move it by n times this much.
    each = threshold.denominator - threshold.numerator
    return -(-over // each) - 1
