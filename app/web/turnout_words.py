"""Turnout in plain sentences: how it stands, what is needed, and what other rules would ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.ballots.models import Ballot
from app.core.language import gettext, ngettext
from app.rules.books import BOOK_OF_KIND, Period, periods
from app.rules.thresholds import required_turnout, votes_needed
from app.turnout.schemas import ThresholdOut, TurnoutOut
from app.turnout.yardstick import Yardstick, statute_of, yardstick_of
from app.web.filters import percent, plural, thousands


@dataclass(frozen=True, slots=True)
class Line:
    """The threshold that is drawn across a bar: where, in per cent, and its words."""

    at: str
    label: str


def headline(
    turnout: TurnoutOut, *, ballot: Ballot, commenced: Mapping[str, date], is_over: bool = False
) -> str:
    """Say how turnout stands: "2,341 of 5,204 have voted, 44.98 %. 261 more needed for 50 %."."""
    if turnout.votes_cast is None or turnout.turnout_percent is None:
        return gettext(
            "How many have voted is withheld: so few are entitled here, or in a group beside it, "
            "that the number would say who has voted."
        )
    said = ngettext(
        "%(num)s of %(entitled)s has voted, %(share)s.",
        "%(num)s of %(entitled)s have voted, %(share)s.",
        turnout.votes_cast,
        entitled=thousands(turnout.entitled),
        share=percent(turnout.turnout_percent),
    )
    at = _at(yardstick_of(ballot, commenced=commenced))
    needed = _needed(turnout.threshold, at=at, is_over=is_over)
    beside = _at(statute_of(ballot, commenced=commenced))
    return f"{said} {needed or _beside_the_law(turnout, at=beside, is_over=is_over)}".strip()


def short_headline(turnout: TurnoutOut, *, ballot: Ballot, commenced: Mapping[str, date]) -> str:
    """Say the same for a wallboard, beside the percentage: "2,341 of 5,204 have voted. ..."."""
    if turnout.votes_cast is None:
        return headline(turnout, ballot=ballot, commenced=commenced)
    have = "has" if turnout.votes_cast == 1 else "have"
    said = f"{thousands(turnout.votes_cast)} of {thousands(turnout.entitled)} {have} voted."
    own = _needed(turnout.threshold, at=_at(yardstick_of(ballot, commenced=commenced)))
    if own is not None or turnout.statute is None:
        return f"{said} {own or ''}".strip()
    statute = turnout.statute
    if statute.votes_needed is None or statute.required_votes is None:
        return said
    share = f"{_at(statute_of(ballot, commenced=commenced))}\N{NO-BREAK SPACE}%"
    if statute.met:
        return f"{said} A statutory ballot would have its {share}."
    return f"{said} {thousands(statute.votes_needed)} more for {share}, were it statutory."


def short_left(left: str) -> str:
    """Shorten the time that is left for a wallboard: "12 days and 8 hours" is "12 days 8 h"."""
    for long, short in ((" and ", " "), (" hours", " h"), (" hour", " h"), (" minutes", " min")):
        left = left.replace(long, short)
    return left.removesuffix("ute") if left.endswith(" minute") else left


def _beside_the_law(turnout: TurnoutOut, *, at: str | None, is_over: bool) -> str:
    """Say, where a ballot has no threshold, what a statutory one of that day would lack."""
    statute = turnout.statute
    if statute is None or statute.votes_needed is None or statute.required_votes is None:
        return ""
    share = f"{at}\N{NO-BREAK SPACE}%"
    if statute.met:
        return gettext(
            "No turnout is asked of it; a statutory ballot would have reached its %(share)s.",
            share=share,
        )
    if is_over:
        return gettext(
            "No turnout is asked of it; a statutory ballot would have needed %(votes)s more for "
            "%(share)s.",
            votes=thousands(statute.votes_needed),
            share=share,
        )
    return gettext(
        "No turnout is asked of it; a statutory ballot would need %(votes)s more for %(share)s.",
        votes=thousands(statute.votes_needed),
        share=share,
    )


def _needed(threshold: ThresholdOut, *, at: str | None, is_over: bool = False) -> str | None:
    """Say what is missing to a threshold, or that it is met."""
    if at is None or threshold.votes_needed is None or threshold.required_votes is None:
        return None
    share = percent(at)
    if threshold.met:
        return gettext("The %(share)s threshold is met.", share=share)
    needed = thousands(threshold.votes_needed)
    if is_over:
        return gettext("%(votes)s more were needed for %(share)s.", votes=needed, share=share)
    return gettext("%(votes)s more needed for %(share)s.", votes=needed, share=share)


def _at(yardstick: Yardstick | None) -> str | None:
    if yardstick is None or yardstick.threshold is None:
        return None
    return str(yardstick.threshold * 100)


def line_of(ballot: Ballot, *, commenced: Mapping[str, date]) -> Line | None:
    """Return the line to draw: the ballot's own threshold, or else the statutory one."""
    own = _at(yardstick_of(ballot, commenced=commenced))
    statute = _at(statute_of(ballot, commenced=commenced))
    if own:
        return Line(own, label=gettext("%(share)s needed", share=f"{own} %"))
    if statute:
        said = gettext("%(share)s, if it were statutory", share=f"{statute} %")
        return Line(statute, label=said)
    return None


def is_met(turnout: TurnoutOut) -> bool:
    """Whether the threshold that is drawn has been reached."""
    if turnout.threshold.required_votes is not None:
        return bool(turnout.threshold.met)
    return bool(turnout.statute and turnout.statute.met)


def rules(
    turnout: TurnoutOut, *, ballot: Ballot, commenced: Mapping[str, date]
) -> list[tuple[str, str]]:
    """Return (which rules, what they ask): this ballot's, the statute's, and other periods'."""
    own = yardstick_of(ballot, commenced=commenced)
    label, required = turnout.threshold.label, turnout.threshold.required_votes
    asked = f"{label}: {plural(required, 'vote')}." if required else f"{label}."
    whose = f"This ballot, opened {own.period.label}" if own.period else "This ballot"
    rows = [(whose, asked)]
    if turnout.entitled:
        rows += [
            (f"If it had opened {period.label}", _would_ask(period, turnout=turnout))
            for period in periods(BOOK_OF_KIND[ballot.kind], commenced=commenced)
            if period != own.period
        ]
    if turnout.statute is not None:
        at = _at(statute_of(ballot, commenced=commenced))
        by_law = _statute(turnout.statute, at=at)
        rows.append(("A statutory ballot on industrial action opened the same day", by_law))
    return rows


def _statute(statute: ThresholdOut, *, at: str | None) -> str:
    if statute.required_votes is None:
        return f"{statute.label}."
    needed = _needed(statute, at=at) or ""
    return f"{statute.label}: {plural(statute.required_votes, 'vote')}. {needed}".strip()


def _would_ask(period: Period, *, turnout: TurnoutOut) -> str:
    required = required_turnout(period, entitled=turnout.entitled)
    if required is None or period.turnout is None:
        return "No turnout threshold."
    said = f"{period.turnout.threshold * 100} % of those entitled: {plural(required, 'vote')}"
    if turnout.votes_cast is None:
        return f"{said}."
    needed = votes_needed(required, votes_cast=turnout.votes_cast)
    return f"{said}, {thousands(needed)} more." if needed else f"{said}, which is met."
