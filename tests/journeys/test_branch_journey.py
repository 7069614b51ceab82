"""A branch officer in a real browser: their branch's turnout, and who made the cut-off."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.rules.days import in_words
from app.security.models import Role
from tests.support.ballots import add_members, given_ballot
from tests.support.browser import PHONE, fits
from tests.support.drafts import given_draft
from tests.support.offices import a_desk, right_now, sign_in
from tests.support.rolls import load, member_row, roll_csv
from tests.support.staff import given_account


@pytest.fixture
def office(new_office):
    with new_office() as office:
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


@pytest.mark.also_on_the_whole_site
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


# As long as a title may be.
LONG_TITLE = ("Workloads, safe staffing and the pay offer of the national council, " * 3)[:200]


@pytest.fixture
def draft(office):
    now = right_now()
    add_members(office.database, 8)
    return given_draft(
        office.database,
        now=now,
        title=LONG_TITLE.strip(),
        slug="pay-2026",
        opens_at=now + timedelta(days=9),
        closes_at=now + timedelta(days=20),
        cut_off_at=now + timedelta(days=3),
    )


def test_the_notice_is_one_printed_page_and_fits_a_phone(browser, office, draft):
    with a_desk(browser, office) as page:
        sign_in(page, "bo")
        page.goto("/branch/pay-2026")
        page.get_by_role("link", name="Print the “join by” notice").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Join by")
        expect(page.locator("svg.qr-code")).to_be_visible()
        printed = page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
        page.set_viewport_size(PHONE)
        assert fits(page)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_reps_take_away_whom_to_ask(browser, office, draft, script):
    rows = [member_row("3001", family_name="Unreached"), member_row("3002", family_name="=1+1")]
    load(office.database, roll_csv(*rows), now=right_now())
    with a_desk(browser, office, script=script) as page:
        sign_in(page, "bo")
        page.goto("/branch/pay-2026")
        page.get_by_role("link", name="See these members").click()
        expect(page.get_by_role("row").filter(has_text="Unreached").first).to_be_visible()
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download this list (2 members, CSV)").first.click()
        assert coming.value.suggested_filename == "leeds-unreachable.csv"
        lines = Path(coming.value.path()).read_text("utf-8-sig").splitlines()
        assert [line.split(",")[:2] for line in lines[1:]] == [
            ["3002", "'=1+1"],
            ["3001", "Unreached"],
        ]
