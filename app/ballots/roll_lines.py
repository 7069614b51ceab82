"""What a digest takes of a roll: one line of JSON per entry."""

import hashlib
import json
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from app.ballots.models import RollCell, RollEntry

SLICE = 5000
# How the line of an erased member begins: nobody on a roll has an empty number.
ERASED = '["",'


def lines_of(session: Session, condition: ColumnElement[bool]) -> Iterator[tuple[int, str]]:
    """Yield the key of each entry that fits, and its line.

    A line holds number, category, day of joining, branch, region, employer, workplace, as the
    roll had them when the entry came onto it. Whoever holds the roll can write it again.
    """
    rows = session.execute(
        select(
            col(RollEntry.id),
            col(RollEntry.membership_number),
            col(RollEntry.category),
            col(RollEntry.joined_on),
            col(RollCell.branch),
            col(RollCell.region),
            col(RollCell.employer),
            col(RollCell.workplace),
        )
        .join(RollCell, col(RollCell.id) == col(RollEntry.cell_id))
        .where(condition)
        .execution_options(yield_per=SLICE)
    )
    for entry_id, number, category, joined_on, *place in rows:
        joined = joined_on.isoformat() if joined_on else None
        # One that was saved has a key.
        yield (
            entry_id or 0,
            json.dumps([number, category, joined, *place], ensure_ascii=False),
        )


def digest_of(lines: Iterable[str]) -> tuple[str, int]:
    """Return the SHA-256 (hex) of lines in their order, and how many there are."""
    running = hashlib.sha256()
    size = 0
    # Sorted here rather than by the database: two databases order letters in two ways.
    for line in sorted(lines):
        running.update(line.encode() + b"\n")
        size += 1
    return running.hexdigest(), size
