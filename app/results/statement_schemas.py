"""A statement of a result as it crosses the wire."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from app.results.calculator import PeriodOut, TestOut

LineKey = Literal[
    "entitled",
    "votes_cast",
    "answer",
    "spoiled",
    "turnout_reached",
    "support_reached",
]


class LineOut(BaseModel):
    """One line: what it tells, and either a number or a yes or no."""

    key: LineKey
    words: str
    number: int | None = None
    reached: bool | None = None


class JudgementOut(BaseModel):
    """Which rules the numbers were held against, and what came of it."""

    words: str
    tests: list[TestOut]
    carried: bool


class StatedOut(BaseModel):
    """The lines of one question, in one unit or in all of them together (`unit` is null)."""

    question: str
    unit: str | None
    lines: list[LineOut]
    judgement: JudgementOut
    statute: JudgementOut | None = None


class StatementOut(BaseModel):
    """What is to be told of a result, in the form of the period in which its ballot opened.

    `notes` say what the statement is and is not; `stated` holds each question, all units together
    first and then unit by unit.
    """

    ballot: str
    title: str
    heading: str
    opened_on: date
    date_of_ballot: date
    declared_at: datetime
    form: PeriodOut
    source: str
    notes: list[str]
    stated: list[StatedOut]
    units_withheld: int = 0
