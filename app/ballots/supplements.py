"""Put members onto a frozen roll: by their numbers, or everybody who joined in time and came late.

Nobody comes in who is not entitled by the ballot's own rules. Each supplement has a number and a
reason, and its members get their codes like everybody else: whoever has none is handed one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import RollSupplemented
from app.ballots.chain import (
    Change,
    effect_of,
    lock_roll,
    record_change,
    refuse_unless_changeable,
)
from app.ballots.change_models import RollChange
from app.ballots.freeze import policy_of
from app.ballots.models import Ballot, LeftOutMember, RollEntry
from app.ballots.roll_cells import add_cell, cell_of_each_place, grow, place_of
from app.ballots.second_numbers import second_numbers
from app.ballots.service import key_of
from app.core.errors import Conflict, Invalid
from app.roll.contact import can_be_reached
from app.roll.models import Member
from app.rules.entitlement import Standing, explain, reason_left_out
from app.security.service import Staff

SLICE = 5000
# More than these are counted and not named: nobody reads a sentence of a thousand numbers.
MOST_NAMED = 10


class NobodyToAdd(Conflict):
    """There is nobody who could come in."""

    code = "nobody_to_add"
    message = (
        "Nobody is missing from this roll: everybody who joined in time and is entitled is on it. "
        "Import the newest membership file first, if there are late joiners."
    )


class CannotBeAdded(Invalid):
    """Somebody named is unknown, on the roll already, or not entitled."""

    code = "cannot_be_added"
    message = "Somebody in this list cannot be added. Nobody was added."


class SecondNumber(Invalid):
    """Somebody would probably be on the roll twice."""

    code = "second_number"
    message = (
        "Somebody in this list is probably on this roll under another number. Nobody was added."
    )


class Latecomer(NamedTuple):
    """A member who is entitled by the roll of today, and is not on the frozen one."""

    member_id: int
    membership_number: str
    given_name: str
    family_name: str
    reachable: bool
    standing: Standing
    # Why the freeze left them out; None for those who were not on the roll at all.
    left_out: str | None
    # Their entry, if they were taken off this roll before.
    entry_id: int | None = None
    on_roll: bool = False


@dataclass(frozen=True)
class Supplement:
    """What an officer asks for.

    Attributes:
        numbers: membership numbers; None for everybody who came onto the roll after the freeze.
        reason: why, for the record.
        votes_cast: how many had voted just now.
        different_people: the officer has looked, and says that who is alike is not the same.
    """

    numbers: Sequence[str] | None
    reason: str
    votes_cast: int
    different_people: bool = False


def latecomers(session: Session, ballot: Ballot) -> Iterator[Latecomer]:
    """Yield who is entitled by the roll of today and has never been on this ballot's roll.

    Some joined in time and were imported after the freeze; of others the roll now says something
    else than it did, and `left_out` says why they were left out then.
    """
    policy = policy_of(ballot)
    in_time = col(Member.joined_on) <= policy.cut_off_day
    for each in _members(session, ballot, sa.and_(col(RollEntry.id).is_(None), in_time)):
        if reason_left_out(each.standing, policy=policy) is None:
            yield each


def add_supplement(
    session: Session, ballot: Ballot, supplement: Supplement, *, staff: Staff, now: datetime
) -> RollChange:
    """Put members onto a frozen roll, all of those asked for or none.

    Raises:
        CannotBeAdded: one of the numbers is unknown, on the roll already, or not entitled.
        SecondNumber: somebody is probably on the roll under another number.
        NobodyToAdd: nobody came late.
        RollNotFrozen: the ballot is a draft.
        RollClosed: voting has closed.
    """
    if not supplement.different_people:
        # Before the lock: it reads the union's roll, and no vote should wait for that.
        refuse_unless_changeable(ballot, now=now)
        _refuse_second_numbers(session, ballot, coming=_coming(session, ballot, supplement))
    lock_roll(session, ballot, now=now)
    coming = _coming(session, ballot, supplement)
    entry_ids = _enter(session, ballot, coming)
    change = Change(
        "supplement",
        reason=supplement.reason,
        proposed_by=staff.name,
        approved_by=None,
        votes_cast=supplement.votes_cast,
        now=now,
    )
    row = record_change(session, ballot, entry_ids=entry_ids, change=change)
    event = RollSupplemented(
        ballot.slug,
        change=row.number,
        added=row.entries,
        entitled=row.entitled_after,
        roll_digest=row.digest,
        changes=effect_of(row),
    )
    audit.record(session, event, actor=staff.actor, now=now)
    return row


def _coming(session: Session, ballot: Ballot, supplement: Supplement) -> list[Latecomer]:
    if supplement.numbers is None:
        coming = [each for each in latecomers(session, ballot) if each.left_out is None]
    else:
        coming = _named(session, ballot, numbers=supplement.numbers)
    if not coming:
        raise NobodyToAdd
    return coming


def _refuse_second_numbers(
    session: Session, ballot: Ballot, *, coming: Sequence[Latecomer]
) -> None:
    members = [each.member_id for each in coming]
    pairs = [
        " and ".join(sorted((first.membership_number, second.membership_number)))
        for first, second in second_numbers(session, key_of(ballot), coming=members)
    ]
    if pairs:
        raise SecondNumber(
            f"{_sentence(pairs)} Each pair has nearly the same name and the same postcode, and may "
            "be one person with two numbers, who would get two votes. Mend the membership file, or "
            "say that they are different people."
        )


def _named(session: Session, ballot: Ballot, *, numbers: Sequence[str]) -> list[Latecomer]:
    wanted = list(dict.fromkeys(numbers))
    found: dict[str, Latecomer] = {}
    for start in range(0, len(wanted), SLICE):
        # A number with a NUL is nobody's, and PostgreSQL cannot even look for it.
        some = [number for number in wanted[start : start + SLICE] if "\0" not in number]
        named = col(Member.membership_number).in_(some)
        found |= {each.membership_number: each for each in _members(session, ballot, named)}
    policy = policy_of(ballot)
    problems = []
    for number in wanted:
        member = found.get(number)
        if member is None:
            problems.append(f"{number} is not on the union's roll")
        elif member.on_roll:
            problems.append(f"{number} is on the roll of this ballot already")
        elif reason := reason_left_out(member.standing, policy=policy):
            why = explain(reason, standing=member.standing, policy=policy)
            problems.append(f"{number} is not entitled ({why.removesuffix('.')})")
    if problems:
        raise CannotBeAdded(_sentence(problems))
    return list(found.values())


def _sentence(problems: Sequence[str]) -> str:
    named = "; ".join(problems[:MOST_NAMED])
    more = len(problems) - MOST_NAMED
    return f"Nobody was added: {named}{f'; and {more} more' if more > 0 else ''}."


def _members(
    session: Session, ballot: Ballot, condition: sa.ColumnElement[bool]
) -> Iterator[Latecomer]:
    rows = session.execute(_query(key_of(ballot), condition))
    for key, number, given, family, email, mobile, left_out, entry_id, on_roll, *facts in rows:
        yield Latecomer(
            key,
            membership_number=number,
            given_name=given,
            family_name=family,
            reachable=can_be_reached(email=email, mobile=mobile),
            standing=Standing(*facts),
            left_out=left_out,
            entry_id=entry_id,
            on_roll=bool(on_roll),
        )


def _query(ballot_id: int, condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(
            col(Member.id),
            col(Member.membership_number),
            col(Member.given_name),
            col(Member.family_name),
            col(Member.email),
            col(Member.mobile),
            col(LeftOutMember.reason),
            col(RollEntry.id),
            col(RollEntry.on_roll),
            *[col(getattr(Member, field)) for field in Standing._fields],
        )
        .outerjoin(
            RollEntry,
            (col(RollEntry.member_id) == col(Member.id)) & (col(RollEntry.ballot_id) == ballot_id),
        )
        .outerjoin(
            LeftOutMember,
            (col(LeftOutMember.member_id) == col(Member.id))
            & (col(LeftOutMember.ballot_id) == ballot_id),
        )
        .where(condition)
        .order_by(col(Member.id))
        .execution_options(yield_per=SLICE)
    )


def _enter(session: Session, ballot: Ballot, coming: Sequence[Latecomer]) -> list[int]:
    """Enter the members, count them into their cells, and return the keys of their entries."""
    ballot_id = key_of(ballot)
    back = [each.entry_id for each in coming if each.entry_id is not None]
    by_cell = _put_back(session, back)
    cells = cell_of_each_place(session, ballot_id)
    rows: list[dict[str, Any]] = []
    for each in coming:
        if each.entry_id is not None:
            continue
        place = place_of(each.standing, reachable=each.reachable)
        if place not in cells:
            cells[place] = add_cell(session, ballot_id=ballot_id, place=place)
        by_cell[cells[place]] += 1
        rows.append(
            {
                "ballot_id": ballot_id,
                "member_id": each.member_id,
                "cell_id": cells[place],
                "membership_number": each.membership_number,
                "category": each.standing.category,
                "joined_on": each.standing.joined_on,
            }
        )
    grow(session, by_cell)
    new: list[int] = []
    for start in range(0, len(rows), SLICE):
        entered = sa.insert(RollEntry).returning(col(RollEntry.id))
        new += [key for key in session.scalars(entered, rows[start : start + SLICE]) if key]
    return [*back, *new]


def _put_back(session: Session, entry_ids: Sequence[int]) -> Counter[int]:
    """Put those back who were taken off, in the cells they had."""
    if not entry_ids:
        return Counter()
    cells = session.scalars(
        sa.update(RollEntry)
        .where(col(RollEntry.id).in_(entry_ids), col(RollEntry.on_roll).is_(False))
        .values(on_roll=True)
        .returning(col(RollEntry.cell_id))
    )
    return Counter(cells)
