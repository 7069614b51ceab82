"""Databases, the application and people for every test."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings as hypothesis_settings

from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from tests.support.ballots import given_token
from tests.support.client import AppClient, MovableClock
from tests.support.databases import (
    PostgresForTests,
    SqliteForTests,
    folder_in_memory,
    postgres_for_tests,
)
from tests.support.mail import PostOffice, a_post_office
from tests.support.passwords import cheap_passwords
from tests.support.pythons import pythons_loaded_once
from tests.support.statements import statements_compiled_once

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# Folders whose files take long, though their tests are few.
LONG = {"faults", "journeys", "deploy", "processes", "demo", "evidence", "core", "security"}
# What a machine that others share takes for an example says nothing about the example.
hypothesis_settings.register_profile("muster", deadline=None)
hypothesis_settings.load_profile("muster")
SECRET = "a secret of invented tests, longer than it need be"


def pytest_collection() -> None:
    """Look for no garbage while thirteen thousand tests are gathered that all stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: the last ones are short, and no worker is idle."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture(autouse=True, scope="session")
def _little_work() -> Iterator[None]:
    with cheap_passwords(), statements_compiled_once(), pythons_loaded_once():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresForTests]:
    with postgres_for_tests(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite() -> Iterator[SqliteForTests]:
    with folder_in_memory() as folder:
        yield SqliteForTests(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def database_server(request: pytest.FixtureRequest) -> SqliteForTests | PostgresForTests:
    """Each test that touches a database runs on both, unless it says otherwise (decision 63)."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def database_url(database_server: SqliteForTests | PostgresForTests) -> Iterator[str]:
    url = database_server.create_migrated()
    yield url
    database_server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
def settings(database_url: str, _settings: Settings) -> Settings:
    return _settings.model_copy(update={"database_url": database_url})


@pytest.fixture(scope="session")
def _settings() -> Settings:
    """What the settings of all tests have in common, read and judged once."""
    return Settings(
        database_url="sqlite:///each-test-has-its-own",
        secret_key=SECRET,
        base_url="http://testserver",
        turnout_age=0,
        # What these are about brings its own (tests/security): elsewhere a password signs in, and
        # hours may pass in a test.
        second_factor="optional",
        session_idle=timedelta(hours=12),
        proof_lasts=timedelta(hours=12),
    )


@pytest.fixture
def client(settings: Settings, clock: MovableClock) -> Iterator[AppClient]:
    with AppClient(create_app(settings, clock=clock)) as client:
        yield client


@pytest.fixture
def hq(database: Database, settings: Settings) -> str:
    """An API token of headquarters."""
    return given_token(database, settings)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A real mail server on loopback, for the tests that ask for one."""
    with a_post_office() as office:
        yield office
