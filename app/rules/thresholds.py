"""The tests a ballot must pass, decided by whole numbers and never by a percentage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import ClassVar, Literal

from app.rules.books import NOTHING_COMMENCED, Period, Rule, period_in_force, periods

TestName = Literal["turnout", "support", "majority"]


class ImpossibleCount(ValueError):
    """Refused because the numbers of a count cannot all be true."""


@dataclass(frozen=True, slots=True)
class Count:
    """What came of one question.

    Attributes:
        entitled: people entitled to vote.
        votes_cast: papers returned, valid and spoiled.
        supporting: valid papers for the supported side.
        opposing: every other valid paper.
        spoiled: papers that state no valid answer to this question.

    Raises:
        ImpossibleCount: the numbers cannot all be true. The message says which cannot, and why.
    """

    entitled: int
    votes_cast: int
    supporting: int
    opposing: int
    spoiled: int

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        self._refuse_negative_numbers()
        _refuse_nobody(self.entitled)
        if self.votes_cast > self.entitled:
            raise ImpossibleCount(
                f"Votes cast cannot be {self.votes_cast:,}: only {self.entitled:,} people are "
                "entitled, and each returns one paper at most."
            )
        self._refuse_parts_that_do_not_add_up()

    def _refuse_negative_numbers(self) -> None:
        named = {
            "People entitled": self.entitled,
            "Votes cast": self.votes_cast,
            "Supporting votes": self.supporting,
            "Opposing votes": self.opposing,
            "Spoiled papers": self.spoiled,
        }
        for name, number in named.items():
            if number < 0:
                raise ImpossibleCount(
                    f"{name} cannot be {number:,}: a count is never below nought."
                )

    def _refuse_parts_that_do_not_add_up(self) -> None:
        parts = self.supporting + self.opposing + self.spoiled
        if parts == self.votes_cast:
            return
        difference = parts - self.votes_cast
        way = "too many" if difference > 0 else "too few"
        hint = "; votes cast include spoiled papers" if difference == self.spoiled else ""
        raise ImpossibleCount(
            f"Votes cast cannot be {self.votes_cast:,}: {self.supporting:,} supporting, "
            f"{self.opposing:,} opposing and {self.spoiled:,} spoiled make {parts:,}, "
            f"{abs(difference):,} {way}{hint}."
        )


@dataclass(frozen=True, slots=True)
class TestResult:
    """How the numbers stand against one test: what it asks for, what there is, and its source."""

    __test__: ClassVar[bool] = False  # a test that a ballot must pass, not one for pytest

    test: TestName
    required_votes: int
    actual_votes: int
    met: bool
    source: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """One period's answer: each test that applies, and whether all of them are met."""

    period: Period
    tests: tuple[TestResult, ...]
    carried: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer of the rules in force on the opening day, and beside it every other period's."""

    in_force: Judgement
    others: tuple[Judgement, ...]


def judge(count: Count, *, period: Period, important_public_service: bool) -> Judgement:
    """Hold one question's numbers against the rules of one period.

    Args:
        count: the numbers of one question; each question is decided by itself.
        period: whose rules to apply, whether or not they were in force.
        important_public_service: the union states that the majority of those entitled are
            normally engaged in important public services. It is never guessed.

    Source:
        Each test of the answer carries its own.
    """
    tests: list[TestResult] = []
    if period.turnout is not None:
        tests.append(_turnout_test(count, rule=period.turnout))
    if period.support is not None and (
        important_public_service or not period.support.only_important_public_services
    ):
        tests.append(_support_test(count, rule=period.support))
    tests.append(_majority_test(count, period=period))
    return Judgement(period=period, tests=tuple(tests), carried=all(test.met for test in tests))


def compare(
    count: Count,
    *,
    book: str,
    opened_on: date,
    important_public_service: bool,
    commenced: Mapping[str, date] = NOTHING_COMMENCED,
) -> Comparison:
    """Judge the same numbers by every period of a book, the one in force apart.

    The others stand in the order of their days, those still planned last.

    Raises:
        NoRuleInForce: the ballot opened before the book's first rule.
        KeyError, UnknownChange, CommencedTooEarly: as for `books.periods`.
    """
    ruling = period_in_force(book, opened_on=opened_on, commenced=commenced)
    others = (period for period in periods(book, commenced=commenced) if period != ruling)
    in_force, *rest = (
        judge(count, period=period, important_public_service=important_public_service)
        for period in (ruling, *others)
    )
    return Comparison(in_force=in_force, others=tuple(rest))


def required_turnout(period: Period, *, entitled: int) -> int | None:
    """Return the papers that must come back for the turnout test, or None where there is none.

    A part of a person rounds up: half of 1,001 is 501.

    Raises:
        ImpossibleCount: nobody is entitled.
    """
    if period.turnout is None:
        return None
    _refuse_nobody(entitled)
    return _at_least(period.turnout.threshold, of=entitled)


def votes_needed(required: int | None, *, votes_cast: int) -> int:
    """Return how many more papers must come back; never below nought, and nought without a test."""
    return max((required or 0) - votes_cast, 0)


def _turnout_test(count: Count, *, rule: Rule) -> TestResult:
    met = _reaches(count.votes_cast, of=count.entitled, threshold=rule.threshold)
    required = _at_least(rule.threshold, of=count.entitled)
    return TestResult("turnout", required, count.votes_cast, met, rule.source)


def _support_test(count: Count, *, rule: Rule) -> TestResult:
    met = _reaches(count.supporting, of=count.entitled, threshold=rule.threshold)
    required = _at_least(rule.threshold, of=count.entitled)
    return TestResult("support", required, count.supporting, met, rule.source)


def _majority_test(count: Count, *, period: Period) -> TestResult:
    voting = count.votes_cast
    if not period.spoiled_count_as_voting:
        voting -= count.spoiled
    threshold = period.majority.threshold
    met = count.supporting * threshold.denominator > voting * threshold.numerator
    required = _more_than(threshold, of=voting)
    return TestResult("majority", required, count.supporting, met, period.majority.source)


def _reaches(votes: int, *, of: int, threshold: Fraction) -> bool:
    return votes * threshold.denominator >= of * threshold.numerator


def _at_least(threshold: Fraction, *, of: int) -> int:
    return -(-of * threshold.numerator // threshold.denominator)


def _more_than(threshold: Fraction, *, of: int) -> int:
    return of * threshold.numerator // threshold.denominator + 1


def _refuse_nobody(entitled: int) -> None:
    if entitled < 1:
        raise ImpossibleCount(
            f"People entitled cannot be {entitled:,}: with nobody entitled there is nothing to "
            "judge."
        )
