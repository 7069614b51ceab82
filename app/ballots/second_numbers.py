"""Find who would come onto a frozen roll a second time, under another membership number.

An import warns of two numbers that are probably one person; whoever overlooked that would give
this person two codes. What counts as alike is the same here as there (app/roll/same_people.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import RollEntry
from app.roll.models import Member
from app.roll.same_people import MOST_TOGETHER, Person, alike_pairs, home_of

SLICE = 1000
HOME = home_of(col(Member.postcode), col(Member.family_name))


def second_numbers(
    session: Session, ballot_id: int, *, coming: Sequence[int]
) -> Iterator[tuple[Person, Person]]:
    """Yield pairs that are probably one person, one of them at least about to come in.

    Args:
        session: reads; for each thousand homes once through the union's roll.
        ballot_id: whose frozen roll.
        coming: the keys of members who are about to come onto it.
    """
    homes = _homes(session, coming)
    for start in range(0, len(homes), SLICE):
        some = dict(list(homes.items())[start : start + SLICE])
        newcomers = [key for keys in some.values() for key in keys]
        rows = session.execute(_people(ballot_id, homes=list(some), coming=newcomers)).all()
        sizes: dict[str, int] = defaultdict(int)
        for row in rows:
            sizes[row.home] += 1
        yield from alike_pairs(row for row in rows if sizes[row.home] <= MOST_TOGETHER)


def _homes(session: Session, coming: Sequence[int]) -> Mapping[str, Sequence[int]]:
    """Return the members who are coming by home; of those without a postcode nothing is known."""
    found: dict[str, list[int]] = defaultdict(list)
    for start in range(0, len(coming), SLICE):
        rows = session.execute(
            sa.select(HOME, col(Member.id)).where(
                col(Member.id).in_(coming[start : start + SLICE]), col(Member.postcode) != ""
            )
        )
        for home, key in rows:
            found[home].append(key)
    return found


def _people(ballot_id: int, *, homes: Sequence[str], coming: Sequence[int]) -> sa.Select[Any]:
    is_new = col(Member.id).in_(coming)
    return (
        sa.select(
            col(Member.membership_number),
            sa.null().label("row_no"),
            sa.case((is_new, 1), else_=0).label("is_new"),
            col(Member.given_name),
            col(Member.family_name),
            col(Member.branch),
            HOME.label("home"),
        )
        .outerjoin(
            RollEntry,
            (col(RollEntry.member_id) == col(Member.id)) & (col(RollEntry.ballot_id) == ballot_id),
        )
        .where(HOME.in_(homes), sa.or_(is_new, col(RollEntry.on_roll)))
        .order_by(HOME, col(Member.membership_number))
    )
