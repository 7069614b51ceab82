"""How mail to the members of a ballot fares, branch by branch."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.freeze import policy_of
from app.ballots.models import Ballot, RollEntry
from app.ballots.service import key_of
from app.notices.bounce_models import Bounce
from app.notices.bounces import has_dead_address
from app.notices.models import NOT_NEEDED, Delivery, OutboxMessage, Purpose
from app.roll.cells import folded_branch
from app.roll.models import Branch, Member
from app.rules.entitlement import Standing, reason_left_out
from app.rules.percent import percent

Row = OutboxMessage
DETAILS = ("given_name", "family_name", "membership_number", "email", "mobile")


@dataclass(frozen=True, slots=True)
class BranchDelivery:
    """How mail to one branch fares.

    Attributes:
        branch: its code, as the roll spells it.
        entitled: members on the frozen roll.
        no_address: of them, those without an e-mail address.
        dead: those whose only address is of no use, because mail to it came back for good.
        accepted: invitations that the mail server took and that did not come back, or that were
            not needed any more when they would have left again.
        came_back: invitations that came back, for good or for now.
    """

    branch: str
    entitled: int
    no_address: int
    dead: int
    accepted: int
    came_back: int

    @property
    def without_working_address(self) -> int:
        """How many members of the branch no e-mail reaches."""
        return self.no_address + self.dead

    @property
    def rate(self) -> str:
        """What part of the branch that is, in per cent."""
        return percent(self.without_working_address, whole=self.entitled)


@dataclass(frozen=True, slots=True)
class MemberToWrite:
    """A member whose e-mail address is of no use, for a rep who asks for another."""

    name: str
    membership_number: str
    email: str
    mobile: str


def delivery_by_branch(
    session: Session, ballot: Ballot, *, branch: str | None = None
) -> list[BranchDelivery]:
    """Return how mail fares in each branch on a frozen roll, in alphabetical order.

    Args:
        session: reads.
        ballot: with a frozen roll; of a draft nothing is returned.
        branch: only this one, in any spelling of its code.
    """
    came_back = _came_back(session, ballot, branch=branch)
    accepted = _accepted(session, ballot, branch=branch)
    return [
        BranchDelivery(
            row.branch,
            entitled=row.entitled,
            no_address=int(row.no_address),
            dead=int(row.dead),
            accepted=accepted[row.branch] - came_back[row.branch],
            came_back=came_back[row.branch],
        )
        for row in session.execute(_addresses(ballot, branch=branch))
    ]


def members_with_dead_address(
    session: Session, ballot: Ballot, *, branch: str
) -> list[MemberToWrite]:
    """Return those of a branch on the frozen roll whose e-mail address is of no use."""
    query: sa.Select[Any] = (
        sa.select(*[col(getattr(Member, name)) for name in DETAILS])
        .where(has_dead_address())
        .order_by(col(Member.family_name), col(Member.given_name), col(Member.membership_number))
    )
    return [
        MemberToWrite(
            f"{row.given_name} {row.family_name}".strip(),
            membership_number=row.membership_number,
            email=row.email,
            mobile=row.mobile,
        )
        for row in session.execute(_on_roll(query, ballot, branch=branch))
    ]


def dead_at_freeze(session: Session, ballot: Ballot) -> int:
    """Return how many who would be entitled have only an address that mail came back from."""
    facts = [col(getattr(Member, field)) for field in Standing._fields]
    alike = sa.select(*facts, sa.func.count()).where(has_dead_address()).group_by(*facts)
    policy = policy_of(ballot)
    return sum(
        int(number)
        for *standing, number in session.execute(alike)
        if reason_left_out(Standing(*standing), policy=policy) is None
    )


def _addresses(ballot: Ballot, *, branch: str | None) -> sa.Select[Any]:
    figures: list[sa.ColumnElement[Any]] = [
        sa.label("branch", col(Member.branch)),
        sa.func.count().label("entitled"),
        sa.func.sum(sa.case((col(Member.email) == "", 1), else_=0)).label("no_address"),
        sa.func.sum(sa.case((has_dead_address(), 1), else_=0)).label("dead"),
    ]
    return (
        _on_roll(sa.select(*figures), ballot, branch=branch)
        .group_by(col(Member.branch))
        .order_by(col(Member.branch))
    )


def _on_roll(query: sa.Select[Any], ballot: Ballot, *, branch: str | None) -> sa.Select[Any]:
    narrowed = query.join(RollEntry, col(RollEntry.member_id) == col(Member.id)).where(
        col(RollEntry.ballot_id) == key_of(ballot), col(RollEntry.on_roll)
    )
    return narrowed if branch is None else _of_branch(narrowed, branch)


def _of_branch(query: sa.Select[Any], branch: str) -> sa.Select[Any]:
    return query.join(Branch, col(Branch.code) == col(Member.branch)).where(
        col(Branch.folded_code) == folded_branch(branch)
    )


def _invitations(
    ballot: Ballot, *, branch: str | None, only: sa.ColumnElement[bool]
) -> sa.Select[Any]:
    columns: list[sa.ColumnElement[Any]] = [sa.label("branch", col(Member.branch)), sa.func.count()]
    query = (
        sa.select(*columns)
        .join(Row, col(Row.member_id) == col(Member.id))
        .where(
            col(Row.ballot_id) == key_of(ballot),
            col(Row.purpose) == Purpose.INVITATION,
            only,
        )
        .group_by(col(Member.branch))
    )
    return query if branch is None else _of_branch(query, branch)


def _is_accepted() -> sa.ColumnElement[bool]:
    return col(Row.state) == Delivery.ACCEPTED


def _accepted(session: Session, ballot: Ballot, *, branch: str | None) -> Counter[str]:
    not_needed = (col(Row.state) == Delivery.DROPPED) & (col(Row.reply) == NOT_NEEDED)
    # Told apart, a single invitation that is sent again would say whether its member has voted.
    query = _invitations(ballot, branch=branch, only=_is_accepted() | not_needed)
    return Counter({code: number for code, number in session.execute(query)})  # noqa: C416 - rows are not pairs to a type checker


def _came_back(session: Session, ballot: Ballot, *, branch: str | None) -> Counter[str]:
    query = _invitations(ballot, branch=branch, only=_is_accepted()).join(
        Bounce, col(Bounce.message_id) == col(Row.message_id)
    )
    return Counter({code: number for code, number in session.execute(query)})  # noqa: C416 - rows are not pairs to a type checker
