"""Notice of industrial action to the employer: its length follows the day on which it is received.

That day decides, and not the day on which the ballot opened. All days are calendar days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.rules.books import NoRuleInForce
from app.rules.days import in_words
from app.rules.sources import ACT_1992, ACT_2016, ACT_2025
from app.rules.timetable import LegalDay

AFTER_THE_RESULT_SOURCE = f"{ACT_1992} s.234A(4)(a)"


@dataclass(frozen=True, slots=True)
class ActionNotice:
    """How much notice of action the employer is given, for notices received in a span of days.

    Attributes:
        since: first day of receipt.
        until: last day of receipt, inclusive; None while no end is known.
        label: the span in plain words.
        days: the notice ends with this day before the first day of action.
        days_if_agreed: the same where the employer agrees; None where they cannot.
        source: where that stands.
    """

    since: date
    until: date | None
    label: str
    days: int
    days_if_agreed: int | None
    source: str

    def needed(self, *, employer_agrees: bool) -> int:
        """Return how many days before the first day of action the notice is received."""
        if employer_agrees and self.days_if_agreed is not None:
            return self.days_if_agreed
        return self.days


ACTION_NOTICES: Sequence[ActionNotice] = (
    ActionNotice(
        since=date(2017, 3, 1),
        until=date(2026, 2, 17),
        label="received 1 March 2017 to 17 February 2026",
        days=14,
        days_if_agreed=7,
        source=f"{ACT_1992} s.234A(4), as amended by {ACT_2016} s.8",
    ),
    ActionNotice(
        since=date(2026, 2, 18),
        until=None,
        label="received from 18 February 2026",
        days=10,
        days_if_agreed=None,
        source=f"{ACT_1992} s.234A(4), as amended by {ACT_2025} s.74",
    ),
)


def earliest_day_of_action(*, notice_received_on: date, employer_agrees: bool = False) -> LegalDay:
    """Return the first day of action that a notice allows, by the day on which it is received.

    Raises:
        NoRuleInForce: it was received before the first rule.

    Source:
        Trade Union and Labour Relations (Consolidation) Act 1992 s.234A(4): the notice ends with
        the tenth day before the first day of action.
    """
    for rules in ACTION_NOTICES:
        if rules.since <= notice_received_on and (
            rules.until is None or notice_received_on <= rules.until
        ):
            days = rules.needed(employer_agrees=employer_agrees)
            day = notice_received_on + timedelta(days=days)
            return LegalDay(day, label=rules.label, source=rules.source)
    raise NoRuleInForce(
        f"The rules on notice of action begin with those {ACTION_NOTICES[0].label}, so they cannot "
        f"judge one of {in_words(notice_received_on)}."
    )


def latest_day_for_notice_of_action(*, action_on: date, employer_agrees: bool = False) -> LegalDay:
    """Return the last day on which the employer may receive notice of action on a day.

    Where the rules change in between, it is the latest day that is in time by the rules of that
    day: action on 27 February 2026 needs its notice by 13 February, because ten days before would
    be 17 February, when 14 were still needed; action on 28 February may be notified on the 18th.

    Raises:
        NoRuleInForce: it would have to be received before the first rule.

    Source:
        As for `earliest_day_of_action`.
    """
    for rules in reversed(ACTION_NOTICES):
        day = action_on - timedelta(days=rules.needed(employer_agrees=employer_agrees))
        if rules.until is not None:
            day = min(day, rules.until)
        if day >= rules.since:
            return LegalDay(day, label=rules.label, source=rules.source)
    raise NoRuleInForce(
        f"The rules on notice of action begin with those {ACTION_NOTICES[0].label}, so they cannot "
        f"say when to give notice of action on {in_words(action_on)}."
    )
