"""Which turnout threshold a ballot is held to, in the words that a page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from app.ballots.law import has_statute_beside
from app.ballots.models import Ballot
from app.rules.books import (
    BOOK_OF_KIND,
    STATUTE,
    NoRuleInForce,
    Period,
    Rule,
    period_in_force,
)
from app.rules.days import in_words
from app.rules.london import london_day
from app.rules.thresholds import required_turnout, votes_needed
from app.turnout.schemas import ThresholdOut

NOBODY = "Nobody here is entitled to vote in this ballot, so there is nothing to reach"


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The turnout test of one period, or that it has none."""

    period: Period | None
    label: str

    @property
    def threshold(self) -> Fraction | None:
        """The part of those entitled that must vote, if any."""
        if self.period is None or self.period.turnout is None:
            return None
        return self.period.turnout.threshold

    def required(self, entitled: int) -> int | None:
        """Return how many must vote; None where there is no test, or nobody to pass it."""
        if self.period is None or entitled == 0:
            return None
        return required_turnout(self.period, entitled=entitled)

    def needed(self, *, entitled: int, votes_cast: int | None) -> int | None:
        """Return how many more must vote; None where the votes cast are withheld."""
        if votes_cast is None:
            return None
        return votes_needed(self.required(entitled), votes_cast=votes_cast)

    def standing(self, *, entitled: int, votes_cast: int | None) -> ThresholdOut:
        """Say how votes cast stand against the test; None for votes cast means withheld."""
        required = self.required(entitled)
        judged = required is not None and votes_cast is not None
        needed = self.needed(entitled=entitled, votes_cast=votes_cast)
        return ThresholdOut(
            required_votes=required,
            votes_needed=needed,
            met=needed == 0 if judged else None,
            label=self.label if entitled else NOBODY,
        )


def yardstick_of(ballot: Ballot, *, commenced: Mapping[str, date]) -> Yardstick:
    """Return the turnout test that a ballot is held to.

    Args:
        ballot: whose.
        commenced: the planned changes of law that have their day, from `app.ballots.commencements`.

    Source:
        2016 Act s.2(3) and the union's own yardstick: the rules of the London day on which the
        ballot opened, to the end.
    """
    return _yardstick(
        BOOK_OF_KIND[ballot.kind], opened_on=london_day(ballot.opens_at), commenced=commenced
    )


def statute_of(ballot: Ballot, *, commenced: Mapping[str, date]) -> Yardstick | None:
    """Return what a statutory ballot that opened the same day must reach, for an indicative one.

    It stands beside the union's own yardstick, so that nobody plans a strike on the wrong rule.

    Args:
        ballot: whose.
        commenced: as for `yardstick_of`.
    """
    if not has_statute_beside(ballot):
        return None
    return _yardstick(STATUTE, opened_on=london_day(ballot.opens_at), commenced=commenced)


def _yardstick(book: str, *, opened_on: date, commenced: Mapping[str, date]) -> Yardstick:
    try:
        period = period_in_force(book, opened_on=opened_on, commenced=commenced)
    except NoRuleInForce as too_early:
        return Yardstick(None, label=str(too_early))
    if period.turnout is None:
        day = in_words(opened_on)
        return Yardstick(
            period, label=f"No turnout threshold: the rules for a ballot opened on {day} set none"
        )
    return Yardstick(period, label=_label(period.turnout))


def _label(rule: Rule) -> str:
    """Name a threshold and where it stands, without how it came to stand there."""
    source = rule.source.partition(", as ")[0].partition(": ")[0]
    source = source.replace("The union's", "the union's", 1)
    # A whole number in every book; Fraction writes it without a decimal point.
    return f"{rule.threshold * 100} % of those entitled ({source})"
