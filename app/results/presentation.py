"""Put a count into the form in which people read it, held against the rules."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from app.ballots import repository as ballots
from app.ballots.commencements import commenced as commenced_in
from app.ballots.law import has_statute_beside, support_test_may_apply_to
from app.ballots.models import Ballot
from app.ballots.schemas import QuestionIO
from app.ballots.service import key_of
from app.results.calculator import TestOut, ThresholdsOut, comparison_out
from app.results.count import Count, QuestionCount
from app.results.models import WHOLE
from app.results.schemas import AnswerVotes, QuestionResult, ResultOut, UnitOut
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
    entitled = ballots.entitled_count(session, key_of(ballot))
    whole = counts[WHOLE]
    units = _entitled_by_unit(session, ballot)
    hidden: frozenset[str] = frozenset()
    begun = commenced_in(session)
    if not _sees_every_unit(staff):
        hidden = withheld_units(units, floor=ballot.floor)
    shown = {name: size for name, size in units.items() if name not in hidden}
    return ResultOut(
        ballot=ballot.slug,
        declared_at=ballot.declared_at,
        entitled=entitled,
        votes_cast=whole.votes_cast,
        turnout_percent=turnout_percent(
            ballot, whole.votes_cast, entitled=entitled, commenced=begun
        ),
        questions=[
            _question_result(
                ballot, question, counts, entitled=entitled, units=shown, commenced=begun
            )
            for question in ballots.questions_of(session, key_of(ballot))
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


def _sees_every_unit(staff: Staff | None) -> bool:
    return staff is not None and staff.role in {Role.HQ, Role.SCRUTINEER}


def _entitled_by_unit(session: Session, ballot: Ballot) -> dict[str, int]:
    if ballot.disaggregate_by is None:
        return {}
    units: dict[str, int] = {}
    for cell in ballots.cells_of(session, key_of(ballot)):
        name = cell.group(ballot.disaggregate_by)
        units[name] = units.get(name, 0) + cell.entitled
    return dict(sorted(units.items()))


def _question_result(  # noqa: PLR0913 - a judgement depends on this many facts
    ballot: Ballot,
    question: QuestionIO,
    counts: Mapping[str | None, Count],
    *,
    entitled: int,
    units: Mapping[str, int],
    commenced: Mapping[str, date],
) -> QuestionResult:
    counted = counts[WHOLE].questions[question.key]
    numbers = _numbers(question, counted, entitled=entitled)

    def by(book: BookKey) -> ThresholdsOut:
        comparison = thresholds.compare(
            numbers,
            book=book,
            opened_on=london_day(ballot.opens_at),
            important_public_service=support_test_may_apply_to(ballot),
            commenced=commenced,
        )
        return comparison_out(comparison)

    return QuestionResult(
        **by(book_of(ballot)).model_dump(),
        key=question.key,
        text=question.text,
        supported_answer=question.supported_answer,
        answers=_answers(question, counted),
        spoiled=counted.spoiled,
        statute=by(STATUTE) if has_statute_beside(ballot) else None,
        units=_units(ballot, question, counts, units=units, commenced=commenced)
        if ballot.disaggregate_by
        else None,
    )


def _numbers(question: QuestionIO, counted: QuestionCount, *, entitled: int) -> thresholds.Count:
    supporting = counted.votes[question.supported_answer]
    return thresholds.Count(
        entitled=entitled,
        votes_cast=counted.votes_cast,
        supporting=supporting,
        opposing=sum(counted.votes.values()) - supporting,
        spoiled=counted.spoiled,
    )


def _answers(question: QuestionIO, counted: QuestionCount) -> list[AnswerVotes]:
    return [
        AnswerVotes(key=answer.key, text=answer.text, votes=counted.votes[answer.key])
        for answer in question.answers
    ]


def _units(
    ballot: Ballot,
    question: QuestionIO,
    counts: Mapping[str | None, Count],
    *,
    units: Mapping[str, int],
    commenced: Mapping[str, date],
) -> list[UnitOut]:
    period = period_in_force(
        book_of(ballot), opened_on=london_day(ballot.opens_at), commenced=commenced
    )
    nothing = QuestionCount(votes={answer.key: 0 for answer in question.answers}, spoiled=0)
    found = []
    for name, entitled in units.items():
        counted = counts[name].questions[question.key] if name in counts else nothing
        judgement = thresholds.judge(
            _numbers(question, counted, entitled=entitled),
            period=period,
            important_public_service=support_test_may_apply_to(ballot),
        )
        found.append(
            UnitOut(
                name=name,
                entitled=entitled,
                votes_cast=counted.votes_cast,
                answers=_answers(question, counted),
                spoiled=counted.spoiled,
                tests=[TestOut.model_validate(test) for test in judgement.tests],
                carried=judgement.carried,
            )
        )
    return found
