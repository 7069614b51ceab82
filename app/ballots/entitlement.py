"""Why each member is entitled or not: as a freeze would have it today, or as the freeze had it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.freeze import policy_of
from app.ballots.models import Ballot, LeftOutMember, RollEntry
from app.ballots.service import key_of
from app.core.csv_lines import csv_line
from app.core.database import Database
from app.roll.models import Member
from app.rules.entitlement import Policy, Reason, Standing, explain, reason_left_out

SLICE = 2000
COLUMNS = (
    "membership_number",
    "given_name",
    "family_name",
    "branch",
    "category",
    "joined_on",
    "entitled",
    "reason",
    "explanation",
)
ENTITLED = "entitled"
Verdicts = Reason | Literal["entitled", "taken_off"]
# Not a reason of the freeze: somebody who was entitled and was taken off by two officers.
TAKEN_OFF = "taken_off"
TAKEN_OFF_WORDS = "Taken off the frozen roll by two officers; the changes of the roll say why."
AS_FROZEN = "So it stood when the roll was frozen; the roll has changed since."


@dataclass(frozen=True, slots=True)
class Verdict:
    """One member: entitled, or why not.

    Attributes:
        key: of the member; lists go on after it.
        reason: None for who is entitled.
        explanation: a plain sentence; empty for who is entitled.
    """

    key: int
    membership_number: str
    given_name: str
    family_name: str
    branch: str
    category: str
    joined_on: date
    reason: str | None
    explanation: str


def verdicts(
    session: Session, ballot: Ballot, *, only: str | None = None, after: int = 0
) -> Iterator[Verdict]:
    """Yield members with the reason why each is entitled or not, in the order of their keys.

    Of a draft everybody on the roll is judged as they stand today. After the freeze they are
    listed as the freeze judged them: who has joined the union's roll since is not among them.

    Args:
        session: reads.
        ballot: a draft or a frozen ballot.
        only: one reason, or `entitled`; None for everybody.
        after: the key of the last member seen; 0 from the beginning.
    """
    judged = _as_of_today if ballot.frozen_at is None else _as_frozen
    while True:
        last = after
        for verdict, key in judged(session, ballot, only=only, after=after):
            last = key
            if verdict is not None:
                yield verdict
        if last == after:
            return
        after = last


def some_verdicts(
    session: Session, ballot: Ballot, *, only: str | None, after: int, limit: int
) -> tuple[list[Verdict], int | None]:
    """Return some members and, if there are more, the key after which they go on."""
    found = list(islice(verdicts(session, ballot, only=only, after=after), limit + 1))
    more = found[limit - 1].key if len(found) > limit else None
    return found[:limit], more


def verdict_on(session: Session, ballot: Ballot, *, number: str) -> Verdict | None:
    """Return the verdict on one member, if the freeze (or a draft's roll) knows them."""
    # PostgreSQL cannot even look for it.
    if "\0" in number:
        return None
    key = session.scalars(
        sa.select(col(Member.id)).where(col(Member.membership_number) == number)
    ).first()
    if key is None:
        return None
    found = next(verdicts(session, ballot, after=key - 1), None)
    return found if found is not None and found.key == key else None


def file_of(database: Database, ballot: Ballot, *, only: str | None) -> Iterator[str]:
    """Yield a file of verdicts, line by line; no cell of it starts a formula.

    It reads in a session of its own: the file is still being sent when the request's has ended.
    """
    yield csv_line(COLUMNS)
    with database.reading() as session:
        for each in verdicts(session, ballot, only=only):
            yield csv_line(
                (
                    each.membership_number,
                    each.given_name,
                    each.family_name,
                    each.branch,
                    each.category,
                    each.joined_on.isoformat(),
                    "no" if each.reason else "yes",
                    each.reason or "",
                    each.explanation,
                )
            )


def _as_of_today(
    session: Session, ballot: Ballot, *, only: str | None, after: int
) -> Iterator[tuple[Verdict | None, int]]:
    policy = policy_of(ballot)
    query = _members(after).where(*_who_may_be(only, policy=policy))
    for key, number, given, family, *facts in session.execute(query).all():
        standing = Standing(*facts)
        reason = reason_left_out(standing, policy=policy)
        if only not in {None, reason or ENTITLED}:
            yield None, key
            continue
        why = explain(reason, standing=standing, policy=policy) if reason else ""
        yield _verdict(key, number, given, family, standing, reason=reason, why=why), key


def _who_may_be(only: str | None, *, policy: Policy) -> list[sa.ColumnElement[bool]]:
    """Spare the database whoever cannot have a reason; the rule still judges the others."""
    if only == Reason.JOINED_AFTER_CUT_OFF:
        return [col(Member.joined_on) > policy.cut_off_day]
    if only == Reason.LEFT:
        return [col(Member.left_on) <= policy.opened_on]
    if only == Reason.IN_ARREARS:
        return [col(Member.in_arrears).is_(True)]
    return []


def _as_frozen(
    session: Session, ballot: Ballot, *, only: str | None, after: int
) -> Iterator[tuple[Verdict | None, int]]:
    policy, ballot_id = policy_of(ballot), key_of(ballot)
    query = (
        _members(after)
        .add_columns(col(LeftOutMember.reason), col(RollEntry.on_roll))
        .outerjoin(
            LeftOutMember,
            (col(LeftOutMember.member_id) == col(Member.id))
            & (col(LeftOutMember.ballot_id) == ballot_id),
        )
        .outerjoin(
            RollEntry,
            (col(RollEntry.member_id) == col(Member.id)) & (col(RollEntry.ballot_id) == ballot_id),
        )
        .where(_known_to_freeze(only))
    )
    for key, number, given, family, *facts, left_out, on_roll in session.execute(query).all():
        standing = Standing(*facts)
        reason = left_out if on_roll is None else (None if on_roll else TAKEN_OFF)
        why = _why_then(reason, standing=standing, policy=policy)
        yield _verdict(key, number, given, family, standing, reason=reason, why=why), key


def _known_to_freeze(only: str | None) -> sa.ColumnElement[bool]:
    entered = col(RollEntry.id).is_not(None)
    left_out = sa.and_(col(LeftOutMember.reason).is_not(None), ~entered)
    if only is None:
        return sa.or_(entered, left_out)
    if only in {ENTITLED, TAKEN_OFF}:
        return col(RollEntry.on_roll).is_(only == ENTITLED)
    return sa.and_(left_out, col(LeftOutMember.reason) == only)


def _why_then(reason: str | None, *, standing: Standing, policy: Policy) -> str:
    """Explain a reason of the freeze by today's facts, as long as they still give it."""
    if reason in {None, TAKEN_OFF}:
        return TAKEN_OFF_WORDS if reason else ""
    today = reason_left_out(standing, policy=policy)
    return explain(today, standing=standing, policy=policy) if today == reason else AS_FROZEN


def _members(after: int) -> sa.Select[Any]:
    return (
        sa.select(
            col(Member.id),
            col(Member.membership_number),
            col(Member.given_name),
            col(Member.family_name),
            *[col(getattr(Member, field)) for field in Standing._fields],
        )
        .where(col(Member.id) > after)
        .order_by(col(Member.id))
        .limit(SLICE)
    )


def _verdict(  # noqa: PLR0913 - a verdict is this many facts
    key: int,
    number: str,
    given: str,
    family: str,
    standing: Standing,
    *,
    reason: str | None,
    why: str,
) -> Verdict:
    return Verdict(
        key,
        membership_number=number,
        given_name=given,
        family_name=family,
        branch=standing.branch,
        category=standing.category,
        joined_on=standing.joined_on,
        reason=str(reason) if reason else None,
        explanation=why,
    )
