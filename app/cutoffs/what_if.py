"""What a moved cut-off would do: who would come in, who would drop out, and in which branches."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from app.ballots.freeze import policy_of
from app.ballots.models import Ballot
from app.core.errors import Invalid
from app.cutoffs.repository import standings_joined_between
from app.rules.entitlement import Standing, reason_left_out
from app.rules.london import london_day

# Further than any union moves a cut-off; it bounds what a question may read.
MOST_DAYS = 60


class CutOffAfterTheClose(Invalid):
    """Whoever joins then could not vote any more."""

    code = "cut_off_after_the_close"
    message = (
        "A cut-off that many days later would lie after the close of voting. Ask about fewer days."
    )


@dataclass(frozen=True, slots=True)
class BranchChange:
    """How many members of one branch a moved cut-off would let in, or leave out."""

    branch: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a moved cut-off would do, as the roll stands.

    Attributes:
        days: how many days later; earlier where it is below nought.
        cut_off_day: the London day it would be.
        branches: those in which anything changes, in alphabetical order.
    """

    days: int
    cut_off_day: date
    branches: tuple[BranchChange, ...]

    @property
    def added(self) -> int:
        """How many members would come in."""
        return sum(branch.added for branch in self.branches)

    @property
    def removed(self) -> int:
        """How many members would drop out."""
        return sum(branch.removed for branch in self.branches)


def what_if(session: Session, ballot: Ballot, *, days: int) -> WhatIf:
    """Say what the cut-off would do if it lay some days later, or earlier.

    Args:
        session: reads.
        ballot: whose cut-off.
        days: how many days later; earlier where it is below nought.

    Raises:
        CutOffAfterTheClose: it would lie after the close.
    """
    if not can_move(ballot, days=days):
        raise CutOffAfterTheClose
    [answer] = what_if_each(session, ballot, days=(days,))
    return answer


def can_move(ballot: Ballot, *, days: int) -> bool:
    """Say whether a cut-off some days later still comes before the close."""
    return ballot.cut_off_at + timedelta(days=days) <= ballot.closes_at


def what_if_each(
    session: Session, ballot: Ballot, *, days: Collection[int], branch: str | None = None
) -> list[WhatIf]:
    """Answer several such questions with one look at the roll, or at one branch of it.

    It knows those who have joined by now: whoever still joins in the days between comes on top.
    """
    day = london_day(ballot.cut_off_at)
    # Entitled, if only they had joined in time.
    policy = replace(policy_of(ballot), cut_off_day=date.max)
    reach = max((abs(each) for each in days), default=0)
    joined = standings_joined_between(
        session,
        after=day - timedelta(days=reach),
        until=day + timedelta(days=reach),
        branch=branch,
    )
    concerned = [
        (standing, alike)
        for standing, alike in joined
        if reason_left_out(standing, policy=policy) is None
    ]
    return [_moved(concerned, day=day, days=each) for each in days]


def _moved(concerned: Iterable[tuple[Standing, int]], *, day: date, days: int) -> WhatIf:
    moved = day + timedelta(days=days)
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for standing, alike in concerned:
        if day < standing.joined_on <= moved:
            added[standing.branch] += alike
        elif moved < standing.joined_on <= day:
            removed[standing.branch] += alike
    return WhatIf(
        days,
        cut_off_day=moved,
        branches=tuple(
            BranchChange(branch, added=added[branch], removed=removed[branch])
            for branch in sorted(added.keys() | removed.keys())
        ),
    )
