"""Throttles that count failures only, in the database, so that all processes agree.

A whole office behind one address can vote or sign in within the same minute: success costs
nothing. Windows are fixed slices of time, which is exact enough for a limit on guessing.
"""

from datetime import UTC, datetime, timedelta
from typing import NewType

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from app.core.errors import TooMany
from app.core.settings import Settings
from app.security.models import FailureCount
from app.security.secrets import keyed_digest

Place = NewType("Place", bytes)


def place_of(address: str, *, settings: Settings) -> Place:
    """Return what stands for an address or account name: 16 bytes, keyed."""
    key = settings.secret_key.get_secret_value()
    return Place(keyed_digest(address, purpose="throttle", key=key)[:16])


def count_failure(
    session: Session, scope: str, *, place: Place, settings: Settings, now: datetime
) -> None:
    """Note one failure, and forget windows that are long over."""
    window = _window_start(now, length=settings.failures_window)
    dialect = session.get_bind().dialect.name
    insert = postgres_insert if dialect == "postgresql" else sqlite_insert
    fresh = insert(FailureCount).values(scope=scope, place=place, window_start=window, failures=1)
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["scope", "place", "window_start"],
            set_={"failures": col(FailureCount.failures) + 1},
        )
    )
    long_over = window - 10 * settings.failures_window
    session.execute(delete(FailureCount).where(col(FailureCount.window_start) < long_over))


def forget_failures(session: Session, scope: str, *, place: Place) -> None:
    """Start again at nothing, after a success."""
    session.execute(
        update(FailureCount)
        .where(col(FailureCount.scope) == scope, col(FailureCount.place) == place)
        .values(failures=0)
    )


def refuse_if_throttled(  # noqa: PLR0913 - a limit is this many facts
    session: Session,
    scope: str,
    *,
    place: Place,
    settings: Settings,
    now: datetime,
    times: int = 1,
) -> None:
    """Let nothing more be tried from a place with too many failures in this window.

    Args:
        session: a session that reads.
        scope: what was tried.
        place: from where, or for whom.
        settings: how many failures are allowed in how long a window.
        now: this moment.
        times: how many times as many are allowed here.

    Raises:
        TooMany: with the whole seconds until the window ends.
    """
    window = _window_start(now, length=settings.failures_window)
    failures = session.exec(
        select(FailureCount.failures).where(
            FailureCount.scope == scope,
            FailureCount.place == place,
            FailureCount.window_start == window,
        )
    ).first()
    if failures is not None and failures >= times * settings.failures_allowed:
        over = window + settings.failures_window
        raise TooMany(retry_after=max(1, int((over - now).total_seconds())))


def _window_start(now: datetime, *, length: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return now - (now - epoch) % length
