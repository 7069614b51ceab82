"""One union in which everything is switched on that can be, for all tests of its interface.

It is made once for each database: what a call finds is what the calls before it left behind, in
the order of the tests, which are kept together.
"""

from contextlib import contextmanager

import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import NOW, SECRET
from tests.support.client import AppClient, MovableClock
from tests.support.interface import BOUNCE_SECRET, given_union


@contextmanager
def opened(server):
    """A client of the service on a new database, and who can call."""
    url = server.create_migrated()
    settings = Settings(
        database_url=url,
        secret_key=SECRET,
        base_url="http://testserver",
        turnout_age=0,
        smtp_url="smtp://127.0.0.1:9",
        mail_from="muster@example.org",
        bounce_secret=BOUNCE_SECRET,
    )
    database = Database(url)
    union = given_union(database, settings)
    with AppClient(create_app(settings, clock=MovableClock(NOW))) as client:
        yield client, union
    database.dispose()
    server.drop(url)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request):
    with opened(request.getfixturevalue(request.param)) as service:
        yield service


@pytest.fixture(scope="module")
def client(service):
    return service[0]


@pytest.fixture(scope="module")
def union(service):
    return service[1]


@pytest.fixture(scope="module")
def services(sqlite, postgres):
    """The same on both databases, for what is dear to make up and is asked of each."""
    with opened(sqlite) as one, opened(postgres) as other:
        yield one, other
