"""Turnout of those who can be reached, in a sentence beside turnout of all."""

from app.turnout.schemas import ReachOut, TurnoutOut
from app.web.filters import percent, plural, thousands

TOO_FEW = "withheld"


def reach_line(turnout: TurnoutOut) -> str | None:
    """Say how many can be reached, and how many of them have voted; None where nobody knows.

    "870 of them could be reached by e-mail or mobile when they came onto the roll; 461 of these
    have voted, 52.99 %."
    """
    reached = turnout.reachable
    if reached is None or turnout.entitled == 0:
        return None
    if reached.entitled == turnout.entitled:
        return "All of them could be reached by e-mail or mobile when they came onto the roll."
    if reached.entitled == 0:
        return "None of them could be reached by e-mail or mobile when they came onto the roll."
    could = (
        f"{thousands(reached.entitled)} of them could be reached by e-mail or mobile when they "
        f"came onto the roll, {plural(turnout.entitled - reached.entitled, 'member')} could not"
    )
    return f"{could}; {_have_voted(reached)}"


def _have_voted(reached: ReachOut) -> str:
    if reached.votes_cast is None or reached.turnout_percent is None:
        return (
            "how many of these have voted is withheld, because the difference from turnout would "
            "be about too few people."
        )
    have = "has" if reached.votes_cast == 1 else "have"
    return (
        f"of those reached {thousands(reached.votes_cast)} {have} voted, "
        f"{percent(reached.turnout_percent)}."
    )


def has_unreachable(turnout: TurnoutOut) -> bool:
    """Whether turnout of those reached is another number than turnout."""
    return turnout.reachable is not None and turnout.reachable.entitled < turnout.entitled


def reached_share(reached: ReachOut | None) -> str | None:
    """Return the turnout of those reached for a cell of a table; None where nobody knows."""
    if reached is None:
        return None
    return TOO_FEW if reached.turnout_percent is None else percent(reached.turnout_percent)
