"""Freeze the roll: fix who is entitled in one ballot, and say how many were left out and why.

The roll is read in slices, so that a union of 1.3 million members needs no more memory than one
of five thousand.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import RollFrozen
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot, LeftOut, RollCell, RollEntry
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


class _Place(NamedTuple):
    """What makes a cell: whoever shares all of it is counted together."""

    branch: str
    region: str
    employer: str
    workplace: str
    reachable: bool


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
    policy = policy_of(ballot)
    left_out: Counter[Reason] = Counter()
    sizes: Counter[_Place] = Counter()
    cells: dict[_Place, int] = {}
    for entries in _slices_of_roll(session):
        rows: list[dict[str, Any]] = []
        for entry in entries:
            reason = reason_left_out(entry.standing, policy=policy)
            if reason is not None:
                left_out[reason] += 1
                continue
            cell = _place_of(entry)
            sizes[cell] += 1
            if cell not in cells:
                cells[cell] = _add_cell(session, ballot_id=key_of(ballot), cell=cell)
            rows.append(_row_of(entry, ballot_id=key_of(ballot), cell_id=cells[cell]))
        if rows:
            session.execute(insert(RollEntry), rows)
    _write_sizes(session, {cells[cell]: size for cell, size in sizes.items()})
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


def _place_of(entry: _Entry) -> _Place:
    standing = entry.standing
    return _Place(
        standing.branch,
        standing.region,
        standing.employer,
        standing.workplace,
        reachable=entry.reachable,
    )


def _add_cell(session: Session, *, ballot_id: int, cell: _Place) -> int:
    row = RollCell(ballot_id=ballot_id, entitled=0, **cell._asdict())
    session.add(row)
    session.flush()
    assert row.id is not None  # noqa: S101 - the flush gave it one
    return row.id


def _row_of(entry: _Entry, *, ballot_id: int, cell_id: int) -> dict[str, Any]:
    return {
        "ballot_id": ballot_id,
        "member_id": entry.member_id,
        "cell_id": cell_id,
        "membership_number": entry.number,
        "category": entry.standing.category,
        "joined_on": entry.standing.joined_on,
    }


def _write_sizes(session: Session, sizes: dict[int, int]) -> None:
    for cell_id, size in sizes.items():
        session.execute(update(RollCell).where(col(RollCell.id) == cell_id).values(entitled=size))


def roll_digest(session: Session, ballot: Ballot) -> tuple[str, int]:
    """Return the SHA-256 (hex) of the frozen roll in order of membership number, and its size.

    One line of JSON per entry: number, category, day of joining, branch, region, employer,
    workplace. Whoever holds the roll can work it out again.
    """
    running = hashlib.sha256()
    size = 0
    # Sorted here rather than by the database: two databases order letters in two ways.
    for line in sorted(_lines_of_roll(session, key_of(ballot))):
        running.update(line.encode() + b"\n")
        size += 1
    return running.hexdigest(), size


def _lines_of_roll(session: Session, ballot_id: int) -> Iterator[str]:
    rows = session.execute(
        select(
            col(RollEntry.membership_number),
            col(RollEntry.category),
            col(RollEntry.joined_on),
            col(RollCell.branch),
            col(RollCell.region),
            col(RollCell.employer),
            col(RollCell.workplace),
        )
        .join(RollCell, col(RollCell.id) == col(RollEntry.cell_id))
        .where(col(RollEntry.ballot_id) == ballot_id)
        .execution_options(yield_per=SLICE)
    )
    for number, category, joined_on, *cell in rows:
        yield json.dumps([number, category, joined_on.isoformat(), *cell], ensure_ascii=False)
