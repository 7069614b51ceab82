"""Members of a ballot whom a voting link may miss, so that their branch can ask them in time."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row, func
from sqlmodel import Session, col

from app.ballots.freeze import policy_of
from app.ballots.models import Ballot, RollEntry
from app.ballots.repository import cells_of
from app.ballots.service import key_of
from app.roll.cells import folded_branch
from app.roll.contact import at_work, can_be_reached, is_at_work, unreachable
from app.roll.models import Branch, Member
from app.rules.entitlement import Standing, reason_left_out

# What a branch can ask a member for, and how it is called.
DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "given_name": "given name",
        "email": "e-mail address",
        "mobile": "mobile number",
        "employer": "employer",
        "workplace": "workplace",
        "address": "postal address",
        "postcode": "postcode",
    }
)
# How many of the longest on the roll say which details a union keeps.
ENOUGH = 5000


@dataclass(frozen=True, slots=True)
class MemberToAsk:
    """A member whose details lack something. `missing` names it, in the words of `DETAILS`."""

    name: str
    membership_number: str
    workplace: str
    email: str
    mobile: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactGaps:
    """The members of one branch to ask, in order of their names.

    Attributes:
        entitled: how many of the branch are entitled, or would be.
        unreachable: those without e-mail address and mobile number.
        incomplete: those who lack any detail that the union holds of others.
        at_work: those whose only e-mail address is one that their employer can read.
    """

    entitled: int
    unreachable: tuple[MemberToAsk, ...]
    incomplete: tuple[MemberToAsk, ...]
    at_work: tuple[MemberToAsk, ...]


@dataclass(frozen=True, slots=True)
class BranchGaps:
    """How many entitled members of one branch cannot be reached, or are reached at work alone."""

    branch: str
    unreachable: int
    at_work: int


def gaps_of_branch(
    session: Session, ballot: Ballot, *, branch: str, work_domains: Collection[str]
) -> ContactGaps:
    """Return the members of a branch whose details somebody should ask for.

    Until the freeze they are those who would be entitled, after it those on the frozen roll; their
    details are always as the roll holds them now, so that whoever has answered is off the list.

    Args:
        session: reads.
        ballot: a draft or any later state.
        branch: any spelling of the branch's code.
        work_domains: mail domains of employers.
    """
    members = _entitled_members(session, ballot, branch=branch)
    held = _details_held(session, members)
    asked = [_to_ask(member, held=held) for member in members]
    return ContactGaps(
        entitled=len(members),
        unreachable=tuple(
            each for each in asked if not can_be_reached(email=each.email, mobile=each.mobile)
        ),
        incomplete=tuple(each for each in asked if each.missing),
        at_work=tuple(each for each in asked if is_at_work(each.email, work_domains=work_domains)),
    )


def gaps_by_branch(
    session: Session, ballot: Ballot, *, work_domains: Collection[str]
) -> list[BranchGaps]:
    """Return each branch that has such members, and how many, in alphabetical order.

    Of the whole roll only those are looked at whom it concerns.
    """
    cannot, work = unreachable(), at_work(work_domains)
    facts = [col(getattr(Member, field)) for field in Standing._fields]
    query = (
        sa.select(cannot.label("cannot"), *facts, func.count())
        .where(sa.or_(cannot, work))
        .group_by("cannot", *facts)
    )
    policy = policy_of(ballot)
    missed: Counter[str] = Counter()
    at_desk: Counter[str] = Counter()
    for is_missed, *standing, alike in session.execute(_on_roll(query, ballot)):
        judged = Standing(*standing)
        if ballot.frozen_at is None and reason_left_out(judged, policy=policy) is not None:
            continue
        (missed if is_missed else at_desk)[judged.branch] += alike
    return [
        BranchGaps(branch, unreachable=missed[branch], at_work=at_desk[branch])
        for branch in sorted(missed.keys() | at_desk.keys())
    ]


def unreachable_on_roll(session: Session, ballot: Ballot) -> int | None:
    """Return how many on a frozen roll could not be reached when they came onto it.

    None where the roll was frozen before anybody asked.
    """
    cells = cells_of(session, key_of(ballot))
    if any(cell.reachable is None for cell in cells):
        return None
    return sum(cell.entitled for cell in cells if not cell.reachable)


def _on_roll(query: sa.Select[Any], ballot: Ballot) -> sa.Select[Any]:
    """Narrow a query about members to those on the frozen roll, once there is one."""
    if ballot.frozen_at is None:
        return query
    return query.join(RollEntry, col(RollEntry.member_id) == col(Member.id)).where(
        col(RollEntry.ballot_id) == key_of(ballot), col(RollEntry.on_roll)
    )


def _entitled_members(session: Session, ballot: Ballot, *, branch: str) -> list[Row[Any]]:
    """Return those of a branch who are entitled, or would be, with their details and standing."""
    wanted = dict.fromkeys(["membership_number", "family_name", *DETAILS, *Standing._fields])
    query = (
        sa.select(*[col(getattr(Member, field)) for field in wanted])
        .join(Branch, col(Branch.code) == col(Member.branch))
        .where(col(Branch.folded_code) == folded_branch(branch))
        .order_by(col(Member.family_name), col(Member.given_name), col(Member.membership_number))
    )
    members = session.execute(_on_roll(query, ballot))
    if ballot.frozen_at is not None:
        return list(members)
    policy = policy_of(ballot)
    standing_of = attrgetter(*Standing._fields)
    return [
        member
        for member in members
        if reason_left_out(Standing(*standing_of(member)), policy=policy) is None
    ]


def _details_held(session: Session, members: Sequence[Row[Any]]) -> tuple[str, ...]:
    """Return the details that the union keeps at all: nobody lacks what nobody has.

    Asked of the branch, and of so many of the longest on the roll: a detail that the union does
    not keep would else be looked for in 1.3 million members each time.
    """
    longest = (
        sa.select(*[col(getattr(Member, field)) for field in DETAILS])
        .order_by(col(Member.id))
        .limit(ENOUGH)
        .subquery()
    )
    held = session.execute(
        sa.select(*[sa.exists().where(longest.c[field] != "") for field in DETAILS])
    ).one()
    return tuple(
        field
        for field, is_held in zip(DETAILS, held, strict=True)
        if is_held or any(getattr(member, field) for member in members)
    )


def _to_ask(member: Row[Any], *, held: Collection[str]) -> MemberToAsk:
    return MemberToAsk(
        name=f"{member.given_name} {member.family_name}".strip(),
        membership_number=member.membership_number,
        workplace=member.workplace,
        email=member.email,
        mobile=member.mobile,
        missing=tuple(DETAILS[field] for field in held if not getattr(member, field)),
    )
