"""The statement of a declared result, in the form of the ballot's own period.

A statutory ballot is told in the lines of 1992 Act s.231 as they stood for its opening day. Other
ballots have no statutory form, and say so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import date

from app.ballots.models import Ballot
from app.core.language import gettext, later
from app.core.spans import span_words
from app.results.calculator import PeriodOut, ThresholdsOut
from app.results.schemas import AnswerVotes, QuestionResult, ResultOut, UnitByStatute
from app.results.statement_schemas import JudgementOut, LineOut, StatedOut, StatementOut
from app.rules.books import BOOK_OF_KIND, Period, Rule, period_in_force
from app.rules.london import london_day
from app.rules.statement import THE_VOTES, Line
from app.rules.timetable import date_of_ballot

EVERY_NUMBER = (Line.ENTITLED, *THE_VOTES)
HEADINGS = {
    "industrial_action": later("Result of a ballot on industrial action"),
    "recognition": later("Result of a ballot on recognition"),
    "indicative": later("Result of an indicative ballot"),
}
ENTITLED = {
    "industrial_action": later("Individuals entitled to vote in the ballot"),
    "recognition": later("Workers constituting the bargaining unit"),
    "indicative": later("Members entitled to vote"),
}
NO_MANDATE = later(
    "This was an indicative ballot. It confers no mandate: no industrial action may be called on "
    "it, whatever its numbers. That takes a ballot under section 226 of the Trade Union and Labour "
    "Relations (Consolidation) Act 1992."
)
TELL_EVERYBODY = later(
    "To be told to everybody entitled to vote as soon as is reasonably practicable after the "
    "ballot, each question by itself."
)
NO_FORM_FOR_RECOGNITION = later(
    "Section 231 of the Trade Union and Labour Relations (Consolidation) Act 1992 is about "
    "industrial action. No form is set for this; it gives every number."
)
BY_UNIT = later(
    "Each unit is decided by itself. All units together stand beside them and decide for none."
)
OWN_FORM = later("The union's own form; no statute sets one")


ANSWERING = {
    "industrial_action": later("Individuals answering"),
    "recognition": later("Workers answering"),
    "indicative": later("Members answering"),
}
SPOILED = later("Spoiled or otherwise invalid voting papers returned")
NOT_STATED = later("Not stated on the roll")
BY_STATUTE = later(
    "What the law would have said of the same numbers in a statutory ballot on industrial action "
    "opened the same day"
)


@dataclass(frozen=True, slots=True)
class _Counted:
    """One question in one unit, or in all together, and what the rules said of it."""

    unit: str | None
    _: KW_ONLY
    entitled: int
    votes_cast: int
    answers: list[AnswerVotes]
    spoiled: int
    judged: ThresholdsOut | UnitByStatute
    statute: ThresholdsOut | UnitByStatute | None


def statement_of(
    result: ResultOut, *, ballot: Ballot, commenced: Mapping[str, date]
) -> StatementOut:
    """Return the statement of a declared result.

    Args:
        result: as the one who asks may see it: units that are withheld are not in it.
        ballot: whose.
        commenced: the planned changes of law that have their day.

    Source:
        1992 Act s.231, in the form of `app.rules.statement` for the ballot's opening day.
    """
    assert result.declared_at is not None  # noqa: S101 - the service lets no other through
    opened_on = london_day(ballot.opens_at)
    period = period_in_force(BOOK_OF_KIND[ballot.kind], opened_on=opened_on, commenced=commenced)
    withheld = {
        question.unit_totals.withheld for question in result.questions if question.unit_totals
    }
    return StatementOut(
        ballot=result.ballot,
        title=ballot.title,
        heading=gettext(HEADINGS[ballot.kind]),
        opened_on=opened_on,
        date_of_ballot=date_of_ballot(ballot.closes_at),
        declared_at=result.declared_at,
        form=PeriodOut.model_validate(period),
        source=period.statement.source if period.statement else gettext(OWN_FORM),
        notes=list(_notes(ballot, period=period)),
        stated=[
            stated
            for question in result.questions
            for stated in _stated(question, result=result, ballot=ballot, period=period)
        ],
        units_withheld=max(withheld, default=0),
    )


def _notes(ballot: Ballot, *, period: Period) -> Iterator[str]:
    if ballot.kind == "indicative":
        yield gettext(NO_MANDATE)
    elif period.statement is None:
        yield gettext(NO_FORM_FOR_RECOGNITION)
    else:
        yield gettext(TELL_EVERYBODY)
    if ballot.disaggregate_by is not None:
        yield gettext(BY_UNIT)


def _stated(
    question: QuestionResult, *, result: ResultOut, ballot: Ballot, period: Period
) -> Iterator[StatedOut]:
    whole = _Counted(
        None,
        entitled=result.entitled,
        votes_cast=result.votes_cast,
        answers=question.answers,
        spoiled=question.spoiled,
        judged=question,
        statute=question.statute,
    )
    units = [
        _Counted(
            unit.name or gettext(NOT_STATED),
            entitled=unit.entitled,
            votes_cast=unit.votes_cast,
            answers=unit.answers,
            spoiled=unit.spoiled,
            judged=unit,
            statute=unit.statute,
        )
        for unit in question.units or []
    ]
    for counted in (whole, *units):
        yield StatedOut(
            question=question.text,
            unit=counted.unit,
            lines=list(_lines(counted, ballot=ballot, period=period)),
            judgement=_judgement(
                counted.judged,
                words=_rules_in_words(
                    ballot, period=period, together=bool(units and not counted.unit)
                ),
            ),
            statute=_judgement(counted.statute, words=gettext(BY_STATUTE))
            if counted.statute
            else None,
        )


def _lines(counted: _Counted, *, ballot: Ballot, period: Period) -> Iterator[LineOut]:
    lines = period.statement.lines if period.statement else EVERY_NUMBER
    if Line.ENTITLED in lines:
        yield LineOut(key="entitled", words=gettext(ENTITLED[ballot.kind]), number=counted.entitled)
    yield LineOut(
        key="votes_cast", words=gettext("Votes cast in the ballot"), number=counted.votes_cast
    )
    for answer in counted.answers:
        words = f"{gettext(ANSWERING[ballot.kind])} “{answer.text}”"
        yield LineOut(key="answer", words=words, number=answer.votes)
    yield LineOut(key="spoiled", words=gettext(SPOILED), number=counted.spoiled)
    tests = {test.test: test for test in counted.judged.tests}
    if Line.TURNOUT_REACHED in lines and period.turnout is not None:
        yield LineOut(
            key="turnout_reached",
            words=gettext(
                "Votes cast were at least %(share)s of the individuals entitled to vote",
                share=_per_cent(period.turnout),
            ),
            reached=tests["turnout"].met,
        )
    if Line.SUPPORT_REACHED in lines and period.support is not None and "support" in tests:
        yield LineOut(
            key="support_reached",
            words=gettext(
                "Individuals answering “Yes” were at least %(share)s of the individuals entitled "
                "to vote",
                share=_per_cent(period.support),
            ),
            reached=tests["support"].met,
        )


def _per_cent(rule: Rule) -> str:
    return f"{rule.threshold * 100}\N{NO-BREAK SPACE}%"


def _judgement(judged: ThresholdsOut | UnitByStatute, *, words: str) -> JudgementOut:
    return JudgementOut(words=words, tests=list(judged.tests), carried=judged.carried)


def _rules_in_words(ballot: Ballot, *, period: Period, together: bool) -> str:
    span = span_words(period.label)
    own = ballot.kind == "indicative"
    if not together and own:
        return gettext("By the union's own yardstick for ballots opened %(span)s", span=span)
    if not together:
        return gettext("By the rules for ballots opened %(span)s", span=span)
    if own:
        return gettext(
            "Beside the units, and deciding for none of them, by the union's own yardstick for "
            "ballots opened %(span)s",
            span=span,
        )
    return gettext(
        "Beside the units, and deciding for none of them, by the rules for ballots opened %(span)s",
        span=span,
    )
