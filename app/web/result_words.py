"""A count as staff read it: votes with both percentages, and periods side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.ballots.models import Ballot
from app.results.presentation import book_of, turnout_percent
from app.results.schemas import AnswerVotes, QuestionResult, UnitOut
from app.rules.books import STATUTE
from app.rules.percent import percent
from app.web.filters import percent as on_one_line
from app.web.filters import thousands
from app.web.period_columns import PeriodColumn, columns_of

SPOILED = "Spoiled or left blank"


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """One question's count.

    Attributes:
        text: the question.
        side: the union's side, in the words of the paper.
        votes: (answer, votes, share of the votes cast, share of the valid answers).
        columns: every period of the ballot's own book.
        statute: on an indicative ballot, every period of the law beside it.
        units: rows of a disaggregated ballot, under `unit_columns`.
        unit_columns: (heading, whether it is a number).
    """

    text: str
    side: str
    votes: list[tuple[str, str, str, str]]
    columns: list[PeriodColumn]
    statute: list[PeriodColumn]
    units: list[tuple[str, ...]]
    unit_columns: list[tuple[str, bool]]


def question_words(
    question: QuestionResult,
    *,
    ballot: Ballot,
    votes_cast: int,
    unit: str,
    commenced: Mapping[str, date],
) -> QuestionWords:
    """Put one question's count into words.

    Args:
        question: the count, judged.
        ballot: whose.
        votes_cast: papers returned, valid and spoiled.
        unit: what a unit of a disaggregated ballot is called.
        commenced: the planned changes of law that have their day.
    """
    return QuestionWords(
        text=question.text,
        side=next(each.text for each in question.answers if each.key == question.supported_answer),
        votes=_vote_rows(question.answers, spoiled=question.spoiled, votes_cast=votes_cast),
        columns=columns_of(question, book=book_of(ballot), commenced=commenced),
        statute=columns_of(question.statute, book=STATUTE, commenced=commenced)
        if question.statute
        else [],
        units=[
            _unit_row(each, ballot=ballot, commenced=commenced) for each in question.units or []
        ],
        unit_columns=_unit_columns(question.answers, unit=unit),
    )


def share(part: int, *, whole: int) -> str:
    """Return a percentage for a table cell; nothing has no part."""
    return on_one_line(percent(part, whole=whole)) if whole else "none"


def _vote_rows(
    answers: Sequence[AnswerVotes], *, spoiled: int, votes_cast: int
) -> list[tuple[str, str, str, str]]:
    valid = sum(answer.votes for answer in answers)
    rows = [
        (
            answer.text,
            thousands(answer.votes),
            share(answer.votes, whole=votes_cast),
            share(answer.votes, whole=valid),
        )
        for answer in answers
    ]
    return [*rows, (SPOILED, thousands(spoiled), share(spoiled, whole=votes_cast), "not counted")]


def _unit_columns(answers: Sequence[AnswerVotes], *, unit: str) -> list[tuple[str, bool]]:
    return [
        (unit, False),
        ("Entitled", True),
        ("Voted", True),
        ("Turnout", True),
        *[(answer.text, True) for answer in answers],
        ("Spoiled", True),
        ("By itself", False),
    ]


def _unit_row(unit: UnitOut, *, ballot: Ballot, commenced: Mapping[str, date]) -> tuple[str, ...]:
    return (
        unit.name or "Not stated on the roll",
        thousands(unit.entitled),
        thousands(unit.votes_cast),
        on_one_line(
            turnout_percent(ballot, unit.votes_cast, entitled=unit.entitled, commenced=commenced)
        ),
        *[thousands(answer.votes) for answer in unit.answers],
        thousands(unit.spoiled),
        "Carried" if unit.carried else "Not carried",
    )
