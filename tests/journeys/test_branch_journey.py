"""A branch officer in a real browser: their branch's turnout, and who made the cut-off."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.rules.days import in_words
from app.security.models import Role
from tests.support.ballots import add_members, given_ballot
from tests.support.browser import a_browser
from tests.support.offices import a_desk, an_office, right_now, sign_in
from tests.support.rolls import load, member_row, roll_csv
from tests.support.staff import given_account


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


@pytest.fixture
def office(sqlite):
    with an_office(sqlite) as office:
        given_account(office.database, "bo", role=Role.BRANCH, branch="Leeds", now=right_now())
        yield office


@pytest.fixture
def ballot(office):
    """Announced a week ago, cut off yesterday; one joined in time and one too late."""
    now = right_now()
    today = now.date()
    add_members(office.database, 8)
    add_members(office.database, 30, branch="York")
    joined = [("2001", "Timely", 3), ("2002", "Late", 0)]
    rows = [
        member_row(number, family_name=name, joined_on=(today - timedelta(days=ago)).isoformat())
        for number, name, ago in joined
    ]
    load(office.database, roll_csv(*rows), now=now)
    return given_ballot(
        office.database, office.settings, now=now, announced_on=today - timedelta(days=7)
    )


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_officer_sees_who_made_the_cut_off(browser, office, ballot, script):
    today = in_words(right_now().date())
    with a_desk(browser, office, script=script) as page:
        sign_in(page, "bo")
        page.get_by_role("link", name="Pay offer 2026").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Leeds")
        main = page.get_by_role("main")
        expect(main).to_contain_text("passed 1 day ago")
        expect(main).to_contain_text("2 members have joined since the ballot was announced")
        expect(page.get_by_role("row").filter(has_text="Timely")).to_contain_text("In")
        late = page.get_by_role("row").filter(has_text="Late")
        expect(late).to_contain_text("Out")
        expect(late).to_contain_text(f"Joined on {today}; the last day to join and vote")


def test_the_branchs_turnout_moves_with_its_own_votes(browser, office, ballot):
    ours = ballot.codes["LEE0001"]
    with a_desk(browser, office) as page:
        sign_in(page, "bo")
        page.goto("/branch/pay-2026")
        expect(page.locator("[data-live-words]")).to_have_text("Live")
        sentence = page.locator("#turnout figcaption")
        expect(sentence).to_contain_text("0 of 9 have voted")
        office.vote("pay-2026", ours, {"offer": "accept"})
        expect(sentence).to_contain_text("1 of 9 has voted", timeout=2_000)


def test_another_branch_is_not_there(browser, office, ballot):
    with a_desk(browser, office) as page:
        sign_in(page, "bo")
        page.goto("/branch/pay-2026?branch=York")
        expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
