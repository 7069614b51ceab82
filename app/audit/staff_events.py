"""Typed events of how staff prove who they are, and of who let them in."""

from dataclasses import dataclass

from app.audit.events import Event


@dataclass(frozen=True)
class StaffProved(Event):
    """A signed-in member of staff proved once more that it is they."""

    by: str


@dataclass(frozen=True)
class FactorRefused(Event):
    """A second factor was wrong, which only somebody can try who knows the password."""


@dataclass(frozen=True)
class FactorAdded(Event):
    """An account was given a second factor: an app, or a passkey by its name."""

    factor: str
    factors_before: int
    factors: int


@dataclass(frozen=True)
class FactorRemoved(Event):
    """A second factor was taken away from an account by its owner."""

    factor: str
    factors_before: int
    factors: int


@dataclass(frozen=True)
class FactorsReset(Event):
    """An operator took every second factor and recovery code away from an account."""

    factors_before: int
    codes_before: int
    sessions: int


@dataclass(frozen=True)
class RecoveryCodesMade(Event):
    """An account was given new recovery codes; those before work no more."""

    left_before: int
    made: int


@dataclass(frozen=True)
class SessionsEnded(Event):
    """Browsers of an account were signed out, by its owner or by headquarters."""

    sessions: int


@dataclass(frozen=True)
class StaffInvited(Event):
    """A colleague was invited to make an account, by a link that works once."""

    role: str
    branch: str | None
    ends_at: str


@dataclass(frozen=True)
class InvitationWithdrawn(Event):
    """The link of an invitation was ended before its time."""


@dataclass(frozen=True)
class InvitationAccepted(Event):
    """Somebody made the account to which they were invited."""

    role: str
    branch: str | None
    invited_by: str
