"""Moments keep their meaning in the database, whatever clock they were written by."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import StatementError
from sqlmodel import select

from app.security.models import FailureCount

LONDON = ZoneInfo("Europe/London")


def stored(database, moment):
    with database.writing() as session:
        session.add(FailureCount(scope="x", place=b"y", window_start=moment, failures=1))
    with database.reading() as session:
        return session.exec(select(FailureCount.window_start)).one()


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(2026, 7, 1, 0, 30, tzinfo=LONDON), id="summer, another day in UTC"),
        pytest.param(datetime(2026, 10, 25, 1, 30, tzinfo=LONDON), id="the hour before it repeats"),
        pytest.param(
            datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=LONDON), id="the hour that repeats"
        ),
        pytest.param(
            datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=-7))),
            id="a microsecond past, far away",
        ),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(database, moment):
    found = stored(database, moment)
    assert found.timestamp() == moment.timestamp()
    assert found.utcoffset() == timedelta(0)


def test_a_moment_without_a_time_zone_is_refused(database):
    with pytest.raises(StatementError, match="has no time zone"):
        stored(database, datetime(2026, 7, 1, 12, 0))  # noqa: DTZ001 - the fault under test
