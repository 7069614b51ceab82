"""What stands in the sealed parts of a pack, before they are sealed."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots import repository as ballots
from app.ballots.chain import changes_of, entries_of_change
from app.ballots.models import Ballot, RollEntry
from app.ballots.roll_lines import lines_of
from app.ballots.service import key_of
from app.evidence.pack_tally import tally_facts
from app.results.board_lines import papers_in_order
from app.results.boards import board_of
from app.results.count import Count
from app.results.units import entitled_by_unit
from app.voting.marked_roll import not_voted


def complete_tally(
    session: Session, ballot: Ballot, counts: dict[str | None, Count]
) -> dict[str, Any]:
    """Return the tally with every unit, however small: for headquarters and the scrutineer."""
    units: dict[str, int] = {}
    if ballot.disaggregate_by is not None:
        cells = ballots.cells_of(session, key_of(ballot))
        units = entitled_by_unit(cells, grouping=ballot.disaggregate_by)
    entitled = ballots.entitled_count(session, key_of(ballot))
    return tally_facts(counts, entitled=entitled, units=units, withheld=0)


def sealed_roll(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Return the roll by name, who on it has voted, why it changed, and every paper as counted.

    A paper has its unit here, as the complete tally has: the scrutineer recounts unit by unit, and
    sees that these are the papers which the board was signed over (docs/decisions/0050).
    """
    ours = col(RollEntry.ballot_id) == key_of(ballot)
    lines = dict(lines_of(session, ours))
    on_roll = set(session.scalars(sa.select(col(RollEntry.id)).where(ours, col(RollEntry.on_roll))))
    voted = set(
        session.scalars(sa.select(col(RollEntry.id)).where(ours, ~not_voted(key_of(ballot))))
    )
    board = board_of(session, ballot)
    return {
        # [the line that the digest takes, on the roll at the close, has voted]
        "entries": sorted(
            [line, entry in on_roll, entry in voted] for entry, line in lines.items()
        ),
        "changes": [
            {
                "number": row.number,
                "reason": row.reason,
                "salt": row.salt.hex() if row.salt else None,
                "lines": sorted(lines[entry] for entry in entries_of_change(session, row)),
            }
            for row in changes_of(session, ballot)
        ],
        # [answers, unit], in the order of the board, and the key that opens its commitments
        "papers": [
            [paper.answers, paper.unit] for paper in papers_in_order(session, key_of(ballot))
        ],
        "salt_key": board.salt_key.hex() if board else None,
    }
