"""Typed events of acts that need two officers: a ballot cancelled, a result declared by two."""

from dataclasses import dataclass

from app.audit.events import Event


@dataclass(frozen=True)
class CancellationProposed(Event):
    """An officer asked for a ballot to be cancelled, with the reason everybody would read."""

    proposal: int
    reason: str


@dataclass(frozen=True)
class CancellationDecided(Event):
    """A cancellation was approved or refused by a second officer, or withdrawn."""

    proposal: int
    outcome: str


@dataclass(frozen=True)
class BallotCancelled(Event):
    """A ballot was cancelled by two officers: it is never counted and never declared.

    `before` is the state it left. `count_seen` says whether its box had been opened for the count,
    so that nobody can cancel unseen what they had counted.
    """

    proposed_by: str
    reason: str
    before: str
    count_seen: bool


@dataclass(frozen=True)
class DeclarationConfirmed(Event):
    """The first of two officers confirmed the numbers of a result, by their digest."""

    proposal: int
    tally_digest: str


@dataclass(frozen=True)
class DeclarationDecided(Event):
    """What the first confirmed was declared or refused by the second, or withdrawn."""

    proposal: int
    outcome: str
