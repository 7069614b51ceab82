"""A member has lost the link: from the phone to `muster worker`, a mail server, and back."""

import time

import pytest
from playwright.sync_api import expect

from app.voting.seal import box_totals
from tests.support.ballots import add_members, given_ballot
from tests.support.browser import a_page
from tests.support.mail import LINK, text_of
from tests.support.offices import right_now
from tests.support.sites import a_site, a_worker

WITHIN = 15  # seconds from asking to the letter


@pytest.fixture(scope="module")
def site(postgres):
    with a_site(postgres) as site:
        add_members(site.database, 8, postcode="YO1 7HH")
        yield site


@pytest.fixture(scope="module")
def ballot(site):
    return given_ballot(site.database, site.settings, now=right_now())


def letter_that_came(site, recipient):
    give_up_at = time.monotonic() + WITHIN
    while recipient not in site.post.recipients:
        assert time.monotonic() < give_up_at, "no letter came"
        time.sleep(0.05)
    return site.post.letter_to(recipient)


def title(page):
    return page.get_by_role("heading", level=1)


@pytest.mark.parametrize(
    ("number", "script"), [(1, True), (2, False)], ids=["with script", "without script"]
)
def test_a_new_link_comes_by_mail_and_votes_and_the_lost_one_does_not(
    browser, site, ballot, number, script
):
    with site.database.reading() as session:
        [before, *_] = box_totals(session, ballot.id)
    with a_worker(site), a_page(browser, base_url=site.base_url, script=script) as phone:
        phone.goto("/lost-link")
        phone.get_by_label("Membership number").fill(f"LEE000{number}")
        phone.get_by_label("Postcode or e-mail address").fill("YO1 7HH")
        phone.get_by_role("button", name="Send it to me").click()
        letter = letter_that_came(site, f"lee{number}@example.org")
        link = LINK.search(text_of(letter))[0]
        assert link.startswith(f"{site.base_url}/vote/")
        phone.goto(f"/vote/{ballot.codes[f'LEE000{number}']}")
        expect(title(phone)).not_to_have_text("Pay offer 2026")
        phone.goto(link)
        phone.locator("label", has_text="Reject").click()
        phone.get_by_role("button", name="Continue").click()
        phone.get_by_role("button", name="Cast my vote").click()
        expect(title(phone)).to_have_text("Your vote is in the ballot box")
    with site.database.reading() as session:
        assert box_totals(session, ballot.id) == (before + 1,) * 3
