"""Journeys of staff: a real browser at a desk, against a real server on a fresh database."""

from contextlib import contextmanager
from datetime import UTC, datetime

import httpx

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import SECRET
from tests.support.browser import a_page
from tests.support.servers import running_server
from tests.support.staff import PASSWORD

DESKTOP = {"width": 1280, "height": 900}


class Office:
    """A union's Muster: its database, and the server that everybody speaks to."""

    def __init__(self, database, settings, base_url):
        self.database = database
        self.settings = settings
        self.base_url = base_url

    def vote(self, slug, code, answers):
        """Cast one vote as a program does."""
        self.vote_at(self.base_url, slug, code, answers)

    def vote_at(self, base_url, slug, code, answers):
        answer = httpx.post(
            f"{base_url}/api/v1/ballots/{slug}/votes",
            headers={"Authorization": f"Bearer {code}"},
            json={"answers": answers},
            timeout=15,
        )
        assert answer.status_code == 201, answer.text


@contextmanager
def an_office(sqlite):
    url = sqlite.create_migrated()
    settings = Settings(database_url=url, secret_key=SECRET)
    database = Database(url)
    with running_server(settings) as server:
        yield Office(database, settings, server.base_url)
    database.dispose()
    sqlite.drop(url)


@contextmanager
def a_desk(browser, office, *, script=True):
    with a_page(browser, base_url=office.base_url, script=script) as page:
        page.set_viewport_size(DESKTOP)
        yield page


def sign_in(page, name):
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/staff")


def right_now():
    return datetime.now(UTC)
