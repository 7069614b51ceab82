"""Throttles count failures only, in the database, so that all processes agree."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from app.core.database import Database
from app.core.errors import TooMany
from app.security import throttles
from app.security.models import FailureCount
from tests.support.staff import NOON

ALLOWED = 3


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"failures_allowed": ALLOWED})


def count(database, settings, *, scope="code", place="192.0.2.7", now=NOON):
    with database.writing() as session:
        throttles.count_failure(
            session,
            scope,
            place=throttles.place_of(place, settings=settings),
            settings=settings,
            now=now,
        )


def is_refused(database, settings, *, scope="code", place="192.0.2.7", now=NOON):
    with database.reading() as session:
        try:
            throttles.refuse_if_throttled(
                session,
                scope,
                place=throttles.place_of(place, settings=settings),
                settings=settings,
                now=now,
            )
        except TooMany:
            return True
    return False


def test_the_last_allowed_failure_is_the_last(database, settings):
    for _ in range(ALLOWED):
        assert not is_refused(database, settings)
        count(database, settings)
    assert is_refused(database, settings)


def test_places_and_scopes_are_counted_apart(database, settings):
    for _ in range(ALLOWED):
        count(database, settings)
    assert is_refused(database, settings)
    assert not is_refused(database, settings, place="192.0.2.8")
    assert not is_refused(database, settings, scope="sign-in name")


def test_a_window_ends_and_the_next_begins_at_nothing(database, settings):
    for _ in range(ALLOWED):
        count(database, settings, now=NOON + timedelta(minutes=9))
    assert is_refused(database, settings, now=NOON + timedelta(minutes=10, microseconds=-1))
    assert not is_refused(database, settings, now=NOON + timedelta(minutes=10))


def test_processes_that_count_together_miss_none(database, settings):
    settings = settings.model_copy(update={"failures_allowed": 40})
    processes = [Database(settings.database_url) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: count(processes[number % 2], settings), range(40)))
    assert is_refused(database, settings)
    with database.reading() as session:
        assert session.exec(select(FailureCount.failures)).all() == [40]
    for each in processes:
        each.dispose()


def test_old_windows_are_forgotten(database, settings):
    count(database, settings, now=NOON)
    count(database, settings, now=NOON + 11 * settings.failures_window)
    with database.reading() as session:
        windows = session.exec(select(FailureCount.window_start)).all()
    assert windows == [NOON + 11 * settings.failures_window]


def test_the_table_of_failures_is_no_list_of_addresses(database, settings):
    count(database, settings, place="192.0.2.7")
    with database.reading() as session:
        place = session.exec(select(FailureCount.place)).one()
    assert len(place) == 16
    assert b"192.0.2.7" not in place
