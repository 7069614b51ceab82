"""One vote on its way into the box, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class Vote:
    """Everything a backend needs. It has no repr: a vote never reaches a log.

    Attributes:
        ballot_id: the ballot it is for.
        code_digest: 32 bytes, the keyed digest of the voting code.
        sealed: the paper, which nobody reads before the close (`app.voting.sealing`).
        receipt_digest: 32 bytes, what the paper keeps of the receipt until then.
        found_by: what the paper of the same receipt may lie under, if this was sent before.
        arrived_at: the moment its request arrived, which judges it (UTC).
    """

    ballot_id: int
    code_digest: bytes
    sealed: bytes
    receipt_digest: bytes
    found_by: tuple[bytes, ...]
    arrived_at: datetime = field(compare=False)


class Outcome(StrEnum):
    """What became of a vote."""

    COUNTED = "counted"
    # Sent again with the receipt it had: the first one stands, and was counted.
    COUNTED_BEFORE = "counted_before"
    ALREADY_VOTED = "already_voted"
    UNKNOWN_CODE = "unknown_code"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    # The database did not take it. It may be sent again with the same receipt.
    NOT_TAKEN = "not_taken"


class BoxUnreachable(Exception):
    """The database takes nothing at present, so trying vote by vote is no use."""


class Backend(Protocol):
    """Commits batches of votes in one database, one batch at a time."""

    async def commit(self, votes: Sequence[Vote]) -> list[Outcome]:
        """Commit a batch in one transaction and say what became of each vote, in order.

        Raises:
            BoxUnreachable: there is no connection, or no lock, space or answer in time.
            Exception: the driver's own. In either case nothing of this batch was committed, or it
                was and a repetition finds it by its receipts.
        """

    def interrupt(self) -> None:
        """Make a commit that hangs fail soon, and return at once."""

    async def close(self) -> None:
        """Give the connection back."""


REPEATABLE = frozenset({Outcome.ALREADY_VOTED, Outcome.CLOSED})
