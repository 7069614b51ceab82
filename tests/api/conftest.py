"""One union in which everything is switched on that can be, for all tests of its interface.

It is made once for each database: what a call finds is what the calls before it left behind, in
the order of the tests, which are kept together.
"""

import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import NOW, SECRET
from tests.support.client import AppClient, MovableClock
from tests.support.interface import BOUNCE_SECRET, given_union


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def settings(request):
    server = request.getfixturevalue(request.param)
    url = server.create_migrated()
    yield Settings(
        database_url=url,
        secret_key=SECRET,
        base_url="http://testserver",
        turnout_age=0,
        smtp_url="smtp://127.0.0.1:9",
        mail_from="muster@example.org",
        bounce_secret=BOUNCE_SECRET,
    )
    server.drop(url)


@pytest.fixture(scope="module")
def union(settings):
    database = Database(settings.database_url)
    yield given_union(database, settings)
    database.dispose()


@pytest.fixture(scope="module")
def client(settings, union):
    with AppClient(create_app(settings, clock=MovableClock(NOW))) as client:
        yield client
