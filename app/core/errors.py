"""Refusals as kinds: services say what happened, one table in `web` says which HTTP status it is.

A message says what happened, what it means and what to do next (docs/decisions/0009).
"""

from typing import ClassVar


class DomainError(Exception):
    """A refusal a person can understand. Raise one of its kinds, never this.

    Args:
        message: a sentence for this occasion; the class's own message where left out.
        retry_after: whole seconds after which trying again makes sense, if any.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "Muster cannot do that."

    def __init__(self, message: str | None = None, *, retry_after: int | None = None) -> None:
        self.detail = message or self.message
        self.retry_after = retry_after
        super().__init__(self.detail)


class Unauthenticated(DomainError):
    """Nobody we know is asking."""

    code = "not_signed_in"
    message = "You are not signed in. Sign in and try again."


class Forbidden(DomainError):
    """We know who is asking, and they may not."""

    code = "forbidden"
    message = "Your account may not do this. Ask headquarters if you think it should."


class NotFound(DomainError):
    """There is no such thing, or not for the one who asks."""

    code = "not_found"
    message = "There is nothing here. Check the address."


class Conflict(DomainError):
    """It cannot be done as things stand."""

    code = "conflict"
    message = "This cannot be done as things stand."


class Gone(DomainError):
    """It was possible once and no longer is."""

    code = "gone"
    message = "This is over."


class Invalid(DomainError):
    """What was sent does not make sense."""

    code = "invalid"
    message = "What was sent does not make sense. Mend it and send it again."


class TooLarge(DomainError):
    """More was sent than we read."""

    code = "too_large"
    message = "That is larger than Muster reads. Send less at a time."


class TooMany(DomainError):
    """Too many failures from one place."""

    code = "too_many_failures"
    message = "There were too many failed tries. Wait a few minutes and try again."


class Unavailable(DomainError):
    """A part we need does not answer; nothing was done."""

    code = "unavailable"
    message = (
        "Muster cannot do this at the moment. Nothing was changed. Try again in a few seconds."
    )
