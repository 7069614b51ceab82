"""What a ballot is, in as little as it takes: a model to hold the real one against."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class BallotModel:
    """One ballot with one question, as everybody understands it.

    Attributes:
        codes: the code that works, of each who has one.
        voted: what each who has voted chose. It never leaves this model: no table knows it.
        receipts: those under which a paper lies in the box.
    """

    opens_at: datetime
    closes_at: datetime
    on_roll: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    dead_codes: list[str] = field(default_factory=list)
    voted: dict[str, str | None] = field(default_factory=dict)
    receipts: set[str] = field(default_factory=set)
    frozen: bool = False
    declared: bool = False

    def state(self, now: datetime) -> str:
        """Where it stands."""
        if not self.frozen:
            return "draft"
        if self.declared:
            return "declared"
        if now < self.opens_at:
            return "frozen"
        return "open" if now < self.closes_at else "closed"

    def freeze(self, members: set[str]) -> None:
        self.frozen = True
        self.on_roll = set(members)

    def without_code(self) -> set[str]:
        return {number for number in self.on_roll if number not in self.codes}

    def end_code(self, number: str) -> None:
        if number in self.codes:
            self.dead_codes.append(self.codes.pop(number))

    def exclude(self, number: str) -> None:
        self.on_roll.discard(number)
        self.end_code(number)

    def holder_of(self, code: str) -> str | None:
        return next((number for number, own in self.codes.items() if own == code), None)

    def answer_to(self, code: str, *, receipt: str, now: datetime) -> int:
        """The status that a vote is answered with."""
        if not self.frozen:
            return 404
        number = self.holder_of(code)
        if number is None:
            return 401
        if now < self.opens_at:
            return 403
        # Sent a second time because an answer was lost: it is never refused and never counted.
        if number in self.voted and receipt in self.receipts:
            return 201
        if now >= self.closes_at:
            return 410
        return 409 if number in self.voted else 201

    def vote(self, code: str, *, choice: str | None, receipt: str) -> None:
        """Count a vote that was answered with 201, unless it was counted before."""
        number = self.holder_of(code)
        if number is not None and number not in self.voted:
            self.voted[number] = choice
            self.receipts.add(receipt)

    def tally(self) -> Counter[str | None]:
        return Counter(self.voted.values())
