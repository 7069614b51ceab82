"""Every rule book and period in words, with what comes of worked examples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.language import day_words, gettext, later
from app.core.spans import span_words
from app.rules.action_notice import ACTION_NOTICES
from app.rules.books import BOOKS, Period, RuleBook, periods, status
from app.rules.examples import EXAMPLES, Example, day_examples
from app.rules.period import Rule
from app.rules.statement import Line
from app.rules.timetable import BALLOT_DAYS, BallotDays
from app.rules.units import judge_unit
from app.web.filters import thousands
from app.web.language import in_english
from app.web.unit_words import margin_words

LINES = {
    Line.ENTITLED: later("individuals entitled to vote"),
    Line.VOTES_CAST: later("votes cast"),
    Line.SUPPORTING: later("Yes"),
    Line.OPPOSING: later("No"),
    Line.SPOILED: later("spoiled or otherwise invalid papers"),
    Line.TURNOUT_REACHED: later("whether votes cast were at least 50 % of those entitled"),
    Line.SUPPORT_REACHED: later(
        "in important public services, whether Yes was at least 40 % of them"
    ),
}
# How a status reads, and how its tag looks.
STATUSES = {
    "past": (later("Past"), None),
    "in force": (later("In force"), "good"),
    "planned": (later("Planned"), "notice"),
}
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """One period: what it asks, where that stands, and how it came.

    Attributes:
        title: its opening days.
        status: in words.
        status_kind: how its tag looks.
        rules: (name, rule, source) of each.
        history: how they came, in English, and where that stands.
    """

    title: str
    status: str
    status_kind: str | None
    rules: list[Row]
    history: tuple[str, str]


@dataclass(frozen=True, slots=True)
class BookWords:
    """One rule book.

    Attributes:
        key: its name in the code.
        title: its name in words.
        note: what it is for.
        periods: in the order of their days.
        example_columns: (heading, whether it is a number): the example, then each period.
        examples: one row for each, its outcome under each period.
    """

    key: str
    title: str
    note: str
    periods: list[PeriodWords]
    example_columns: list[tuple[str, bool]]
    examples: list[Row]


def book_words(*, today: date, commenced: Mapping[str, date]) -> list[BookWords]:
    """Return every rule book in words, as it stands on a London day.

    Args:
        today: the day that decides what is past, in force or planned.
        commenced: the planned changes of law that have their day.
    """
    return [
        _book(book, dated=periods(book.key, commenced=commenced), today=today)
        for book in BOOKS.values()
    ]


def _book(book: RuleBook, *, dated: Sequence[Period], today: date) -> BookWords:
    return BookWords(
        key=book.key,
        title=gettext(book.title),
        note=gettext(book.note),
        periods=[_period(period, today=today) for period in dated],
        example_columns=[
            (gettext("Example"), False),
            *[(_capital(each.label), False) for each in dated],
        ],
        examples=[_example(each, dated=dated) for each in EXAMPLES if each.book == book.key],
    )


def day_rows() -> list[Row]:
    """Return the rules of the days of a statutory ballot: what, for which ballots, where."""
    rows = [row for rules in BALLOT_DAYS for row in _days(rules)]
    for notice in ACTION_NOTICES:
        said = gettext("the %(days)s days before the first day of action", days=notice.days)
        if notice.days_if_agreed:
            agreed = gettext("%(number)s if the employer agrees", number=notice.days_if_agreed)
            said = f"{said}, {agreed}"
        rows.append(
            (
                gettext("Notice of action"),
                span_words(notice.label),
                said,
                in_english(notice.source),
            )
        )
    return rows


def day_example_rows() -> list[Row]:
    """Return the worked examples of days: what is asked, the day, by which rule, whose example."""
    return [
        (
            in_english(each.asked),
            day_words(each.answer.day),
            in_english(each.answer.source),
            gettext(each.origin),
        )
        for each in day_examples()
    ]


def _days(rules: BallotDays) -> Iterator[Row]:
    opened = gettext("opened %(span)s", span=span_words(rules.label))
    yield (
        gettext("Notice of ballot"),
        opened,
        _before_opening(rules.notice_days),
        in_english(rules.notice_source),
    )
    yield (
        gettext("Sample voting paper"),
        opened,
        _before_opening(rules.sample_days),
        in_english(rules.sample_source),
    )
    months = gettext(
        "%(months)s months beginning with the date of the ballot", months=rules.mandate_months
    )
    if rules.mandate_months_if_agreed:
        longest = rules.mandate_months_if_agreed
        agreed = gettext("up to %(number)s if the employer agrees", number=longest)
        months = f"{months}, {agreed}"
    yield (gettext("Mandate"), opened, months, in_english(rules.mandate_source))


def _before_opening(days: int) -> str:
    return gettext("%(days)s days before the opening day at the latest", days=days)


def _period(period: Period, *, today: date) -> PeriodWords:
    words, kind = STATUSES[status(period, on=today)]
    return PeriodWords(
        title=_capital(period.label),
        status=gettext(words),
        status_kind=kind,
        rules=list(_rules(period)),
        history=(period.history, period.source),
    )


def _rules(period: Period) -> Iterator[Row]:
    if period.turnout is None:
        yield (gettext("Turnout"), gettext("No turnout test."), "")
    else:
        share = _part(period.turnout)
        said = gettext("At least %(share)s of those entitled vote.", share=share)
        yield (gettext("Turnout"), said, period.turnout.source)
    if period.support is None:
        yield (gettext("Support"), gettext("No support test."), "")
    else:
        yield (gettext("Support"), _support(period.support), period.support.source)
    most = gettext("More than half of those voting are in support.")
    yield (gettext("Majority"), most, period.majority.source)
    if period.spoiled_count_as_voting:
        spoiled = gettext("A spoiled paper counts as voting.")
    else:
        spoiled = gettext("A spoiled paper does not count as voting.")
    yield (gettext("Spoiled papers"), spoiled, period.spoiled_source)
    if period.statement is not None:
        lines = "; ".join(gettext(LINES[line]) for line in period.statement.lines)
        told = gettext("Of each question: %(lines)s.", lines=lines)
        yield (gettext("To be told"), told, period.statement.source)


def _support(rule: Rule) -> str:
    share = _part(rule)
    if rule.only_important_public_services:
        return gettext(
            "At least %(share)s of those entitled are in support, in important public services "
            "only.",
            share=share,
        )
    return gettext("At least %(share)s of those entitled are in support.", share=share)


def _part(rule: Rule) -> str:
    return f"{rule.threshold * 100}\N{NO-BREAK SPACE}%"


def _example(example: Example, *, dated: Sequence[Period]) -> Row:
    count = example.count
    numbers = gettext(
        "%(entitled)s entitled, %(cast)s votes cast: %(supporting)s in support, %(opposing)s "
        "against, %(spoiled)s spoiled",
        entitled=thousands(count.entitled),
        cast=thousands(count.votes_cast),
        supporting=thousands(count.supporting),
        opposing=thousands(count.opposing),
        spoiled=thousands(count.spoiled),
    )
    public = example.important_public_service
    return (
        f"{gettext(example.title)}. {numbers} ({gettext(example.origin)}).",
        *[
            margin_words(judge_unit(count, period=period, important_public_service=public))
            for period in dated
        ],
    )


def _capital(label: str) -> str:
    label = span_words(label)
    return label[:1].upper() + label[1:]
