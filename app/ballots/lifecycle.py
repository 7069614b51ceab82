"""A ballot's life: draft, frozen, open, closed, declared. It follows from moments, never stored.

A ballot that was cancelled is closed from that moment, whatever its window says.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import col

from app.ballots.models import Ballot
from app.core.errors import Conflict


class BallotCancelled(Conflict):
    """A cancelled ballot is never counted, opened or declared."""

    code = "ballot_cancelled"
    message = (
        "This ballot was cancelled. Its papers stay sealed: they are not counted, and there is no "
        "result. The reason is on the ballot’s page."
    )


class State(StrEnum):
    """Where a ballot stands."""

    DRAFT = "draft"
    FROZEN = "frozen"
    OPEN = "open"
    CLOSED = "closed"
    DECLARED = "declared"


def state_of(ballot: Ballot, *, now: datetime) -> State:
    """Say where a ballot stands at a moment.

    A ballot whose roll was never frozen stays a draft whatever its window says: nobody has a code.
    """
    if ballot.frozen_at is None:
        return State.DRAFT
    if ballot.declared_at is not None:
        return State.DECLARED
    if ballot.cancelled_at is not None:
        return State.CLOSED
    if now < ballot.opens_at:
        return State.FROZEN
    return State.OPEN if now < ballot.closes_at else State.CLOSED


def is_over(ballot: Ballot, *, now: datetime) -> bool:
    """Say whether no vote can be cast any more: the close has come, or it was cancelled."""
    return ballot.cancelled_at is not None or now >= ballot.closes_at


def still_runs(*, now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition on a ballot's row that it is not over, as `is_over` has it."""
    return sa.and_(col(Ballot.closes_at) > now, col(Ballot.cancelled_at).is_(None))


def refuse_cancelled(ballot: Ballot) -> None:
    """Let nobody near the papers of a ballot that was cancelled.

    Raises:
        BallotCancelled: it was.
    """
    if ballot.cancelled_at is not None:
        raise BallotCancelled


def count_from(ballot: Ballot, *, grace: timedelta) -> datetime:
    """Return the first moment at which the count may start.

    A vote is judged by the moment its request arrived, so a batch that arrived in time may still
    commit for a stated few seconds after the close (docs/decisions/0012).
    """
    return ballot.closes_at + grace
