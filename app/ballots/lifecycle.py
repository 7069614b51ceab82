"""A ballot's life: draft, frozen, open, closed, declared. It follows from moments, never stored."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.ballots.models import Ballot


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
    if now < ballot.opens_at:
        return State.FROZEN
    return State.OPEN if now < ballot.closes_at else State.CLOSED


def count_from(ballot: Ballot, *, grace: timedelta) -> datetime:
    """Return the first moment at which the count may start.

    A vote is judged by the moment its request arrived, so a batch that arrived in time may still
    commit for a stated few seconds after the close (docs/decisions/0012).
    """
    return ballot.closes_at + grace
