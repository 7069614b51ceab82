"""Invited, link lost, new link, voted, not reminded: on a phone, by real mail, in both languages.

Server, worker and mail server are real processes and sockets. The phone is set to English in both
journeys: it is the roll that says who reads Welsh.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from sqlmodel import col

from app.core.database import Database
from app.core.settings import Settings
from app.notices.models import OutboxMessage, Purpose
from app.roll.models import Member
from tests.conftest import SECRET
from tests.support.ballots import OFFER, add_members
from tests.support.browser import a_page, fits
from tests.support.invitations import frozen_ballot, invite
from tests.support.languages import CYNNIG, TITLE, english_in, source_sentences_in
from tests.support.mail import LINK, a_post_office, html_of, text_of, with_mail
from tests.support.pythons import ROOT, start_python
from tests.support.reminders import plan
from tests.support.servers import running_server

MEMBERS, BATCH = 12, 10
LOST_LINK = re.compile(r"https?://\S+(/lost-link\S*)")


@dataclass(frozen=True)
class Told:
    """What a member reads on the way, and what is checked of every page and mail."""

    title: str
    question: dict[str, object]
    answer: str
    branch: str
    number: str
    number_label: str
    proof_label: str
    send: str
    asked: str
    go_on: str
    check: str
    cast: str
    counted: str
    voted: str
    closes: re.Pattern[str]
    reads: Callable[[str], list[str]]


def nothing_to_find(html: str) -> list[str]:
    """An English page may say what it likes."""
    assert '<html lang="en">' in html
    return []


def english_or_source(html: str) -> list[str]:
    """Whatever of a Welsh page is English."""
    return english_in(html) + source_sentences_in(html)


ENGLISH = Told(
    title="Pay offer 2026",
    question=OFFER,
    answer="Reject",
    branch="Leeds",
    number="LEE0003",
    number_label="Membership number",
    proof_label="Postcode or e-mail address",
    send="Send it to me",
    asked="Look at your e-mail",
    go_on="Continue",
    check="Check your answer",
    cast="Cast my vote",
    counted="Your vote is in the ballot box",
    voted="You have already voted",
    closes=re.compile(r"Voting closes on \w+day \d+ \w+ 20\d\d"),
    reads=nothing_to_find,
)
WELSH = Told(
    title=TITLE,
    question=CYNNIG,
    answer="Gwrthod",
    branch="Caerdydd",
    number="CAE0003",
    number_label="Rhif aelodaeth",
    proof_label="Cod post neu gyfeiriad e-bost",
    send="Anfon ataf",
    asked="Edrychwch ar eich e-bost",
    go_on="Parhau",
    check="Gwirio eich ateb",
    cast="Bwrw fy mhleidlais",
    counted="Mae eich pleidlais yn y blwch pleidleisio",
    voted="Rydych eisoes wedi pleidleisio",
    closes=re.compile(r"Bydd y pleidleisio’n cau: Dydd \w+ \d+ \w+ 20\d\d"),
    reads=english_or_source,
)


@pytest.fixture
def office():
    with a_post_office() as office:
        yield office


@pytest.fixture
def settings(sqlite, office):
    url = sqlite.create_migrated()
    yield with_mail(
        Settings(database_url=url, secret_key=SECRET),
        office,
        reminder_batch=BATCH,
        quiet_hours=None,
    )
    sqlite.drop(url)


@pytest.fixture
def database(settings):
    database = Database(settings.database_url)
    yield database
    database.dispose()


@pytest.fixture
def site(settings, office):
    """The server and the worker; yields the server's address."""
    more = {
        "MUSTER_SMTP_URL": office.url,
        "MUSTER_REMINDER_BATCH": str(BATCH),
        "MUSTER_QUIET_HOURS": "",
    }
    with running_server(settings, **more) as server, a_worker(settings, server.base_url, more):
        yield server.base_url


@contextmanager
def a_worker(settings, base_url, more):
    worker = start_python(
        *("app", "worker"),
        env=more
        | {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "MUSTER_DATABASE_URL": settings.database_url,
            "MUSTER_SECRET_KEY": SECRET,
            "MUSTER_BASE_URL": base_url,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=15)


def wait_for(condition, *, seconds=60):
    give_up_at = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.1)
    return found


def reminders_waiting(database):
    with database.reading() as session:
        rows = session.execute(
            sa.select(col(OutboxMessage.due_at)).where(
                col(OutboxMessage.purpose) == Purpose.REMINDER
            )
        )
        return len(rows.all())


def let_them_leave_now(database):
    """Their spread is half an hour, which a test does not have."""
    with database.writing() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(col(OutboxMessage.purpose) == Purpose.REMINDER)
            .values(due_at=datetime.now(UTC) - timedelta(seconds=1))
        )


class Phone:
    """A member's phone; whatever comes onto it is read."""

    def __init__(self, page, told):
        self.page = page
        self.told = told

    def look(self, title=None):
        """Read the page: its title, its language, and that it fits."""
        if title is not None:
            expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        assert self.told.reads(self.page.content()) == []
        assert fits(self.page)

    def press(self, name):
        self.page.get_by_role("button", name=name).click()

    def ask_for_a_link(self, address, *, email):
        """Send the form empty first, and then as it is meant."""
        told, page = self.told, self.page
        page.goto(address)
        expect(page.get_by_label(told.number_label)).to_be_visible()
        self.look()
        self.press(told.send)
        expect(page.get_by_role("alert")).to_be_visible()
        self.look()
        page.get_by_label(told.number_label).fill(told.number)
        page.get_by_label(told.proof_label).fill(email)
        self.press(told.send)
        self.look(told.asked)

    def vote(self, code):
        told, page = self.told, self.page
        page.goto(f"/vote/{code}")
        self.look(told.title)
        expect(page.get_by_text(told.closes)).to_be_visible()
        page.locator("label", has_text=told.answer).click()
        self.press(told.go_on)
        self.look(told.check)
        self.press(told.cast)
        self.look(told.counted)
        page.goto(f"/vote/{code}")
        self.look(told.voted)
        assert page.context.cookies() == []


def invited(database, settings, told):
    """Twelve members of a branch who read one language, and their invitations queued."""
    now = datetime.now(UTC)
    add_members(database, MEMBERS, branch=told.branch, region="", employer="", workplace="")
    with database.writing() as session:
        language = "cy" if told is WELSH else "en"
        facts = {"language": language, "given_name": "Sam", "family_name": "Jones"}
        session.execute(sa.update(Member).values(**facts))
    frozen_ballot(database, now=now, title=told.title, questions=[told.question])
    invite(database, settings, now=now)


@pytest.mark.parametrize("told", [ENGLISH, WELSH], ids=["English", "Welsh"])
def test_invited_lost_the_link_got_a_new_one_voted_and_was_not_reminded(
    told, browser, settings, database, office, site
):
    invited(database, settings, told)
    wait_for(lambda: len(office.accepted) == MEMBERS)
    ours = f"{told.branch[:3].lower()}3@example.org"
    invitation = office.letter_to(ours)
    assert told.reads(html_of(invitation)) == []
    first_code = LINK.search(text_of(invitation))[1]

    with a_page(browser, base_url=site) as page:
        phone = Phone(page, told)
        # The link is lost; what the mail says of that leads to a new one.
        phone.ask_for_a_link(LOST_LINK.search(text_of(invitation))[1], email=ours)
        wait_for(lambda: len(office.accepted) == MEMBERS + 1)
        assert office.recipients[-1] == ours
        letter = office.letter_to(ours)
        assert told.reads(html_of(letter)) == []
        assert page.goto(f"/vote/{first_code}").status == HTTPStatus.NOT_FOUND
        phone.vote(LINK.search(text_of(letter))[1])

    now = datetime.now(UTC)
    plan(database, settings, now=now, at=now)
    wait_for(lambda: reminders_waiting(database) == MEMBERS - 1)
    let_them_leave_now(database)
    wait_for(lambda: len(office.accepted) == MEMBERS + 1 + MEMBERS - 1)
    reminded = office.recipients[MEMBERS + 1 :]
    assert len(set(reminded)) == MEMBERS - 1
    assert ours not in reminded
    assert told.reads(html_of(office.letters[-1])) == []
