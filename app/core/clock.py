"""The only place that reads the time. Everything else takes `now` as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return this moment, aware and in UTC."""
    return datetime.now(UTC)


async def _read_clock(request: Request) -> datetime:
    """Return the moment at which the application says it is. Async: a thread would cost more."""
    clock: Clock = request.app.state.clock
    return clock()


NowDep = Annotated[datetime, Depends(_read_clock)]


async def _the_clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


# For work that goes on after the answer; everything else takes `NowDep`.
ClockDep = Annotated[Clock, Depends(_the_clock)]
