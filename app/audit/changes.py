"""What an event changed: the fields that differ, each with what it was before and after."""

from collections.abc import Mapping
from datetime import date
from typing import Any

# {"closes_at": ["2026-05-03T12:00:00+00:00", "2026-05-04T12:00:00+00:00"]}; None is "nothing".
Changes = Mapping[str, list[Any]]

NOTHING: Mapping[str, Any] = {}


def changes(
    before: Mapping[str, Any] = NOTHING, after: Mapping[str, Any] = NOTHING
) -> dict[str, list[Any]]:
    """Return the fields that differ, each as `[before, after]`.

    What is made has nothing before, and what is ended or taken away nothing after.

    Args:
        before: the fields as they were. Never a member's own data, a code or a secret: of those
            a keyed digest at most (docs/decisions/0051).
        after: the fields as they are now.
    """
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: [_plain(before.get(name)), _plain(after.get(name))]
        for name in names
        if before.get(name) != after.get(name)
    }


def _plain(value: object) -> object:
    """Return a value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value
