"""Where one branch stands among the branches, and what its votes do for the whole. Pure.

Made from what headquarters is shown, so that what is withheld there moves nothing here.
"""

from dataclasses import dataclass
from decimal import Decimal

from app.roll.cells import folded_branch
from app.turnout.schemas import GroupOut, TurnoutOut

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """A branch among those whose turnout is shown.

    Attributes:
        rank: 1 for the highest turnout; those with the same share a rank. None where its own
            turnout is withheld.
        branches: how many branches are shown.
        votes_for_a_point: how many votes lift turnout of the whole ballot by one per cent of those
            entitled.
        next_up: how many votes this branch lacks to the turnout of the one before it; None for the
            first.
    """

    rank: int | None
    branches: int
    votes_for_a_point: int
    next_up: int | None


def standing_of(branch: str, whole: TurnoutOut) -> Standing:
    """Return where a branch stands.

    Args:
        branch: its code, in any spelling.
        whole: turnout of the whole ballot by branch, as headquarters is shown it.
    """
    shown = [group for group in whole.groups if group.votes_cast is not None and group.entitled]
    own = next((each for each in shown if folded_branch(each.name) == folded_branch(branch)), None)
    points = -(-whole.entitled // WHOLE)
    if own is None:
        return Standing(None, branches=len(shown), votes_for_a_point=points, next_up=None)
    above = [each for each in shown if _is_above(each, own)]
    before = min(above, key=lambda each: Decimal(each.turnout_percent or 0), default=None)
    return Standing(
        len(above) + 1,
        branches=len(shown),
        votes_for_a_point=points,
        next_up=None if before is None else _lacks(own, before),
    )


def _is_above(one: GroupOut, other: GroupOut) -> bool:
    return (one.votes_cast or 0) * other.entitled > (other.votes_cast or 0) * one.entitled


def _lacks(own: GroupOut, before: GroupOut) -> int:
    """Return how many more votes bring a branch to the turnout of another, or over it."""
    wanted = -(-(before.votes_cast or 0) * own.entitled // before.entitled)
    return max(wanted - (own.votes_cast or 0), 1)
