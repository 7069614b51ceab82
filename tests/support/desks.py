"""Staff at their browsers, signed in through the form."""

from datetime import timedelta

from tests.support.pages import check_page
from tests.support.staff import PASSWORD, given_account


class Desk:
    """One browser with one person signed in. Several desks share one client, a cookie each."""

    def __init__(self, client, name, *, password=PASSWORD):
        self.client = client
        self._sign_in = {"name": name, "password": password}
        self.sign_in()

    def sign_in(self):
        self.client.forget_cookies()
        answer = self.client.post("/sign-in", data=self._sign_in)
        assert answer.status_code == 303, answer.text
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        self.client.forget_cookies()

    def wait(self, clock, **time):
        """Let time pass, and sign in again: a session lasts for hours, a ballot for days."""
        clock.now += timedelta(**time)
        self.sign_in()

    def request(self, method, path, *, headers=None, **more):
        headers = {"Cookie": self.cookie} | (headers or {})
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, **more):
        return self.request("POST", path, **more)

    def page(self, path):
        """Open a page and return it, ready to be looked at."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return check_page(answer.text)


def given_desk(client, database, name="hq-officer", **facts):
    """An account and a browser in which it is signed in."""
    given_account(database, name, **facts)
    return Desk(client, name)


def words(part):
    """Return the text of a part of a page as it reads, on one line."""
    return " ".join(part.get_text(" ", strip=True).replace("\N{NO-BREAK SPACE}", " ").split())
