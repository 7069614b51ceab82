"""Throttles that count failures only, in the database, so that all processes agree.

A whole office behind one address can vote or sign in within the same minute: success costs
nothing. Windows are fixed slices of time, which is exact enough for a limit on guessing.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
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
HOST_BITS = 64


def network_of(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 of an IPv6 one.

    Whoever has one address of IPv6 has the 2**64 beside it, and could ask from each once.

    Source:
        RFC 6177: a site has at least a /64.
    """
    try:
        number = ip_address(address)
    except ValueError:  # no address, such as the socket of a proxy
        return address
    if isinstance(number, IPv4Address):
        return str(number)
    if number.ipv4_mapped is not None:
        return str(number.ipv4_mapped)
    return str(IPv6Network((int(number) >> HOST_BITS << HOST_BITS, 128 - HOST_BITS)))


def place_of(name: str, *, settings: Settings) -> Place:
    """Return what stands for a network or account name: 16 bytes, keyed."""
    key = settings.secret_key.get_secret_value()
    return Place(keyed_digest(name, purpose="throttle", key=key)[:16])


def count_failure(
    session: Session, scope: str, *, place: Place, settings: Settings, now: datetime
) -> int:
    """Note one failure, forget windows that are long over; return how many there are in this one.

    No two failures are told the same number, in whatever process they are counted.
    """
    window = _window_start(now, length=settings.failures_window)
    dialect = session.get_bind().dialect.name
    insert = postgres_insert if dialect == "postgresql" else sqlite_insert
    fresh = insert(FailureCount).values(scope=scope, place=place, window_start=window, failures=1)
    failures: int = session.execute(
        fresh.on_conflict_do_update(
            index_elements=["scope", "place", "window_start"],
            set_={"failures": col(FailureCount.failures) + 1},
        ).returning(col(FailureCount.failures))
    ).scalar_one()
    long_over = window - 10 * settings.failures_window
    session.execute(delete(FailureCount).where(col(FailureCount.window_start) < long_over))
    return failures


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
    failures = failures_of(session, scope, place=place, settings=settings, now=now)
    if failures >= times * settings.failures_allowed:
        window = _window_start(now, length=settings.failures_window)
        over = window + settings.failures_window
        raise TooMany(retry_after=max(1, int((over - now).total_seconds())))


def failures_of(
    session: Session, scope: str, *, place: Place, settings: Settings, now: datetime
) -> int:
    """Return how many failures were counted in the window of a moment."""
    found = session.exec(
        select(FailureCount.failures).where(
            FailureCount.scope == scope,
            FailureCount.place == place,
            FailureCount.window_start == _window_start(now, length=settings.failures_window),
        )
    ).first()
    return found or 0


def _window_start(now: datetime, *, length: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return now - (now - epoch) % length
