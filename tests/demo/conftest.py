"""The demonstration, built once for all that is said of it."""

import pytest

from app.core.clock import system_clock
from app.core.database import Database
from app.demo import run


@pytest.fixture(scope="package")
def demo(tmp_path_factory):
    """The demonstration, built once, and its settings."""
    data = tmp_path_factory.mktemp("demo")
    keys = run._build(data, port=8000, now=system_clock())
    return data, keys, run._settings(data, port=8000, secret_key=keys.secret_key)


@pytest.fixture
def session(demo):
    database = Database(demo[2].database_url)
    with database.reading() as session:
        yield session
    database.dispose()
