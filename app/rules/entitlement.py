"""Who may vote: one member's facts against one ballot's policy.

It is asked 1.3 million times when a roll is frozen, so facts and policy are plain values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from app.rules.days import in_words

EVERYBODY: frozenset[str] = frozenset()


class Standing(NamedTuple):
    """What the roll says of one member."""

    category: str
    joined_on: date
    left_on: date | None
    in_arrears: bool
    branch: str
    region: str
    employer: str
    workplace: str


@dataclass(frozen=True, slots=True)
class Constituency:
    """Whom a ballot is put to. An empty set leaves nobody out.

    `categories`, where given, are the categories that vote in this ballot. Names are compared
    without regard to case, as the roll compares them.
    """

    categories: frozenset[str] = EVERYBODY
    branches: frozenset[str] = EVERYBODY
    regions: frozenset[str] = EVERYBODY
    employers: frozenset[str] = EVERYBODY
    workplaces: frozenset[str] = EVERYBODY

    def __post_init__(self) -> None:
        """Fold the names once, rather than for each of 1.3 million members."""
        for place in fields(self):
            folded = frozenset(name.casefold() for name in getattr(self, place.name))
            object.__setattr__(self, place.name, folded)

    def holds(self, standing: Standing) -> bool:
        """Say whether a member's branch, region, employer and workplace are all balloted."""
        return (
            (not self.branches or standing.branch.casefold() in self.branches)
            and (not self.regions or standing.region.casefold() in self.regions)
            and (not self.employers or standing.employer.casefold() in self.employers)
            and (not self.workplaces or standing.workplace.casefold() in self.workplaces)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may vote in one ballot.

    Attributes:
        cut_off_day: the last London day on which to join and still be entitled.
        opened_on: the London day on which the ballot opens.
        exclude_arrears: whether members in arrears are left out.
        constituency: whom the ballot is put to.
    """

    cut_off_day: date
    opened_on: date
    exclude_arrears: bool = False
    constituency: Constituency = field(default_factory=Constituency)


class Reason(StrEnum):
    """Why a member is not entitled. Where several hold, the first of this list is given."""

    NOT_A_VOTING_CATEGORY = "not_a_voting_category"
    JOINED_AFTER_CUT_OFF = "joined_after_cut_off"
    LEFT = "left"
    IN_ARREARS = "in_arrears"
    OUTSIDE_CONSTITUENCY = "outside_constituency"


def reason_left_out(standing: Standing, *, policy: Policy) -> Reason | None:
    """Return why a member is not entitled, or None for a member who is.

    Joining on the cut-off day is in time. Leaving on the opening day is leaving before voting.

    Source:
        The union's own rules. In a statutory ballot those entitled are the members whom it is
        reasonable to believe will be induced to take part (1992 Act s.227(1)).
    """
    balloted = policy.constituency.categories
    if balloted and standing.category.casefold() not in balloted:
        return Reason.NOT_A_VOTING_CATEGORY
    if standing.joined_on > policy.cut_off_day:
        return Reason.JOINED_AFTER_CUT_OFF
    if standing.left_on is not None and standing.left_on <= policy.opened_on:
        return Reason.LEFT
    if standing.in_arrears and policy.exclude_arrears:
        return Reason.IN_ARREARS
    if not policy.constituency.holds(standing):
        return Reason.OUTSIDE_CONSTITUENCY
    return None


def explain(reason: Reason, *, standing: Standing, policy: Policy) -> str:
    """Say in a plain sentence why a member is left out, and what would have been needed.

    Args:
        reason: what `reason_left_out` answered for this member.
        standing: the member's facts.
        policy: the ballot's policy.
    """
    return _EXPLANATIONS[reason](standing, policy)


def joins_in_time(joined_on: date, *, cut_off_day: date) -> bool:
    """Say whether somebody who joins that day may vote. The cut-off day itself is in time."""
    return joined_on <= cut_off_day


def days_left(on: date, *, cut_off_day: date) -> int:
    """Return the whole days from a day to the cut-off: nought on the last day, and ever after."""
    return max((cut_off_day - on).days, 0)


def _category(standing: Standing, policy: Policy) -> str:
    return (
        f"The membership category is {standing.category}; "
        f"this ballot is put to {', '.join(sorted(policy.constituency.categories))}."
    )


def _joined(standing: Standing, policy: Policy) -> str:
    return (
        f"Joined on {in_words(standing.joined_on)}; "
        f"the last day to join and vote in this ballot was {in_words(policy.cut_off_day)}."
    )


def _left(standing: Standing, policy: Policy) -> str:
    left = in_words(standing.left_on) if standing.left_on else "a day not stated"
    return (
        f"Left the union on {left}; whoever votes in this ballot must still belong to it "
        f"after {in_words(policy.opened_on)}, the day it opens."
    )


def _arrears(_: Standing, __: Policy) -> str:
    return "The subscription is in arrears; this ballot is put to members who are paid up."


def _outside(standing: Standing, policy: Policy) -> str:
    constituency = policy.constituency
    placed = (
        ("branch", standing.branch, constituency.branches),
        ("region", standing.region, constituency.regions),
        ("employer", standing.employer, constituency.employers),
        ("workplace", standing.workplace, constituency.workplaces),
    )
    outside = [
        f"{kind} {name}" if name else f"no {kind}"
        for kind, name, balloted in placed
        if balloted and name.casefold() not in balloted
    ]
    return f"This ballot is put to others only: the roll shows {' and '.join(outside)}."


# Each reason in a few words, for sums and lists of members.
IN_SHORT: Mapping[str, str] = MappingProxyType(
    {
        Reason.NOT_A_VOTING_CATEGORY: "Their membership category does not vote in this ballot",
        Reason.JOINED_AFTER_CUT_OFF: "Joined after the cut-off",
        Reason.LEFT: "Left the union before voting opens",
        Reason.IN_ARREARS: "Subscription in arrears",
        Reason.OUTSIDE_CONSTITUENCY: "In a branch, region, employer or workplace not balloted",
    }
)
_EXPLANATIONS: Mapping[Reason, Callable[[Standing, Policy], str]] = MappingProxyType(
    {
        Reason.NOT_A_VOTING_CATEGORY: _category,
        Reason.JOINED_AFTER_CUT_OFF: _joined,
        Reason.LEFT: _left,
        Reason.IN_ARREARS: _arrears,
        Reason.OUTSIDE_CONSTITUENCY: _outside,
    }
)
