"""Answers about turnout, made anew when it moved, else once a second, and shared by all.

A page of 500 branches takes longer to make than a hundred votes to count: made anew for each
officer who reloads it, it would take the votes' time (docs/decisions/0005).
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from starlette.requests import HTTPConnection

# Answers kept at most; more than one ballot's pages in every order, and soon forgotten.
MOST_KEPT = 256
T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    """One answer, when it began to be made, and who is making the next."""

    making: threading.Lock = field(default_factory=threading.Lock)
    answer: T | None = None
    version: Hashable = None
    made_at: float = float("-inf")


class SharedAnswers(Generic[T]):
    """Answers of one kind, each at most so old.

    Args:
        age: how old an answer may be; with nought each is made anew.
    """

    def __init__(self, *, age: timedelta) -> None:
        self._age = age.total_seconds()
        self._kept: dict[Hashable, _Kept[T]] = {}
        self._guard = threading.Lock()

    def get(self, key: Hashable, *, version: Hashable, make: Callable[[], T]) -> T:
        """Return the answer to a question, made by whoever asks first; the others wait for it.

        What `make` raises is raised to whoever asked, and is not kept.

        Args:
            key: everything that the answer depends on beside the time and the votes.
            version: the votes and the roll that there are. An answer about others is never given:
                whoever was told that turnout moved must find it moved.
            make: reads and makes the answer.
        """
        if self._age <= 0:
            return make()
        kept = self._place_of(key)
        with kept.making:
            too_old = time.monotonic() - kept.made_at >= self._age
            if kept.answer is None or kept.version != version or too_old:
                # The age runs from the reading, which comes first, and not from its end.
                began_at = time.monotonic()
                kept.answer = make()
                kept.made_at, kept.version = began_at, version
            return kept.answer

    def _place_of(self, key: Hashable) -> _Kept[T]:
        with self._guard:
            if key not in self._kept and len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            return self._kept.setdefault(key, _Kept())


class SharedTurnout:
    """What this process keeps of turnout: the answers to programs, and the panels of pages."""

    def __init__(self, *, age: timedelta) -> None:
        self.json = SharedAnswers[bytes](age=age)
        self.panels = SharedAnswers[dict[str, Any]](age=age)


def shared_turnout(connection: HTTPConnection) -> SharedTurnout:
    """Return the application's shared answers."""
    shared: SharedTurnout = connection.app.state.shared_turnout
    return shared
