"""Membership files sent through the page, and the work on them awaited."""

import time

from tests.support.desks import words
from tests.support.pages import check_page

PATIENCE = 20.0  # seconds
AT_WORK = {"Checking the file", "Importing the file"}


def send(desk, content, *, name="members.csv"):
    """Send a file; return the address of what comes next, or the page that refuses it."""
    return desk.post("/hq/roll/imports", files={"file": (name, content)})


def sent(desk, content, *, name="members.csv"):
    """Send a file that is taken, and return the address of its import."""
    answer = send(desk, content, name=name)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def finished(desk, address):
    """Look at an import until nobody works on it any more, and return its page."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page = desk.page(address)
        if words(page.h1) not in AT_WORK:
            return page
        time.sleep(0.05)
    raise AssertionError(f"{address} is not finished after {PATIENCE} s")


def checked(desk, content, **more):
    """Send a file, wait until it is checked, and return its address and the report."""
    address = sent(desk, content, **more)
    return address, finished(desk, address)


def applied(desk, address, **choices):
    """Import what was checked, and return the page that says what was done."""
    answer = desk.post(f"{address}/apply", data=choices)
    assert answer.status_code == 303, answer.text
    return finished(desk, address)


def figures(page):
    """Return the numbers at the top of a report."""
    return {words(fact.dt): words(fact.dd) for fact in page.select(".stat-grid > div")}


def facts(page):
    """Return the summary list of what was done."""
    return {
        words(row.dt): words(row.dd) for row in page.select(".govuk-summary-list__row") if row.dt
    }


def refused(answer):
    """Return the page of a file that was refused."""
    assert answer.status_code == 422, answer.text
    return check_page(answer.text)
