"""Typed events of a close that moved, of reminders, and of what the union's systems are told."""

from dataclasses import dataclass

from app.audit.events import Event


@dataclass(frozen=True)
class ExtensionProposed(Event):
    """An officer asked for a later close, with the reason that everybody would read."""

    proposal: int
    closes_at: str
    reason: str


@dataclass(frozen=True)
class ExtensionDecided(Event):
    """A later close was approved or refused by a second officer, or withdrawn."""

    proposal: int
    outcome: str


@dataclass(frozen=True)
class WindowExtended(Event):
    """A ballot's close was moved to a later moment by two officers."""

    closed_at: str
    closes_at: str
    proposed_by: str
    reason: str


@dataclass(frozen=True)
class NoticeQueued(Event):
    """An officer let those who have not voted be told of a later close."""

    extension: int


@dataclass(frozen=True)
class ReminderPlanned(Event):
    """A reminder to those who have not voted was planned: when it is due, and where."""

    reminder: int
    due: str
    branch: str | None


@dataclass(frozen=True)
class ReminderCancelled(Event):
    """A reminder was called off before any of it had left."""

    reminder: int


@dataclass(frozen=True)
class ReminderQueued(Event):
    """A reminder came due: its messages were queued, or why they were not."""

    reminder: int
    stage: str


@dataclass(frozen=True)
class UnvotedListSeen(Event):
    """A representative looked at who in their branch has not voted, as the ballot's policy lets."""

    branch: str


@dataclass(frozen=True)
class TextsQueued(Event):
    """Text messages with a link were queued for members without a working e-mail address."""

    queued: int


@dataclass(frozen=True)
class LettersMade(Event):
    """Codes left as letters for a mailing house, once."""

    letters: int


@dataclass(frozen=True)
class NewLinksAskedFor(Event):
    """Members asked for a new voting link themselves, whether or not they needed one any more."""

    links: int


@dataclass(frozen=True)
class MessagesCameBack(Event):
    """Reports of messages that did not arrive were read; nobody can vote with a code in one."""

    hard: int
    soft: int
    with_code: int


@dataclass(frozen=True)
class WebhookAdded(Event):
    """The union's own systems are told of events at an address. The subject is its host."""

    webhook: int


@dataclass(frozen=True)
class WebhookEnded(Event):
    """An address is told of nothing more. The subject is its host."""

    webhook: int
