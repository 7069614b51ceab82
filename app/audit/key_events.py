"""Typed events of guessing, of keys that are changed, and of the identity provider."""

from dataclasses import dataclass

from app.audit.events import Event


@dataclass(frozen=True)
class GuessingSeen(Event):
    """More wrong voting codes came in one window of time than anybody mistypes. Once a window."""

    wrong_codes: int


@dataclass(frozen=True)
class KeysRotated(Event):
    """What can be was brought under the secret key in use. Says how much, and no key."""

    moved: int


@dataclass(frozen=True)
class IdentityBound(Event):
    """An account may be opened by somebody at the identity provider, known there by this name."""

    issuer: str
    identity: str


@dataclass(frozen=True)
class IdentityUnbound(Event):
    """An account is opened by nobody at the identity provider any more."""

    issuer: str
