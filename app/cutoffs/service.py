"""Say who made the cut-off and how long is left, with the answer that the freeze gives."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.ballots.freeze import policy_of
from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.cutoffs.repository import numbers_on_frozen_roll
from app.cutoffs.schemas import CutOffOut
from app.roll import repository as roll
from app.rules.days import in_words
from app.rules.entitlement import (
    Policy,
    Reason,
    days_left,
    explain,
    joins_in_time,
    reason_left_out,
)
from app.rules.london import end_of, london_day


@dataclass(frozen=True, slots=True)
class Countdown:
    """How long is left to join and still vote.

    Attributes:
        cut_off_at: the moment the ballot names.
        day: its London day; all of it is in time.
        days_left: whole days from today to that day; nought on the day and ever after.
        hours_left: whole hours until that day is over; nought ever after.
        passed: whether that day is over.
    """

    cut_off_at: datetime
    day: date
    days_left: int
    hours_left: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Joiner:
    """A member who joined since the ballot was announced: in or out, and why.

    Attributes:
        day_needed: the last day on which to have joined and be in; None where no day of joining
            would have helped, and for whoever is in.
    """

    name: str
    membership_number: str
    branch: str
    joined_on: date
    is_in: bool
    reason: str
    day_needed: date | None


@dataclass(frozen=True, slots=True)
class Joiners:
    """Who joined since a ballot was announced, the latest first, and how many are in and out."""

    since: date
    members: tuple[Joiner, ...]
    in_count: int
    out_count: int


def cut_off_for(ballot: Ballot, *, on: date) -> CutOffOut:
    """Answer whether somebody who joins on a London day may vote in this ballot."""
    cut_off_day = london_day(ballot.cut_off_at)
    return CutOffOut(
        cut_off_at=ballot.cut_off_at,
        joins_in_time=joins_in_time(on, cut_off_day=cut_off_day),
        days_left=days_left(on, cut_off_day=cut_off_day),
    )


def countdown(ballot: Ballot, *, now: datetime) -> Countdown:
    """Return how long is left: the cut-off passes when its London day is over."""
    day = london_day(ballot.cut_off_at)
    left = max(end_of(day) - now, timedelta())
    return Countdown(
        cut_off_at=ballot.cut_off_at,
        day=day,
        days_left=days_left(london_day(now), cut_off_day=day),
        hours_left=left // timedelta(hours=1),
        passed=not left,
    )


def joiners(session: Session, ballot: Ballot, *, branch: str | None, now: datetime) -> Joiners:
    """Return who joined since the ballot was announced, in or out, each with its reason.

    Until the freeze the answer is the one that the freeze would give; after it, the frozen roll
    decides, whatever the membership file says later.

    Args:
        session: a session that reads.
        ballot: a draft or any later state.
        branch: one branch's code, or None for all.
        now: the moment the answer speaks of.
    """
    since = ballot.announced_on
    policy = policy_of(ballot)
    entitled: AbstractSet[str] | None = None
    if ballot.frozen_at is not None:
        entitled = numbers_on_frozen_roll(session, key_of(ballot), joined_since=since)
    why_in = _why_in(policy, is_frozen=ballot.frozen_at is not None, today=london_day(now))
    members = tuple(
        _judged(member, ballot=ballot, policy=policy, entitled=entitled, why_in=why_in)
        for member in roll.members_joined_since(session, day=since, branch=branch)
    )
    in_count = sum(member.is_in for member in members)
    return Joiners(since, members, in_count=in_count, out_count=len(members) - in_count)


def _judged(
    member: roll.Joiner,
    *,
    ballot: Ballot,
    policy: Policy,
    entitled: AbstractSet[str] | None,
    why_in: str,
) -> Joiner:
    standing = member.standing
    left_out = reason_left_out(standing, policy=policy)
    is_in = left_out is None if entitled is None else member.membership_number in entitled
    is_late = left_out is Reason.JOINED_AFTER_CUT_OFF
    if is_in:
        reason = f"Joined on {in_words(standing.joined_on)}, {why_in}"
    elif left_out is not None:
        reason = explain(left_out, standing=standing, policy=policy)
    else:
        reason = _came_too_late_to_the_roll(ballot)
    return Joiner(
        name=f"{member.given_name} {member.family_name}".strip(),
        membership_number=member.membership_number,
        branch=standing.branch,
        joined_on=standing.joined_on,
        is_in=is_in,
        reason=reason,
        day_needed=policy.cut_off_day if not is_in and is_late else None,
    )


def _why_in(policy: Policy, *, is_frozen: bool, today: date) -> str:
    verb = "was" if today > policy.cut_off_day else "is"
    said = f"in time: the last day to join and vote {verb} {in_words(policy.cut_off_day)}."
    return f"{said} On the frozen roll of this ballot." if is_frozen else said


def _came_too_late_to_the_roll(ballot: Ballot) -> str:
    assert ballot.frozen_at is not None  # noqa: S101 - only a frozen roll can lack somebody
    return (
        "Joined in time, but is not on the roll of this ballot, which was frozen on "
        f"{in_words(london_day(ballot.frozen_at))}. Headquarters can add them: tell them."
    )
