"""The shape of dated law: a book has periods, a period has tests, a test has a source."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from app.rules.days import in_words
from app.rules.statement import Statement

Status = Literal["past", "in force", "planned"]


class CommencedTooEarly(ValueError):
    """Refused because a planned rule cannot begin before the rules that it replaces."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One threshold, and where it stands written.

    `only_important_public_services` narrows the test to ballots in which the majority of those
    entitled are normally engaged in important public services.
    """

    threshold: Fraction
    source: str
    only_important_public_services: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """The rules for every ballot that opened in one span of days.

    A test that does not apply is None. Turnout counts every paper returned; whether a spoiled
    paper also counts as voting, and so raises the bar for the majority, is a dated rule of its
    own, with a source of its own.

    Attributes:
        since: first opening day; None where the book has no beginning, or no day is appointed.
        until: last opening day, inclusive; None while no end is known.
        label: the span in plain words.
        source: what makes the period begin.
        turnout: votes cast must be at least this part of those entitled.
        support: votes for the supported side must be at least this part of those entitled.
        majority: votes for the supported side must be strictly more than this part of those voting.
        spoiled_count_as_voting: whether a spoiled paper is one of "those voting".
        spoiled_source: where that stands.
        planned_key: the change of law that brings this period, where its day is not fixed by law.
        history: how the change that brings this period was made, announced or put off.
        statement: what must be published of a result; None where no statute says.
    """

    since: date | None
    until: date | None
    label: str
    source: str
    turnout: Rule | None
    support: Rule | None
    majority: Rule
    spoiled_count_as_voting: bool
    spoiled_source: str
    planned_key: str | None = None
    history: str = ""
    statement: Statement | None = None

    @property
    def awaits_its_day(self) -> bool:
        """Say whether this is a planned change with no day yet: it applies to nothing."""
        return self.planned_key is not None and self.since is None

    def covers(self, day: date) -> bool:
        """Say whether a ballot that opened on this day falls under these rules."""
        if self.awaits_its_day or (self.since is not None and day < self.since):
            return False
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True)
class RuleBook:
    """One kind of ballot: what it is judged by, period after period in the order of their days."""

    key: str
    title: str
    note: str
    periods: tuple[Period, ...]


def status(period: Period, *, on: date) -> Status:
    """Say how a period stands on a day: past, in force, or still to come."""
    if period.covers(on):
        return "in force"
    over = period.until is not None and period.until < on
    return "past" if over else "planned"


def span_in_words(*, since: date, until: date | None) -> str:
    """Return a span of opening days as people write it; both ends belong to it."""
    if until is None:
        return f"from {in_words(since)}"
    return f"{in_words(since)} to {in_words(until)}"


def commence(periods: tuple[Period, ...], *, commenced: Mapping[str, date]) -> tuple[Period, ...]:
    """Give planned periods the day on which they began, and end the period before.

    The period before keeps every ballot that opened up to and including the day before.

    Args:
        periods: one book's periods, in the order of their days.
        commenced: the first opening day of each planned change, by `planned_key`.

    Raises:
        CommencedTooEarly: the day is not after the day on which the period before began.
    """
    begun: list[Period] = []
    for period in periods:
        day = commenced.get(period.planned_key or "")
        if day is None:
            begun.append(period)
            continue
        begun[-1] = _ended(begun[-1], before=day)
        begun.append(replace(period, since=day, label=span_in_words(since=day, until=period.until)))
    return tuple(begun)


def _ended(period: Period, *, before: date) -> Period:
    if period.since is None or before <= period.since:
        raise CommencedTooEarly(
            f"A change of law cannot begin on {in_words(before)}: "
            f"the rules that it replaces run {period.label}."
        )
    until = before - timedelta(days=1)
    return replace(period, until=until, label=span_in_words(since=period.since, until=until))
