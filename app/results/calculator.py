"""What the numbers of a count come to, under the rules in force and under every other period.

The public calculator asks it, and so does the result of a ballot.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.ballots.schemas import Nation
from app.ballots.service import OtherLegislation
from app.core.errors import Invalid
from app.rules.books import BOOKS, BookKey, NoRuleInForce, periods
from app.rules.nations import OTHER_LEGISLATION, act_extends_to, support_test_may_apply
from app.rules.percent import percent
from app.rules.statement import Line
from app.rules.thresholds import (
    Comparison,
    Count,
    ImpossibleCount,
    Judgement,
    TestName,
    compare,
)

# The largest whole number that every JSON reader holds exactly.
LARGEST_EXACT = 2**53 - 1


class ImpossibleNumbers(Invalid):
    """The numbers of a count cannot all be true."""

    code = "impossible_count"
    message = "These numbers cannot all be true. Check them against the count and send them again."


class NoRuleYet(Invalid):
    """The ballot opened before the first rule of its book."""

    code = "no_rule_in_force"
    message = (
        "No rule was in force on that opening day. Give a later one, or use another rule book."
    )


def _iso_day(sent: object) -> date:
    """Read a day and nothing else: a bare number would be taken for seconds since 1970."""
    if isinstance(sent, date) and not isinstance(sent, datetime):
        return sent
    with suppress(TypeError, ValueError):
        return date.fromisoformat(sent)  # type: ignore[arg-type]  # that is what is found out
    raise PydanticCustomError("not_a_day", "give a day as in 2026-04-06")


def _in_per_cent(threshold: Fraction) -> str:
    return percent(threshold.numerator, whole=threshold.denominator)


Day = Annotated[date, BeforeValidator(_iso_day)]
# Nought and less is refused by the count itself, with a sentence of its own.
Number = Annotated[int, Field(ge=-LARGEST_EXACT, le=LARGEST_EXACT)]


class ThresholdsIn(BaseModel):
    """The numbers of one question, and what decides which rules they are held against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule_book: BookKey
    opened_on: Annotated[Day, Field(description="The London day on which the ballot opened.")]
    important_public_service: bool = Field(
        default=False,
        description="Whether the majority of those entitled are normally engaged in important "
        "public services. The union states it; it is never guessed.",
    )
    nation: Nation | None = Field(
        default=None,
        description="Where the ballot was held, or null for all of Great Britain. The 1992 Act "
        "extends to England, Wales and Scotland; the nation alone changes no threshold.",
    )
    devolved_welsh_authority: bool = Field(
        default=False,
        description="Whether those entitled work for a devolved Welsh authority, which is outside "
        "the 40 % test of important public services. The union states it.",
    )
    entitled: Number
    votes_cast: Annotated[Number, Field(description="Papers returned, valid and spoiled.")]
    supporting: Annotated[Number, Field(description="Valid papers for the supported side.")]
    opposing: Annotated[Number, Field(description="Every other valid paper.")]
    spoiled: Number


class _Shown(BaseModel):
    """Read straight from the values of `app.rules`, whose names these share."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class PeriodOut(_Shown):
    """A span of opening days; both ends belong to it."""

    since: date | None
    until: date | None
    label: str


class TestOut(_Shown):
    """One test that applies: what it asks for, what there is, and where it stands written."""

    __test__ = False  # a test that a ballot must pass, not one for pytest

    test: TestName
    required_votes: int
    actual_votes: int
    met: bool
    source: str


class OtherPeriodOut(PeriodOut):
    """What the same numbers come to under another period of the book."""

    tests: tuple[TestOut, ...]
    carried: bool


class ThresholdsOut(_Shown):
    """What the numbers come to under the rules in force, and beside it every other period."""

    in_force: PeriodOut
    tests: tuple[TestOut, ...]
    carried: bool
    other_periods: tuple[OtherPeriodOut, ...]


class RuleOut(_Shown):
    """One threshold and where it stands written."""

    threshold: Annotated[str, BeforeValidator(_in_per_cent)] = Field(
        description="In per cent. A majority must be more than it, other tests at least it."
    )
    only_important_public_services: bool
    source: str


class StatementFormOut(_Shown):
    """What must be told of a result to everybody entitled, line by line."""

    lines: tuple[Line, ...]
    source: str


class RulePeriodOut(PeriodOut):
    """The rules for ballots opened in one span of days. A test that does not apply is null."""

    planned: bool = Field(
        validation_alias="awaits_its_day",
        description="A change of law whose day is not yet known: it applies to no ballot.",
    )
    planned_key: str | None
    source: str
    turnout: RuleOut | None
    support: RuleOut | None
    majority: RuleOut
    spoiled_count_as_voting: bool
    spoiled_source: str
    history: Annotated[
        str, Field(description="How the change that brought it was made, announced or put off.")
    ]
    statement: StatementFormOut | None


class RuleBookOut(_Shown):
    """One kind of ballot, and every period it is or was judged by."""

    key: BookKey
    title: str
    note: str
    periods: tuple[RulePeriodOut, ...]


def judge_request(body: ThresholdsIn, *, commenced: Mapping[str, date]) -> ThresholdsOut:
    """Judge the numbers somebody sent.

    Args:
        body: the numbers, and the opening day.
        commenced: the first opening day of each planned change of law that has one.

    Raises:
        ImpossibleNumbers: the numbers cannot all be true.
        NoRuleYet: the ballot opened before the book's first rule.
        OtherLegislation: a statutory ballot in Northern Ireland.
    """
    if body.rule_book != "indicative" and not act_extends_to(body.nation):
        raise OtherLegislation(
            f"{OTHER_LEGISLATION} Choose another nation, or the indicative book."
        )
    try:
        count = Count(
            entitled=body.entitled,
            votes_cast=body.votes_cast,
            supporting=body.supporting,
            opposing=body.opposing,
            spoiled=body.spoiled,
        )
        comparison = compare(
            count,
            book=body.rule_book,
            opened_on=body.opened_on,
            important_public_service=support_test_may_apply(
                important_public_service=body.important_public_service,
                devolved_welsh_authority=body.devolved_welsh_authority,
                opened_on=body.opened_on,
            ),
            commenced=commenced,
        )
    except ImpossibleCount as impossible:
        raise ImpossibleNumbers(str(impossible)) from impossible
    except NoRuleInForce as too_early:
        raise NoRuleYet(str(too_early)) from too_early
    return comparison_out(comparison)


def comparison_out(comparison: Comparison) -> ThresholdsOut:
    """Return a comparison as it crosses the wire: a calculation's, or a ballot's result."""
    in_force = comparison.in_force
    return ThresholdsOut(
        in_force=PeriodOut.model_validate(in_force.period),
        tests=tuple(TestOut.model_validate(result) for result in in_force.tests),
        carried=in_force.carried,
        other_periods=tuple(_other_period_out(judgement) for judgement in comparison.others),
    )


def rule_books(*, commenced: Mapping[str, date]) -> list[RuleBookOut]:
    """Return every rule book with every period, each number with its source.

    Args:
        commenced: the first opening day of each planned change of law that has one.
    """
    return [
        RuleBookOut.model_validate(replace(book, periods=periods(book.key, commenced=commenced)))
        for book in BOOKS.values()
    ]


def _other_period_out(judgement: Judgement) -> OtherPeriodOut:
    period = judgement.period
    return OtherPeriodOut(
        since=period.since,
        until=period.until,
        label=period.label,
        tests=tuple(TestOut.model_validate(result) for result in judgement.tests),
        carried=judgement.carried,
    )
