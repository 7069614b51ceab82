"""Past results as they cross the wire: what is asked, and what each period makes of them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.results.calculator import Day, Number, PeriodOut, TestOut
from app.results.past_rows import MOST_UNITS
from app.rules.books import STATUTE, BookKey


class PastUnitIn(BaseModel):
    """One unit of a ballot that is over, and what came of one question in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    entitled: Number
    yes: Annotated[Number, Field(description="Valid papers for the supported side.")]
    no: Annotated[Number, Field(description="Every other valid paper.")]
    spoiled: Number = 0


class AskedOfPast(BaseModel):
    """What decides which rules past results are held against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule_book: BookKey = STATUTE
    opened_on: Annotated[
        Day | None,
        Field(
            description="The London day on which the ballot opened; it decides which rules are "
            "“then”. Left out, they are those before the ones in force today."
        ),
    ] = None
    important_public_service: bool = Field(
        default=False,
        description="Whether, in each unit, the majority of those entitled are normally engaged "
        "in important public services.",
    )


class PastResultsIn(AskedOfPast):
    """Past results, unit by unit. Nothing of them is stored."""

    units: Annotated[list[PastUnitIn], Field(min_length=1, max_length=MOST_UNITS)]


class OutcomeOut(BaseModel):
    """What one period's rules make of a unit.

    `margin` counts votes in support: to spare where it is carried, and, below nought, how many
    more would have carried it; `within_reach` says whether those who did not vote were enough.
    """

    carried: bool
    margin: int
    within_reach: bool


class NumbersOut(BaseModel):
    """The numbers of a unit, or of all units together."""

    entitled: int
    votes_cast: int
    yes: int
    no: int
    spoiled: int
    turnout_percent: str


class PastUnitOut(NumbersOut):
    """One unit; its outcomes stand in the order of the periods."""

    name: str
    outcomes: list[OutcomeOut]


class AggregateOut(OutcomeOut):
    """All units together as one ballot: it decides nothing in a disaggregated one."""

    tests: list[TestOut]


class PastPeriodOut(PeriodOut):
    """One period: how many units it carries, and all units together beside them."""

    planned: bool
    units_carried: int
    units_not_carried: int
    entitled_in_units_carried: int
    aggregate: AggregateOut


class MissOut(BaseModel):
    """A unit that today's rules do not carry, and how many votes in support it lacks."""

    name: str
    votes_short: int
    within_reach: bool


class LeftOutRowOut(BaseModel):
    """A row of the file that was not taken, and why."""

    row: int
    message: str


class PastResultsOut(BaseModel):
    """What the rules of each period would have meant for the same units.

    `gained` are the units that today's rules carry and those of the opening day did not; `lost`
    the other way round.
    """

    rule_book: BookKey
    then: PeriodOut
    now: PeriodOut
    whole: NumbersOut
    periods: list[PastPeriodOut]
    gained: list[str]
    lost: list[str]
    closest_misses: list[MissOut]
    units: list[PastUnitOut]
    left_out: list[LeftOutRowOut] = []
    notes: list[str] = []
