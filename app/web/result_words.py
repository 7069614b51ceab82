"""A count as staff read it: votes with both percentages, and periods side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.ballots.models import Ballot
from app.core.language import gettext, later
from app.results.presentation import book_of
from app.results.schemas import AnswerVotes, QuestionResult
from app.rules.books import STATUTE
from app.rules.percent import percent
from app.web.ballot_words import GROUPINGS
from app.web.filters import percent as on_one_line
from app.web.filters import thousands
from app.web.period_columns import PeriodColumn, columns_of
from app.web.unit_words import UnitWords, unit_words

SPOILED = later("Spoiled or left blank")
IN_APRIL = later("Before and after the April change")
EVERY_PERIOD = later("Under the rules of each period")


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """One question's count.

    Attributes:
        text: the question.
        side: the union's side, in the words of the paper.
        votes: (answer, votes, share of the votes cast, share of the valid answers).
        heading: what to call the periods side by side.
        columns: every period of the ballot's own book.
        statute: on an indicative ballot, every period of the law beside it.
        units: each unit of a disaggregated ballot by itself; None where it has none.
    """

    text: str
    side: str
    votes: list[tuple[str, str, str, str]]
    heading: str
    columns: list[PeriodColumn]
    statute: list[PeriodColumn]
    units: UnitWords | None


def question_words(
    question: QuestionResult,
    *,
    ballot: Ballot,
    votes_cast: int,
    commenced: Mapping[str, date],
) -> QuestionWords:
    """Put one question's count into words.

    Args:
        question: the count, judged.
        ballot: whose.
        votes_cast: papers returned, valid and spoiled.
        commenced: the planned changes of law that have their day.
    """
    one, _ = GROUPINGS[ballot.disaggregate_by or "branch"]
    columns = columns_of(question, book=book_of(ballot), commenced=commenced)
    changed = any(column.beside_april for column in columns)
    return QuestionWords(
        text=question.text,
        side=next(each.text for each in question.answers if each.key == question.supported_answer),
        votes=_vote_rows(question.answers, spoiled=question.spoiled, votes_cast=votes_cast),
        heading=gettext(IN_APRIL if changed else EVERY_PERIOD),
        columns=columns,
        statute=columns_of(question.statute, book=STATUTE, commenced=commenced)
        if question.statute
        else [],
        units=unit_words(question, one=one),
    )


def share(part: int, *, whole: int) -> str:
    """Return a percentage for a table cell; nothing has no part."""
    return on_one_line(percent(part, whole=whole)) if whole else gettext("none")


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
    of_all = share(spoiled, whole=votes_cast)
    return [*rows, (gettext(SPOILED), thousands(spoiled), of_all, gettext("not counted"))]
