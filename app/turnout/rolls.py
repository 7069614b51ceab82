"""The frozen rolls that this process has read, kept for as long as they stand."""

from collections.abc import Hashable
from collections.abc import Set as AbstractSet
from weakref import WeakKeyDictionary

from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.repository import cells_of
from app.ballots.service import key_of
from app.turnout.frozen_roll import FrozenRoll

# More than one union has open at a time; a roll of 500 branches takes some 2 MB.
MOST_KEPT = 32
_kept: WeakKeyDictionary[object, dict[Hashable, FrozenRoll]] = WeakKeyDictionary()


def roll_of(session: Session, ballot: Ballot, *, cell_ids: AbstractSet[int]) -> FrozenRoll:
    """Return a ballot's frozen roll, read again only where a supplement or exclusion changed it.

    Every change of the roll changes its digest (docs/decisions/0027).

    Args:
        session: a session that reads.
        ballot: a ballot whose roll is frozen.
        cell_ids: cells that have votes. A supplement that came after the ballot was read may have
            brought some that the roll by its old digest does not have.
    """
    kept = _kept.setdefault(session.get_bind(), {})
    key = (
        key_of(ballot),
        ballot.frozen_at,
        ballot.roll_digest,
        ballot.floor,
        ballot.small_in_steps,
    )
    roll = kept.get(key)
    if roll is None or not cell_ids <= roll.whole.id_of.keys():
        cells = sorted(cells_of(session, key_of(ballot)), key=lambda cell: cell.id)
        roll = FrozenRoll(tuple(cells), floor=ballot.floor, in_steps=ballot.small_in_steps)
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = roll
    return roll
