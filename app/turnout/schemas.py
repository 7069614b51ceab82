"""What crosses the wire about turnout."""

from pydantic import BaseModel

from app.ballots.schemas import Moment


class ThresholdOut(BaseModel):
    """A turnout threshold, and how the votes cast stand against it.

    Where no turnout threshold applies, `required_votes` and `met` are null and no vote is needed.
    Where the votes cast are withheld, `votes_needed` and `met` are null too.
    """

    required_votes: int | None
    votes_needed: int | None
    met: bool | None
    label: str


class ReachOut(BaseModel):
    """Turnout of those entitled who had an e-mail address or a mobile number on the frozen roll.

    It meets no threshold: the law and the union ask about everybody who is entitled. Withheld more
    often than turnout itself, because the difference between the two is about those who cannot be
    reached, and they are often few (docs/decisions/0028).
    """

    entitled: int
    votes_cast: int | None
    turnout_percent: str | None
    withheld: bool


class GroupOut(BaseModel):
    """One group's turnout. `votes_needed` is what it lacks to reach the same threshold by itself.

    `stepped_at` stands on a small group of a ballot that shows them in steps: its votes as they
    were at that moment, rounded down to a multiple of the floor. `statute_votes_needed` is the
    same by `statute`, and null where that is. `reachable` stands on branches alone.
    """

    name: str
    entitled: int
    votes_cast: int | None
    turnout_percent: str | None
    votes_needed: int | None
    statute_votes_needed: int | None
    withheld: bool
    stepped_at: Moment | None = None
    reachable: ReachOut | None = None


class DenominatorOut(BaseModel):
    """Of whom `entitled` consists: frozen + supplements - exclusions, always."""

    frozen: int
    supplements: int
    exclusions: int


class TurnoutOut(BaseModel):
    """How turnout stands, and never how anyone voted.

    Beyond the contract: a branch officer whose branch is withheld sees null for `votes_cast` and
    `turnout_percent` at the top too, because the one who sees every other branch could otherwise
    subtract; and `statute`, on an indicative ballot, is the turnout threshold that a statutory
    ballot on industrial action opened that day must reach.
    """

    ballot: str
    as_at: Moment
    entitled: int
    roll: DenominatorOut
    votes_cast: int | None
    turnout_percent: str | None
    threshold: ThresholdOut
    statute: ThresholdOut | None
    # Null on a roll that was frozen before anybody asked who can be reached.
    reachable: ReachOut | None = None
    # As for a group, where a branch officer's own branch is shown in steps.
    stepped_at: Moment | None = None
    groups: list[GroupOut]
