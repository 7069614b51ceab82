"""A PostgreSQL for the faults alone, since they kill it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from app.core.settings import Settings
from tests.conftest import SECRET
from tests.faults.breaking import BreakablePostgres


def settings_for(url):
    return Settings(database_url=url, secret_key=SECRET, base_url="http://testserver")


@pytest.fixture(scope="module")
def breakable():
    folder = Path(tempfile.mkdtemp(prefix="mb"))
    folder.chmod(0o755)
    server = BreakablePostgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_settings(breakable):
    url = breakable.create_migrated()
    yield settings_for(url)
    breakable.drop(url)


@pytest.fixture
def sqlite_settings(sqlite):
    url = sqlite.create_migrated()
    yield settings_for(url)
    sqlite.drop(url)
