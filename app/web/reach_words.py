"""Turnout of those who can be reached, in a sentence beside turnout of all."""

from app.core.language import gettext, later, ngettext
from app.turnout.schemas import ReachOut, TurnoutOut
from app.web.filters import percent, thousands

TOO_FEW = later("withheld")


def reach_line(turnout: TurnoutOut, *, before_voting: bool = False) -> str | None:
    """Say how many can be reached, and how many of them have voted; None where nobody knows.

    "870 of them could be reached by e-mail or mobile when they came onto the roll; 461 of these
    have voted, 52.99 %."
    """
    reached = turnout.reachable
    if reached is None or turnout.entitled == 0:
        return None
    if reached.entitled == turnout.entitled:
        return gettext(
            "All of them could be reached by e-mail or mobile when they came onto the roll."
        )
    if reached.entitled == 0:
        return gettext(
            "None of them could be reached by e-mail or mobile when they came onto the roll."
        )
    could = ngettext(
        "%(reached)s of them could be reached by e-mail or mobile when they came onto the roll, "
        "%(num)s member could not",
        "%(reached)s of them could be reached by e-mail or mobile when they came onto the roll, "
        "%(num)s members could not",
        turnout.entitled - reached.entitled,
        reached=thousands(reached.entitled),
    )
    return f"{could}." if before_voting else f"{could}; {_have_voted(reached)}"


def _have_voted(reached: ReachOut) -> str:
    if reached.votes_cast is None or reached.turnout_percent is None:
        return gettext(
            "how many of these have voted is withheld, because the difference from turnout would "
            "be about too few people."
        )
    return ngettext(
        "of those reached %(num)s has voted, %(share)s.",
        "of those reached %(num)s have voted, %(share)s.",
        reached.votes_cast,
        share=percent(reached.turnout_percent),
    )


def has_unreachable(turnout: TurnoutOut) -> bool:
    """Whether turnout of those reached is another number than turnout."""
    return turnout.reachable is not None and turnout.reachable.entitled < turnout.entitled


def reached_share(reached: ReachOut | None) -> str | None:
    """Return the turnout of those reached for a cell of a table; None where nobody knows."""
    if reached is None:
        return None
    return gettext(TOO_FEW) if reached.turnout_percent is None else percent(reached.turnout_percent)
