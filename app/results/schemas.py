"""A result as it crosses the wire."""

from datetime import datetime

from pydantic import BaseModel

from app.results.calculator import TestOut, ThresholdsOut


class AnswerVotes(BaseModel):
    """Votes for one answer."""

    key: str
    text: str
    votes: int


class UnitOut(BaseModel):
    """One unit of a disaggregated ballot, decided by itself (1992 Act s.228)."""

    name: str
    entitled: int
    votes_cast: int
    answers: list[AnswerVotes]
    spoiled: int
    tests: list[TestOut]
    carried: bool


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


class ResultOut(BaseModel):
    """The result of a ballot."""

    ballot: str
    declared_at: datetime | None
    entitled: int
    votes_cast: int
    turnout_percent: str
    questions: list[QuestionResult]
