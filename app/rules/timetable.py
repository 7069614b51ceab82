"""The days of a statutory ballot on industrial action, from notice of it to the mandate's end.

They follow the day on which the ballot opened. Notice of action follows the day on which it is
received: see `app.rules.action_notice`. All days are calendar days; a bank holiday counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.rules.books import NoRuleInForce
from app.rules.days import in_words, last_day_of_months, last_day_of_weeks
from app.rules.london import london_day
from app.rules.sources import ACT_1992, ACT_2016, ACT_2025

REPORT_WEEKS: Final = 4
REPORT_SOURCE = f"{ACT_1992} s.226B(1)(b) and s.231B"
# A ballot in which so few are entitled needs no scrutineer.
FEWEST_WITHOUT_SCRUTINEER: Final = 50
NO_SCRUTINEER_SOURCE = f"{ACT_1992} s.226C"
DATE_OF_BALLOT_SOURCE = f"{ACT_1992} s.246: the last day on which votes may be cast"
STATEMENT_SOURCE = f"{ACT_1992} s.231 and s.231A"


@dataclass(frozen=True, slots=True)
class BallotDays:
    """What the days of a ballot follow from, for ballots that opened in one span of days.

    Attributes:
        since: first opening day.
        until: last opening day, inclusive; None while no end is known.
        label: the span in plain words.
        notice_days: the notice of ballot is received not later than this many days before opening.
        notice_source: where that stands.
        sample_days: the sample voting paper is received not later than this many days before.
        sample_source: where that stands.
        mandate_months: the mandate is this many months, beginning with the date of the ballot.
        mandate_months_if_agreed: the same where union and employer agree; None where they cannot.
        mandate_source: where that stands.
    """

    since: date
    until: date | None
    label: str
    notice_days: int
    notice_source: str
    sample_days: int
    sample_source: str
    mandate_months: int
    mandate_months_if_agreed: int | None
    mandate_source: str


NOTICE_OF_BALLOT = f"{ACT_1992} s.226A(1)(a): not later than the seventh day before the opening day"
SAMPLE_PAPER = f"{ACT_1992} s.226A(1)(b): not later than the third day before the opening day"

BALLOT_DAYS: Sequence[BallotDays] = (
    BallotDays(
        since=date(2017, 3, 1),
        until=date(2026, 2, 17),
        label="1 March 2017 to 17 February 2026",
        notice_days=7,
        notice_source=NOTICE_OF_BALLOT,
        sample_days=3,
        sample_source=SAMPLE_PAPER,
        mandate_months=6,
        mandate_months_if_agreed=9,
        mandate_source=f"{ACT_1992} s.234, as amended by {ACT_2016} s.9",
    ),
    BallotDays(
        since=date(2026, 2, 18),
        until=None,
        label="from 18 February 2026",
        notice_days=7,
        notice_source=NOTICE_OF_BALLOT,
        sample_days=3,
        sample_source=SAMPLE_PAPER,
        mandate_months=12,
        mandate_months_if_agreed=None,
        mandate_source=f"{ACT_1992} s.234, as amended by {ACT_2025} s.72",
    ),
)


@dataclass(frozen=True, slots=True)
class LegalDay:
    """A day that the law sets: which, by the rules of which span of days, and where it stands."""

    day: date
    label: str
    source: str


def ballot_days(opened_on: date) -> BallotDays:
    """Return the rules that the days of a ballot follow, from its opening day.

    Raises:
        NoRuleInForce: the ballot opened before the first of them.
    """
    for rules in BALLOT_DAYS:
        if rules.since <= opened_on and (rules.until is None or opened_on <= rules.until):
            return rules
    raise NoRuleInForce(
        f"The timetable begins with ballots opened {BALLOT_DAYS[0].label}, so it cannot say the "
        f"days of one that opened on {in_words(opened_on)}."
    )


def last_day_for_notice_of_ballot(opening_day: date) -> LegalDay:
    """Return the last day on which the employer may receive the notice of the ballot.

    Raises:
        NoRuleInForce: the ballot opened before the first rule.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.226A(1)(a). A ballot that
        opens on 20 February 2026 needs its notice received by 13 February 2026.
    """
    rules = ballot_days(opening_day)
    day = opening_day - timedelta(days=rules.notice_days)
    return LegalDay(day, label=rules.label, source=rules.notice_source)


def earliest_opening_day(*, notice_received_on: date) -> LegalDay:
    """Return the first day on which a ballot may open, when its notice is received on a day.

    Raises:
        NoRuleInForce: the ballot would open before the first rule.

    Source:
        As for `last_day_for_notice_of_ballot`: it is the same seven days, counted forward.
    """
    # The last has no end, so one of them holds the day.
    rules, day = next(
        (rules, day)
        for rules in BALLOT_DAYS
        for day in [notice_received_on + timedelta(days=rules.notice_days)]
        if rules.until is None or day <= rules.until
    )
    return LegalDay(day, label=ballot_days(day).label, source=rules.notice_source)


def last_day_for_sample_paper(opening_day: date) -> LegalDay:
    """Return the last day on which the employer may receive the sample voting paper.

    Raises:
        NoRuleInForce: the ballot opened before the first rule.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.226A(1)(b).
    """
    rules = ballot_days(opening_day)
    day = opening_day - timedelta(days=rules.sample_days)
    return LegalDay(day, label=rules.label, source=rules.sample_source)


def date_of_ballot(closes_at: datetime) -> date:
    """Return the date of the ballot: the last London day on which votes may be cast.

    A vote at the closing instant is late, so a ballot that closes as a day begins has the day
    before as its date.

    Raises:
        NaiveTime: `closes_at` carries no offset.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.246.
    """
    return london_day(closes_at - timedelta(microseconds=1))


def report_due(*, ballot_dated: date) -> date:
    """Return the last day on which the scrutineer may report.

    The period of four weeks begins with the date of the ballot, which is part of it.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.226B(1)(b) and s.231B.
    """
    return last_day_of_weeks(REPORT_WEEKS, beginning_with=ballot_dated)


def needs_scrutineer(entitled: int) -> bool:
    """Say whether a statutory ballot of so many people needs an independent scrutineer.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.226C: not of 50 or fewer.
    """
    return entitled > FEWEST_WITHOUT_SCRUTINEER


def mandate_ends(*, ballot_dated: date, opened_on: date, employer_agrees: bool = False) -> LegalDay:
    """Return the mandate's last day.

    A 12-month mandate of a ballot dated 27 February 2026 has 26 February 2027 as its last day.

    Args:
        ballot_dated: the date of the ballot, which is the first day of the mandate.
        opened_on: the London day on which the ballot opened; it decides how long the mandate is.
        employer_agrees: whether union and employer agree on the longest there can be. Since
            18 February 2026 there is nothing to agree on.

    Raises:
        NoRuleInForce: the ballot opened before the first rule.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.234.
    """
    rules = ballot_days(opened_on)
    months = rules.mandate_months
    if employer_agrees and rules.mandate_months_if_agreed is not None:
        months = rules.mandate_months_if_agreed
    day = last_day_of_months(months, beginning_with=ballot_dated)
    return LegalDay(day, label=rules.label, source=rules.mandate_source)
