"""Each mail as a phone shows it, in both languages, with names and addresses as long as can be."""

import pytest
import sqlalchemy as sa

from app.ballots.service import get_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.notices.message import as_html
from app.notices.own_check import own_check_mail
from app.notices.words import LANGUAGES
from app.notices.words_kinds import KINDS, Way
from app.notices.words_trial import queue_test
from app.roll.models import Member
from tests.support.ballots import NOON, add_members
from tests.support.browser import PHONE, a_page, fits
from tests.support.client import MovableClock
from tests.support.invitations import frozen_ballot
from tests.support.mail import a_post_office, deliver, html_of, with_mail

MAILS = [key for key, kind in KINDS.items() if kind.way is Way.MAIL]
BASE = "https://ballots.union-of-invented-workers-of-great-britain.example.org"
TITLE = "Pay offer for Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch"
OWN_CHECK = "own_check"
SMALLEST_BUTTON = 44  # pixels; WCAG 2.2, 2.5.5


@pytest.fixture(scope="module")
def pictures(sqlite):
    """The HTML of each mail in each language, as the mail server was handed it."""
    url = sqlite.create_migrated()
    yield mails(url)
    sqlite.drop(url)


def mails(url):
    settings = Settings(
        secret_key="x" * 40,
        database_url=url,
        base_url=BASE,
        union_name="Union of Invented Workers of Great Britain and Northern Ireland",
        help_contact="ballots-and-elections-team@union-of-invented-workers.example.org",
    )
    database = Database(url)
    try:
        return _sent(database, settings) | _own_checks(database, settings)
    finally:
        database.dispose()


def _sent(database: Database, settings: Settings):
    add_members(database, 1)
    frozen_ballot(database, title=TITLE)
    wanted = [(key, language) for key in MAILS for language in LANGUAGES]
    with a_post_office() as office:
        with database.writing() as session:
            ballot = get_ballot(session, "pay-2026")
            for key, language in wanted:
                address = f"{key}-{language}@example.org"
                queue_test(
                    session,
                    ballot,
                    kind=KINDS[key],
                    address=address,
                    language=language,
                    now=NOON,
                )
        near = with_mail(settings, office)
        deliver(database, near, clock=MovableClock(NOON))
        return {
            (key, language): html_of(office.letter_to(f"{key}-{language}@example.org"))
            for key, language in wanted
        }


def _own_checks(database: Database, settings: Settings):
    made = {}
    with database.writing() as session:
        member = session.scalars(sa.select(Member)).one()
        for language in LANGUAGES:
            member.language = language
            mail = own_check_mail(session, member, settings=settings, now=NOON)
            made[OWN_CHECK, language] = as_html(mail)
    return made


@pytest.fixture(scope="module")
def phone(pictures, browser):
    with a_page(browser, base_url=BASE) as page:
        yield page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [*MAILS, OWN_CHECK])
def test_a_mail_fits_a_phone_and_its_link_can_be_pressed(phone, pictures, key, language):
    asked = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.set_content(pictures[key, language])
    assert fits(phone)
    for part in phone.locator("p, a").all():
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    assert phone.locator("html").get_attribute("lang") == language
    assert asked == [], "a mail that loads something tells somebody that it was opened"
    links = {link.get_attribute("href").partition("?")[0] for link in phone.locator("a").all()}
    if key == OWN_CHECK:
        assert links == {f"{BASE}/lost-link"}
        return
    assert {f"{BASE}/lost-link", f"{BASE}/my-details"} <= links
    button = phone.locator("a").first
    voting = "link" in KINDS[key].fields
    wanted = f"{BASE}/vote/0000-" if voting else f"{BASE}/lost-link"
    assert button.get_attribute("href").startswith(wanted)
    assert button.bounding_box()["height"] >= SMALLEST_BUTTON
    # Whoever's mail program shows no button reads the address.
    assert wanted in phone.locator("body").inner_text()


def test_no_mail_calls_anybody_by_more_than_their_name(pictures):
    for (key, _), html in pictures.items():
        assert "{" not in html.partition("<body")[2], f"a field of {key} was not filled in"
