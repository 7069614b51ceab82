"""The units of a disaggregated ballot: each decided by itself, and by how many votes."""

from collections.abc import Iterable, Mapping
from datetime import date

from app.ballots.law import has_statute_beside, support_test_may_apply_to
from app.ballots.models import Ballot
from app.ballots.repository import Cell
from app.ballots.schemas import QuestionIO
from app.results.calculator import TestOut
from app.results.count import Count, QuestionCount
from app.results.schemas import AnswerVotes, UnitByStatute, UnitOut, UnitTotals
from app.rules import thresholds
from app.rules.books import BOOK_OF_KIND, STATUTE, Period, period_in_force
from app.rules.london import london_day
from app.rules.percent import percent
from app.rules.units import Judged, judge_unit


def entitled_by_unit(cells: Iterable[Cell], *, grouping: str) -> dict[str, int]:
    """Return how many are entitled in each unit, by name; a unit of nobody is none."""
    units: dict[str, int] = {}
    for cell in cells:
        name = cell.group(grouping)
        units[name] = units.get(name, 0) + cell.entitled
    return {name: entitled for name, entitled in sorted(units.items()) if entitled}


def numbers_of(question: QuestionIO, counted: QuestionCount, *, entitled: int) -> thresholds.Count:
    """Return one question's count as the rules want it."""
    supporting = counted.votes[question.supported_answer]
    return thresholds.Count(
        entitled=entitled,
        votes_cast=counted.votes_cast,
        supporting=supporting,
        opposing=sum(counted.votes.values()) - supporting,
        spoiled=counted.spoiled,
    )


def answers_of(question: QuestionIO, counted: QuestionCount) -> list[AnswerVotes]:
    """Return the votes for each answer, in the order of the paper."""
    return [
        AnswerVotes(key=answer.key, text=answer.text, votes=counted.votes[answer.key])
        for answer in question.answers
    ]


def judged_units(
    ballot: Ballot,
    question: QuestionIO,
    counts: Mapping[str | None, Count],
    *,
    units: Mapping[str, int],
    commenced: Mapping[str, date],
) -> list[UnitOut]:
    """Judge one question in each unit, by the ballot's own book and by the statute beside it.

    Args:
        ballot: whose.
        question: which.
        counts: the votes of each unit that has any.
        units: members entitled, by the name of the unit; those to be shown.
        commenced: the planned changes of law that have their day.

    Source:
        1992 Act s.228 and s.228A: a disaggregated ballot is decided unit by unit.
    """
    opened_on = london_day(ballot.opens_at)
    own = period_in_force(BOOK_OF_KIND[ballot.kind], opened_on=opened_on, commenced=commenced)
    statute = None
    if has_statute_beside(ballot):
        statute = period_in_force(STATUTE, opened_on=opened_on, commenced=commenced)
    nothing = QuestionCount(votes={answer.key: 0 for answer in question.answers}, spoiled=0)
    return [
        _unit_out(
            ballot,
            question,
            counts[name].questions[question.key] if name in counts else nothing,
            name=name,
            entitled=entitled,
            own=own,
            statute=statute,
        )
        for name, entitled in units.items()
    ]


def totals_of(units: Iterable[UnitOut], *, withheld: int) -> UnitTotals:
    """Count the units that are carried and not, among those shown."""
    outcomes = [unit.carried for unit in units]
    carried = sum(outcomes)
    return UnitTotals(carried=carried, not_carried=len(outcomes) - carried, withheld=withheld)


def _unit_out(  # noqa: PLR0913 - a judgement depends on this many facts
    ballot: Ballot,
    question: QuestionIO,
    counted: QuestionCount,
    *,
    name: str,
    entitled: int,
    own: Period,
    statute: Period | None,
) -> UnitOut:
    numbers = numbers_of(question, counted, entitled=entitled)

    def by(period: Period) -> Judged:
        public = support_test_may_apply_to(ballot)
        return judge_unit(numbers, period=period, important_public_service=public)

    judged = by(own)
    rule = own.turnout or (statute and statute.turnout)
    return UnitOut(
        name=name,
        entitled=entitled,
        votes_cast=counted.votes_cast,
        turnout_percent=percent(
            counted.votes_cast, whole=entitled, threshold=rule.threshold if rule else None
        ),
        answers=answers_of(question, counted),
        spoiled=counted.spoiled,
        **_outcome(judged),
        statute=UnitByStatute(**_outcome(by(statute))) if statute else None,
    )


def _outcome(judged: Judged) -> dict[str, object]:
    return {
        "tests": [TestOut.model_validate(test) for test in judged.judgement.tests],
        "carried": judged.carried,
        "margin": judged.margin,
        "within_reach": judged.within_reach,
    }
