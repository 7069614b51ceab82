"""Typed events of what a process found when it started: other settings, other rules."""

from dataclasses import dataclass

from app.audit.events import Event


@dataclass(frozen=True)
class SettingsChanged(Event):
    """The service was started with other settings. A secret shows as a keyed fingerprint."""


@dataclass(frozen=True)
class RulesChanged(Event):
    """A version of the software was started whose rule books are others, by their digests."""
