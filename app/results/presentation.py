"""Put a count into the form in which people read it, held against the rules."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session

from app.ballots import repository as ballots
from app.ballots.commencements import commenced as commenced_in
from app.ballots.law import has_statute_beside, support_test_may_apply_to
from app.ballots.models import Ballot
from app.ballots.schemas import QuestionIO
from app.ballots.service import key_of
from app.results.calculator import ThresholdsOut, comparison_out
from app.results.count import Count, QuestionCount
from app.results.models import WHOLE
from app.results.schemas import QuestionResult, ResultOut, UnitOut
from app.results.units import (
    answers_of,
    entitled_by_unit,
    judged_units,
    numbers_of,
    totals_of,
)
from app.results.withholding import withheld_units
from app.rules import thresholds
from app.rules.books import BOOK_OF_KIND, STATUTE, BookKey, period_in_force
from app.rules.london import london_day
from app.rules.percent import percent
from app.security.models import Role
from app.security.service import Staff


def book_of(ballot: Ballot) -> BookKey:
    """Return the key of the rule book that a kind of ballot is judged by."""
    return BOOK_OF_KIND[ballot.kind]


def result_out(
    session: Session, ballot: Ballot, counts: Mapping[str | None, Count], *, staff: Staff | None
) -> ResultOut:
    """Return a count as a result, with what the one who asks may see of its units."""
    units: Mapping[str, int] = {}
    if ballot.disaggregate_by is not None:
        cells = ballots.cells_of(session, key_of(ballot))
        units = entitled_by_unit(cells, grouping=ballot.disaggregate_by)
    hidden: frozenset[str] = frozenset()
    if not sees_every_unit(ballot, staff=staff):
        hidden = withheld_units(units, floor=ballot.floor)
    return judged_result(
        ballot,
        ballots.questions_of(session, key_of(ballot)),
        counts,
        entitled=ballots.entitled_count(session, key_of(ballot)),
        units={name: size for name, size in units.items() if name not in hidden},
        withheld=len(hidden),
        commenced=commenced_in(session),
    )


def judged_result(  # noqa: PLR0913 - a result depends on this many facts
    ballot: Ballot,
    questions: Sequence[QuestionIO],
    counts: Mapping[str | None, Count],
    *,
    entitled: int,
    units: Mapping[str, int],
    withheld: int,
    commenced: Mapping[str, date],
) -> ResultOut:
    """Hold a count against the rules, question by question, and unit by unit.

    Args:
        ballot: whose.
        questions: what its paper asks, in order.
        counts: the whole under `WHOLE`, and each unit that has votes under its name.
        entitled: members entitled in the whole.
        units: members entitled, by the name of each unit to be shown.
        withheld: how many units are not shown to the one who asks.
        commenced: the planned changes of law that have their day.
    """
    whole = counts[WHOLE]
    return ResultOut(
        ballot=ballot.slug,
        declared_at=ballot.declared_at,
        entitled=entitled,
        votes_cast=whole.votes_cast,
        turnout_percent=turnout_percent(
            ballot, whole.votes_cast, entitled=entitled, commenced=commenced
        ),
        questions=[
            _question_result(
                ballot,
                question,
                counts[WHOLE].questions[question.key],
                entitled=entitled,
                units=judged_units(ballot, question, counts, units=units, commenced=commenced),
                withheld=withheld,
                commenced=commenced,
            )
            for question in questions
        ],
    )


def turnout_percent(
    ballot: Ballot, votes_cast: int, *, entitled: int, commenced: Mapping[str, date]
) -> str:
    """Return turnout for showing, which one vote short of a threshold never shows as reaching it.

    The threshold is that of the ballot's own book, or of the statute beside it.
    """
    opened_on = london_day(ballot.opens_at)
    books = (book_of(ballot), STATUTE) if has_statute_beside(ballot) else (book_of(ballot),)
    rules = (
        period_in_force(book, opened_on=opened_on, commenced=commenced).turnout for book in books
    )
    threshold = next((rule.threshold for rule in rules if rule is not None), None)
    return percent(votes_cast, whole=entitled, threshold=threshold)


def sees_every_unit(ballot: Ballot, *, staff: Staff | None) -> bool:
    """Say whether small units are shown: to headquarters, and not to another's scrutineer."""
    if staff is None:
        return False
    if staff.role is Role.SCRUTINEER:
        return ballot.scrutineer in {None, staff.name}
    return staff.role is Role.HQ


def _question_result(  # noqa: PLR0913 - a judgement depends on this many facts
    ballot: Ballot,
    question: QuestionIO,
    counted: QuestionCount,
    *,
    entitled: int,
    units: list[UnitOut],
    withheld: int,
    commenced: Mapping[str, date],
) -> QuestionResult:
    numbers = numbers_of(question, counted, entitled=entitled)

    def by(book: BookKey) -> ThresholdsOut:
        comparison = thresholds.compare(
            numbers,
            book=book,
            opened_on=london_day(ballot.opens_at),
            important_public_service=support_test_may_apply_to(ballot),
            commenced=commenced,
        )
        return comparison_out(comparison)

    disaggregated = ballot.disaggregate_by is not None
    return QuestionResult(
        **by(book_of(ballot)).model_dump(),
        key=question.key,
        text=question.text,
        supported_answer=question.supported_answer,
        answers=answers_of(question, counted),
        spoiled=counted.spoiled,
        statute=by(STATUTE) if has_statute_beside(ballot) else None,
        units=units if disaggregated else None,
        unit_totals=totals_of(units, withheld=withheld) if disaggregated else None,
    )
