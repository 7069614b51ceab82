"""Freeze the roll: fix who is entitled in one ballot, and say how many were left out and why.

The roll is read in slices, so that a union of 1.3 million members needs no more memory than one
of five thousand.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import RollFrozen
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot, LeftOut, LeftOutMember, RollEntry
from app.ballots.roll_cells import Place, add_cell, place_of, write_sizes
from app.ballots.roll_lines import digest_of, lines_of
from app.ballots.schemas import ConstituencyIO, FrozenRollOut, LeftOutOut
from app.ballots.service import key_of
from app.core.errors import Conflict
from app.roll.contact import can_be_reached
from app.roll.models import Member
from app.rules.entitlement import Constituency, Policy, Reason, Standing, reason_left_out
from app.rules.london import london_day
from app.security.service import Staff

SLICE = 5000


class AlreadyFrozen(Conflict):
    """A frozen roll is fixed."""

    code = "already_frozen"
    message = "The roll of this ballot is already frozen. It cannot be frozen again."


class NobodyEntitled(Conflict):
    """A ballot of nobody is a mistake."""

    code = "nobody_entitled"
    message = (
        "Nobody on the roll would be entitled to vote. Import the membership file, or check the "
        "constituency and the cut-off, and freeze again. Nothing was changed."
    )


class WindowOver(Conflict):
    """The ballot's window has passed."""

    code = "window_over"
    message = "This ballot's closing time has passed. Set up a new ballot with a later window."


class _Entry(NamedTuple):
    member_id: int
    number: str
    reachable: bool
    standing: Standing


def policy_of(ballot: Ballot) -> Policy:
    """Return a ballot's rules of entitlement, as the pure rules want them."""
    constituency = ConstituencyIO.model_validate(ballot.constituency)
    return Policy(
        cut_off_day=london_day(ballot.cut_off_at),
        opened_on=london_day(ballot.opens_at),
        exclude_arrears=ballot.exclude_arrears,
        constituency=Constituency(
            categories=frozenset(constituency.categories),
            branches=frozenset(constituency.branches),
            regions=frozenset(constituency.regions),
            employers=frozenset(constituency.employers),
            workplaces=frozenset(constituency.workplaces),
        ),
    )


def freeze_roll(session: Session, ballot: Ballot, *, staff: Staff, now: datetime) -> FrozenRollOut:
    """Fix the roll of a draft, all or nothing.

    The update that claims the ballot comes first: of two officers who freeze at once, one does.

    Raises:
        AlreadyFrozen: it is frozen.
        WindowOver: the close has passed.
        NobodyEntitled: nobody would be.
    """
    if state_of(ballot, now=now) is not State.DRAFT:
        raise AlreadyFrozen
    if now >= ballot.closes_at:
        raise WindowOver
    _claim(session, ballot, now=now)
    left_out = _copy_entitled(session, ballot)
    digest, entitled = roll_digest(session, ballot)
    if entitled == 0:
        raise NobodyEntitled
    ballot.roll_digest = digest
    for reason, count in left_out.items():
        session.add(LeftOut(ballot_id=key_of(ballot), reason=reason, count=count))
    excluded = {str(reason): count for reason, count in sorted(left_out.items())}
    event = RollFrozen(ballot.slug, entitled=entitled, excluded=excluded, roll_digest=digest)
    audit.record(session, event, actor=staff.actor, now=now)
    return FrozenRollOut(
        entitled=entitled,
        excluded=[LeftOutOut(reason=name, count=count) for name, count in excluded.items()],
        roll_digest=digest,
    )


def _claim(session: Session, ballot: Ballot, *, now: datetime) -> None:
    claimed = session.execute(
        update(Ballot)
        .where(col(Ballot.id) == key_of(ballot), col(Ballot.frozen_at).is_(None))
        .values(frozen_at=now)
        .returning(col(Ballot.id))
    ).first()
    if claimed is None:
        raise AlreadyFrozen
    session.refresh(ballot)


def _copy_entitled(session: Session, ballot: Ballot) -> Counter[Reason]:
    policy, ballot_id = policy_of(ballot), key_of(ballot)
    left_out: Counter[Reason] = Counter()
    sizes: Counter[Place] = Counter()
    cells: dict[Place, int] = {}
    for entries in _slices_of_roll(session):
        rows: list[dict[str, Any]] = []
        others: list[dict[str, Any]] = []
        for entry in entries:
            reason = reason_left_out(entry.standing, policy=policy)
            if reason is not None:
                left_out[reason] += 1
                others.append(
                    {"ballot_id": ballot_id, "member_id": entry.member_id, "reason": str(reason)}
                )
                continue
            place = place_of(entry.standing, reachable=entry.reachable)
            sizes[place] += 1
            if place not in cells:
                cells[place] = add_cell(session, ballot_id=ballot_id, place=place)
            rows.append(_row_of(entry, ballot_id=ballot_id, cell_id=cells[place]))
        if rows:
            session.execute(insert(RollEntry), rows)
        if others:
            session.execute(insert(LeftOutMember), others)
    write_sizes(session, {cells[place]: size for place, size in sizes.items()})
    return left_out


def _slices_of_roll(session: Session) -> Iterator[list[_Entry]]:
    last = 0
    while True:
        rows = session.execute(
            select(
                col(Member.id),
                col(Member.membership_number),
                col(Member.email),
                col(Member.mobile),
                *[col(getattr(Member, field)) for field in Standing._fields],
            )
            .where(col(Member.id) > last)
            .order_by(col(Member.id))
            .limit(SLICE)
        ).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [
            _Entry(
                member_id,
                number,
                reachable=can_be_reached(email=email, mobile=mobile),
                standing=Standing(*facts),
            )
            for member_id, number, email, mobile, *facts in rows
        ]


def _row_of(entry: _Entry, *, ballot_id: int, cell_id: int) -> dict[str, Any]:
    return {
        "ballot_id": ballot_id,
        "member_id": entry.member_id,
        "cell_id": cell_id,
        "membership_number": entry.number,
        "category": entry.standing.category,
        "joined_on": entry.standing.joined_on,
    }


def roll_digest(session: Session, ballot: Ballot) -> tuple[str, int]:
    """Return the SHA-256 (hex) of the frozen roll in order of membership number, and its size.

    One line of JSON per entry: number, category, day of joining, branch, region, employer,
    workplace. Whoever holds the roll can work it out again.
    """
    lines = lines_of(session, col(RollEntry.ballot_id) == key_of(ballot))
    return digest_of(line for _, line in lines)
