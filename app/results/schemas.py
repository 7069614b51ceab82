"""A result as it crosses the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from app.results.calculator import TestOut, ThresholdsOut


class AnswerVotes(BaseModel):
    """Votes for one answer."""

    key: str
    text: str
    votes: int


class UnitByStatute(BaseModel):
    """What the industrial-action book in force says of one unit's numbers.

    `margin` counts votes in support: to spare where it is carried, and, below nought, how many
    more would have carried it; `within_reach` says whether those who did not vote were enough.
    """

    tests: list[TestOut]
    carried: bool
    margin: int
    within_reach: bool


class UnitOut(UnitByStatute):
    """One unit of a disaggregated ballot, decided by itself (1992 Act s.228)."""

    name: str
    entitled: int
    votes_cast: int
    turnout_percent: str
    answers: list[AnswerVotes]
    spoiled: int
    statute: UnitByStatute | None = None


class UnitTotals(BaseModel):
    """How many units are carried and not, of those shown, and how many are withheld."""

    carried: int
    not_carried: int
    withheld: int


class QuestionResult(ThresholdsOut):
    """One question: the votes, the tests of the period in force, and every other period's answer.

    `statute` stands on an indicative ballot: what the industrial-action book in force on its
    opening day says of the same numbers. `units` stands on a disaggregated one; units under the
    floor, and as many more as would give them away, are left out for the public.
    """

    key: str
    text: str
    supported_answer: str
    answers: list[AnswerVotes]
    spoiled: int
    statute: ThresholdsOut | None = None
    units: list[UnitOut] | None = None
    unit_totals: UnitTotals | None = None


class ResultOut(BaseModel):
    """The result of a ballot."""

    ballot: str
    declared_at: datetime | None
    entitled: int
    votes_cast: int
    turnout_percent: str
    questions: list[QuestionResult]


class AwaitedOut(BaseModel):
    """What the first of two officers confirmed, and for whom the declaration waits.

    `outcome` is null while it waits: then approved, refused, or withdrawn.
    """

    ballot: str
    confirmed_by: str
    confirmed_at: datetime
    awaits: Literal["hq", "scrutineer"]
    scrutineer: str | None
    outcome: str | None
