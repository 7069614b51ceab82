"""Queries about members and branches."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.roll.cells import folded_branch
from app.roll.models import Branch, Member
from app.rules.entitlement import Standing


class Joiner(NamedTuple):
    """A member who joined lately, with the facts that decide whether they may vote."""

    membership_number: str
    given_name: str
    family_name: str
    standing: Standing


def find_member(session: Session, membership_number: str) -> Member | None:
    """Find a member by their exact number."""
    # PostgreSQL cannot even look for it.
    if "\0" in membership_number:
        return None
    return session.exec(select(Member).where(Member.membership_number == membership_number)).first()


def find_branch(session: Session, code: str) -> Branch | None:
    """Find a branch by any spelling of its code: case and extra spaces do not matter."""
    return session.exec(select(Branch).where(Branch.folded_code == folded_branch(code))).first()


def branch_codes(session: Session) -> list[str]:
    """Return the code of every branch as the roll spells it, in alphabetical order."""
    return [code for _, code in sorted(codes_by_folded_code(session).items())]


def codes_by_folded_code(session: Session) -> dict[str, str]:
    """Return each branch's code by its folded code."""
    rows = session.execute(sa.select(col(Branch.folded_code), col(Branch.code)))
    return {folded: code for folded, code in rows}  # noqa: C416 - rows are not pairs to a type checker


def members_joined_since(session: Session, *, day: date, branch: str | None) -> list[Joiner]:
    """Return who joined on a day or after it, the latest first.

    Args:
        session: reads.
        day: the first London day that counts.
        branch: any spelling of one branch's code; all branches where it is None.
    """
    query = (
        sa.select(
            col(Member.membership_number),
            col(Member.given_name),
            col(Member.family_name),
            *[col(getattr(Member, field)) for field in Standing._fields],
        )
        .where(col(Member.joined_on) >= day)
        .order_by(col(Member.joined_on).desc(), col(Member.membership_number))
    )
    if branch is not None:
        query = query.join(Branch, col(Branch.code) == col(Member.branch)).where(
            col(Branch.folded_code) == folded_branch(branch)
        )
    return [
        Joiner(number, given_name, family_name, Standing(*facts))
        for number, given_name, family_name, *facts in session.execute(query)
    ]


def count_members(session: Session) -> int:
    """Return how many members the roll has, those who have left among them."""
    count: int = session.execute(sa.select(sa.func.count()).select_from(Member)).scalar_one()
    return count


def let_one_import_write(session: Session) -> None:
    """Let nobody else change members until this transaction ends. SQLite has one writer anyway.

    Everybody can still read, freeze a roll and vote.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("LOCK TABLE member IN SHARE ROW EXCLUSIVE MODE"))


def add_branches(session: Session, codes: Mapping[str, str]) -> None:
    """Add branches, given as folded code to code."""
    rows = [{"code": code, "folded_code": folded} for folded, code in codes.items()]
    if rows:
        session.execute(sa.insert(Branch), rows)
