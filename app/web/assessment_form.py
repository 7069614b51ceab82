"""What a security assessment is made of: facts with a verdict, and questions for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUESTIONS: Sequence[tuple[str, str]] = (
    ("machine", "Who can log in to the machines and the database, and who decided that?"),
    ("leaving", "What happens to those logins on the day somebody leaves?"),
    (
        "copies",
        "Where are backups, write-ahead logs and images of disks kept, how encrypted, how long?",
    ),
    ("restored", "When was a backup last restored as a trial, by whom, and was every table there?"),
    ("updates", "Who updates the operating system, the proxy and Muster, and how soon?"),
    ("proxy", "Does the access log of the reverse proxy leave out paths under /vote/?"),
    ("workers", "How many processes serve, and does what watches them know of each?"),
    ("scrutineer", "Is the scrutineer independent of headquarters, and who named them?"),
    ("roll", "Who checked the roll against the membership system before it was frozen, and how?"),
    ("everyone", "How can somebody vote who has no e-mail, no mobile or cannot see a screen?"),
    ("coercion", "What are members told to do if they are watched or pressed while voting?"),
    ("checkpoints", "Who outside headquarters keeps copies of the audit log’s checkpoints?"),
    ("incident", "Who is told first if something is wrong, and who may stop or cancel a ballot?"),
    ("remaining", "Which risks are left, and who accepts them, by name and date?"),
)


@dataclass(frozen=True)
class Fact:
    """One thing that the service tells of itself.

    Attributes:
        name: what it is.
        found: how it stands.
        good: whether it is as it should be where members vote; None where a person must judge.
        why: what it means, or what to do.
    """

    name: str
    found: str
    good: bool | None
    why: str

    @property
    def verdict(self) -> str:
        """Say it in a word or two."""
        if self.good is None:
            return "Judge this"
        return "As it should be" if self.good else "Look at this"


@dataclass(frozen=True)
class Part:
    """Some facts about one thing."""

    title: str
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Assessment:
    """Everything that the service can tell at a moment."""

    made_at: datetime
    parts: Sequence[Part]

    @property
    def to_look_at(self) -> int:
        """How many facts are not as they should be."""
        return sum(fact.good is False for part in self.parts for fact in part.facts)


def time_in_words(length: timedelta) -> str:
    """Return a length of time in its largest whole unit."""
    seconds = int(length.total_seconds())
    units: Sequence[tuple[str, int]] = (("day", 86_400), ("hour", 3_600), ("minute", 60))
    for unit, size in units:
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds} seconds"


def moment_in_words(at: datetime) -> str:
    """Return a moment to the minute, in UTC, as machines keep it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
