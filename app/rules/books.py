"""The three rule books, and which of their periods a ballot falls under.

A ballot keeps the rules of its opening day to the end, whatever is commenced meanwhile.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from app.rules.days import in_words
from app.rules.indicative import INDICATIVE
from app.rules.industrial_action import INDUSTRIAL_ACTION
from app.rules.period import CommencedTooEarly, Period, Rule, RuleBook, Status, commence, status
from app.rules.recognition import RECOGNITION
from app.rules.sources import ERA_2025_S68, PLANNED_CHANGES

__all__ = [
    "BOOKS",
    "BOOK_OF_KIND",
    "ERA_2025_S68",
    "NOTHING_COMMENCED",
    "PLANNED_CHANGES",
    "PLANNED_KEYS",
    "STATUTE",
    "BookKey",
    "CommencedTooEarly",
    "NoRuleInForce",
    "Period",
    "Rule",
    "RuleBook",
    "Status",
    "UnknownChange",
    "period_in_force",
    "periods",
    "status",
]

BOOKS: Mapping[str, RuleBook] = MappingProxyType(
    {book.key: book for book in (INDUSTRIAL_ACTION, RECOGNITION, INDICATIVE)}
)

BookKey = Literal["industrial-action", "recognition", "indicative"]
# The book beside which every indicative ballot is laid: what a statutory ballot would be held to.
STATUTE: Final = "industrial-action"
BOOK_OF_KIND: Mapping[str, BookKey] = MappingProxyType(
    {
        "indicative": "indicative",
        "industrial_action": "industrial-action",
        "recognition": "recognition",
    }
)

NOTHING_COMMENCED: Mapping[str, date] = MappingProxyType({})

PLANNED_KEYS = frozenset(
    period.planned_key
    for book in BOOKS.values()
    for period in book.periods
    if period.planned_key is not None
)


class NoRuleInForce(ValueError):
    """Refused because the ballot opened before the book's first rule: we do not guess."""


class UnknownChange(ValueError):
    """Refused because no book plans a change of law by that name."""


def periods(
    book_key: str, *, commenced: Mapping[str, date] = NOTHING_COMMENCED
) -> tuple[Period, ...]:
    """Return every period of a book in the order of its days, a planned one last.

    Args:
        book_key: "industrial-action", "recognition" or "indicative".
        commenced: the first opening day of each planned change that has one. A change whose day
            has not been entered is planned and applies to nothing.

    Raises:
        KeyError: there is no such book.
        UnknownChange: `commenced` names a change that no book plans.
        CommencedTooEarly: a day is not after the day on which the period before began.
    """
    unknown = sorted(commenced.keys() - PLANNED_KEYS)
    if unknown:
        raise UnknownChange(f"No rule book plans a change of law called {unknown[0]}.")
    return commence(BOOKS[book_key].periods, commenced=commenced)


def period_in_force(
    book_key: str, *, opened_on: date, commenced: Mapping[str, date] = NOTHING_COMMENCED
) -> Period:
    """Return the rules that a ballot is judged by, from the London day on which it opened.

    Args:
        book_key: as for `periods`.
        opened_on: the first day on which a voting paper was sent to anybody entitled.
        commenced: as for `periods`.

    Raises:
        NoRuleInForce: the ballot opened before the book's first rule.
        KeyError, UnknownChange, CommencedTooEarly: as for `periods`.

    Source:
        Trade Union Act 2016 s.2(3), s.3(3) and s.6(2), and the transitional provisions for the
        Employment Rights Act 2025: the opening day decides.
    """
    dated = periods(book_key, commenced=commenced)
    for period in dated:
        if period.covers(opened_on):
            return period
    raise NoRuleInForce(
        f"The {book_key} rule book begins with ballots opened {dated[0].label}, so it cannot "
        f"judge one that opened on {in_words(opened_on)}."
    )
