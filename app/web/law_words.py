"""Every rule book and period in words, with what comes of worked examples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.rules.action_notice import ACTION_NOTICES
from app.rules.books import BOOKS, Period, RuleBook, periods, status
from app.rules.days import in_words
from app.rules.examples import EXAMPLES, Example, day_examples
from app.rules.period import Rule
from app.rules.statement import Line
from app.rules.timetable import BALLOT_DAYS, BallotDays
from app.rules.units import judge_unit
from app.web.filters import plural, thousands
from app.web.unit_words import margin_words

LINES = {
    Line.ENTITLED: "individuals entitled to vote",
    Line.VOTES_CAST: "votes cast",
    Line.SUPPORTING: "Yes",
    Line.OPPOSING: "No",
    Line.SPOILED: "spoiled or otherwise invalid papers",
    Line.TURNOUT_REACHED: "whether votes cast were at least 50 % of those entitled",
    Line.SUPPORT_REACHED: "in important public services, whether Yes was at least 40 % of them",
}
# How a status reads, and how its tag looks.
STATUSES = {
    "past": ("Past", None),
    "in force": ("In force", "good"),
    "planned": ("Planned", "notice"),
}
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """One period: what it asks, where that stands, and how it came.

    Attributes:
        title: its opening days.
        status: in words.
        status_kind: how its tag looks.
        rules: (name, rule, source) of each, and how they came.
    """

    title: str
    status: str
    status_kind: str | None
    rules: list[Row]


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
        title=book.title,
        note=book.note,
        periods=[_period(period, today=today) for period in dated],
        example_columns=[("Example", False), *[(_capital(each.label), False) for each in dated]],
        examples=[_example(each, dated=dated) for each in EXAMPLES if each.book == book.key],
    )


def day_rows() -> list[Row]:
    """Return the rules of the days of a statutory ballot: what, for which ballots, where."""
    rows = [row for rules in BALLOT_DAYS for row in _days(rules)]
    for notice in ACTION_NOTICES:
        agreed = (
            f", {notice.days_if_agreed} if the employer agrees" if notice.days_if_agreed else ""
        )
        rows.append(
            (
                "Notice of action",
                notice.label,
                f"the {notice.days} days before the first day of action{agreed}",
                notice.source,
            )
        )
    return rows


def day_example_rows() -> list[Row]:
    """Return the worked examples of days: what is asked, the day, by which rule, whose example."""
    return [
        (each.asked, in_words(each.answer.day), each.answer.source, each.origin)
        for each in day_examples()
    ]


def _days(rules: BallotDays) -> Iterator[Row]:
    before = "days before the opening day at the latest"
    opened = f"opened {rules.label}"
    yield ("Notice of ballot", opened, f"{rules.notice_days} {before}", rules.notice_source)
    yield ("Sample voting paper", opened, f"{rules.sample_days} {before}", rules.sample_source)
    longest = rules.mandate_months_if_agreed
    agreed = f", up to {longest} if the employer agrees" if longest else ""
    months = f"{rules.mandate_months} months beginning with the date of the ballot{agreed}"
    yield ("Mandate", opened, months, rules.mandate_source)


def _period(period: Period, *, today: date) -> PeriodWords:
    words, kind = STATUSES[status(period, on=today)]
    return PeriodWords(
        title=_capital(period.label),
        status=words,
        status_kind=kind,
        rules=list(_rules(period)),
    )


def _rules(period: Period) -> Iterator[Row]:
    if period.turnout is None:
        yield ("Turnout", "No turnout test.", "")
    else:
        part = _part(period.turnout)
        yield ("Turnout", f"At least {part} of those entitled vote.", period.turnout.source)
    if period.support is None:
        yield ("Support", "No support test.", "")
    else:
        only = period.support.only_important_public_services
        where = ", in important public services only" if only else ""
        said = f"At least {_part(period.support)} of those entitled are in support{where}."
        yield ("Support", said, period.support.source)
    yield ("Majority", "More than half of those voting are in support.", period.majority.source)
    counts = "counts" if period.spoiled_count_as_voting else "does not count"
    yield ("Spoiled papers", f"A spoiled paper {counts} as voting.", period.spoiled_source)
    if period.statement is not None:
        lines = "; ".join(LINES[line] for line in period.statement.lines)
        yield ("To be told", f"Of each question: {lines}.", period.statement.source)
    yield ("How it came", period.history, period.source)


def _part(rule: Rule) -> str:
    return f"{rule.threshold * 100}\N{NO-BREAK SPACE}%"


def _example(example: Example, *, dated: Sequence[Period]) -> Row:
    count = example.count
    numbers = (
        f"{thousands(count.entitled)} entitled, {plural(count.votes_cast, 'vote')} cast: "
        f"{thousands(count.supporting)} in support, {thousands(count.opposing)} against, "
        f"{thousands(count.spoiled)} spoiled"
    )
    public = example.important_public_service
    return (
        f"{example.title}. {numbers} ({example.origin}).",
        *[
            margin_words(judge_unit(count, period=period, important_public_service=public))
            for period in dated
        ],
    )


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]
