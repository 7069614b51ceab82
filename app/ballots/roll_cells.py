"""Cells of a frozen roll: who is counted together, and how a roll keeps their sizes."""

from collections import Counter
from typing import NamedTuple

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.ballots.models import RollCell
from app.rules.entitlement import Standing


class Place(NamedTuple):
    """What makes a cell: whoever shares all of it is counted together."""

    branch: str
    region: str
    employer: str
    workplace: str
    reachable: bool | None


def place_of(standing: Standing, *, reachable: bool) -> Place:
    """Return the place of a member as the roll describes them now."""
    return Place(
        standing.branch,
        standing.region,
        standing.employer,
        standing.workplace,
        reachable=reachable,
    )


def add_cell(session: Session, *, ballot_id: int, place: Place) -> int:
    """Add an empty cell, and return its key."""
    row = RollCell(ballot_id=ballot_id, entitled=0, **place._asdict())
    session.add(row)
    session.flush()
    assert row.id is not None  # noqa: S101 - the flush gave it one
    return row.id


def cell_of_each_place(session: Session, ballot_id: int) -> dict[Place, int]:
    """Return the key of each cell that a frozen roll has."""
    cells = session.exec(select(RollCell).where(RollCell.ballot_id == ballot_id))
    return {
        Place(
            cell.branch, cell.region, cell.employer, cell.workplace, reachable=cell.reachable
        ): key
        for cell in cells
        if (key := cell.id) is not None
    }


def write_sizes(session: Session, sizes: dict[int, int]) -> None:
    """Write how many each cell had at the freeze, by the cell's key."""
    for cell_id, size in sizes.items():
        session.execute(update(RollCell).where(col(RollCell.id) == cell_id).values(entitled=size))


def grow(session: Session, by_cell: Counter[int]) -> None:
    """Count the entries of a supplement into their cells, by the cell's key."""
    for cell_id, number in sorted(by_cell.items()):
        session.execute(
            update(RollCell)
            .where(col(RollCell.id) == cell_id)
            .values(
                entitled=col(RollCell.entitled) + number,
                added=col(RollCell.added) + number,
            )
        )


def shrink(session: Session, cell_id: int) -> None:
    """Count one entry out of its cell."""
    session.execute(
        update(RollCell)
        .where(col(RollCell.id) == cell_id)
        .values(entitled=col(RollCell.entitled) - 1, removed=col(RollCell.removed) + 1)
    )
