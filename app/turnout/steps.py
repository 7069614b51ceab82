"""Small groups in steps: nobody may remind one member and watch the number (docs/decisions/0041).

Where a ballot says so, a group of fewer than `frozen_roll.SMALL` times the floor is shown as it
stood at the last step, rounded down. Steps are taken four times a day, and only once enough have
voted in the whole ballot that a step tells of many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.ballots.lifecycle import still_runs
from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.database import Database
from app.rules.london import LONDON
from app.turnout.frozen_roll import SMALL
from app.turnout.models import TurnoutStep, TurnoutStepCell
from app.voting.counters import votes_by_cell

HOURS_BETWEEN = 6


@dataclass(frozen=True, slots=True)
class Step:
    """How a ballot stood when its small groups were last counted to be shown.

    Attributes:
        taken_at: when; at the opening where no step was taken yet.
        votes: votes cast by cell id; cells without votes are absent.
    """

    taken_at: datetime
    votes: Mapping[int, int]


def last_boundary(now: datetime) -> datetime:
    """Return the last midnight, six, noon or eighteen o'clock in London, not after `now`."""
    here = now.astimezone(LONDON)
    hour = here.hour - here.hour % HOURS_BETWEEN
    return here.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)


def step_of(session: Session, ballot: Ballot) -> Step:
    """Return the last step of a ballot; before the first one nobody has voted."""
    step = session.get(TurnoutStep, key_of(ballot))
    if step is None:
        return Step(ballot.opens_at, votes={})
    rows = session.exec(
        select(TurnoutStepCell.cell_id, TurnoutStepCell.votes_cast).where(
            TurnoutStepCell.ballot_id == key_of(ballot)
        )
    )
    return Step(step.taken_at, votes=dict(rows.all()))


def take_steps(database: Database, *, now: datetime) -> int:
    """Take the step that is due of every open ballot that shows small groups in steps.

    Every process tries; the row of the last step lets one of them do it. A ballot in which fewer
    than `SMALL` times its floor have voted since keeps its last step.

    Args:
        database: where the counters are.
        now: the moment of the reading.

    Returns:
        How many ballots took a step.
    """
    with database.reading() as session:
        due = list(session.exec(_due(now)))
    taken = 0
    for ballot in due:
        with database.writing() as session:
            taken += _take(session, ballot, now=now, is_sqlite=database.is_sqlite)
    return taken


def _due(now: datetime) -> SelectOfScalar[Ballot]:
    taken = sa.exists().where(
        col(TurnoutStep.ballot_id) == col(Ballot.id),
        col(TurnoutStep.taken_at) >= last_boundary(now),
    )
    return select(Ballot).where(
        col(Ballot.small_in_steps), Ballot.opens_at <= now, still_runs(now=now), ~taken
    )


def _take(session: Session, ballot: Ballot, *, now: datetime, is_sqlite: bool) -> int:
    votes, enough = votes_by_cell(session, key_of(ballot)), SMALL * ballot.floor
    if sum(votes.values()) < enough:
        return 0
    insert = sqlite_insert if is_sqlite else postgres_insert
    row = insert(TurnoutStep).values(
        ballot_id=key_of(ballot), taken_at=now, votes_cast=sum(votes.values())
    )
    newer = sa.and_(
        col(TurnoutStep.taken_at) < last_boundary(now),
        col(TurnoutStep.votes_cast) <= row.excluded.votes_cast - enough,
    )
    changed = session.execute(
        row.on_conflict_do_update(
            index_elements=["ballot_id"],
            set_={"taken_at": row.excluded.taken_at, "votes_cast": row.excluded.votes_cast},
            where=newer,
        ).returning(col(TurnoutStep.ballot_id))
    )
    if changed.first() is None:
        return 0
    of_ballot = col(TurnoutStepCell.ballot_id) == key_of(ballot)
    session.execute(sa.delete(TurnoutStepCell).where(of_ballot))
    session.execute(
        sa.insert(TurnoutStepCell),
        [
            {"ballot_id": key_of(ballot), "cell_id": cell_id, "votes_cast": cast}
            for cell_id, cast in votes.items()
        ],
    )
    return 1
