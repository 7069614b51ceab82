"""Headquarters in a real browser: from the membership file to a page that moves with each vote."""

import csv
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.browser import fits
from tests.support.drafts import given_draft
from tests.support.offices import a_desk, right_now, sign_in
from tests.support.rolls import member_row, roll_csv
from tests.support.staff import given_account

WITHIN = 2_000  # milliseconds from the answer to a vote until the page shows it


@pytest.fixture
def office(new_office):
    with new_office() as office:
        given_account(office.database, "hanna", now=right_now())
        yield office


@pytest.fixture
def roll_file(tmp_path):
    file = tmp_path / "members.csv"
    rows = [member_row(str(number), joined_on="2020-01-06") for number in range(1001, 1009)]
    file.write_bytes(roll_csv(*rows, member_row("1009", joined_on="last week")))
    return file


def import_the_roll(page, file):
    page.get_by_role("link", name="Import the roll").click()
    page.get_by_label("Membership file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    come_to(page, "What this file would change")
    expect(page.get_by_role("row").filter(has_text="Joined on")).to_contain_text("10")
    page.get_by_role("button", name="Import it").click()
    come_to(page, "The file was imported")
    page.get_by_role("link", name="See the roll").click()
    expect(page.get_by_role("main")).to_contain_text("8 members in 1 branch.")


def come_to(page, heading):
    """Wait for work in the background: the page loads itself again every three seconds."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=20_000)


def set_up_a_ballot(page):
    today = right_now().date()
    page.get_by_role("link", name="Set up a ballot").first.click()
    page.get_by_label("Title", exact=True).fill("Pay offer")
    page.get_by_label("Question 1", exact=True).fill("Do you accept the pay offer?")
    page.get_by_label("Answers to question 1").fill("Accept\nReject")
    page.get_by_label("The union’s side in question 1").fill("Reject")
    page.locator("#opens_day").fill(today.isoformat())
    page.locator("#opens_time").fill("00:00")
    page.locator("#closes_day").fill((today + timedelta(days=9)).isoformat())
    page.locator("#closes_time").fill("17:00")
    page.get_by_label("Last day to join and vote").fill((today - timedelta(days=2)).isoformat())
    page.get_by_role("button", name="Set up the ballot").click()
    # One answer was forgotten; the form says so and keeps the rest.
    summary = page.get_by_role("alert")
    summary.get_by_role("link", name="Say whether it is an important public service.").click()
    page.get_by_text("No", exact=True).click()
    page.get_by_role("button", name="Set up the ballot").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay offer")


def freeze_and_fetch_codes(page):
    expect(page.get_by_role("main")).to_contain_text("8 members would be entitled to vote")
    page.get_by_role("button", name="Freeze the roll").click()
    expect(page.get_by_role("main")).to_contain_text("8 members are entitled to vote")
    page.get_by_role("link", name="Voting codes").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the codes").click()
    with download.value.path().open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    page.get_by_role("link", name="look at this page again").click()
    expect(page.get_by_role("main")).to_contain_text("All 8 codes have been handed over.")
    return codes


def requests_for(page, part):
    """Return a list that grows with each request whose address holds a part."""
    found = []
    page.on("request", lambda request: found.append(request.url) if part in request.url else None)
    return found


@pytest.mark.also_on_the_whole_site
def test_from_the_file_to_a_page_that_moves_within_two_seconds_of_a_vote(
    browser, office, roll_file
):
    with a_desk(browser, office) as page:
        sign_in(page, "hanna")
        import_the_roll(page, roll_file)
        set_up_a_ballot(page)
        codes = freeze_and_fetch_codes(page)
        assert len(set(codes)) == 8
        page.get_by_role("link", name="Back to the ballot").click()
        fetched = requests_for(page, "/turnout/panel")
        page.get_by_role("link", name="Live turnout").click()
        expect(page.locator("[data-live-words]")).to_have_text("Live")
        sentence = page.locator("#turnout figcaption").first
        expect(sentence).to_contain_text("0 of 8 have voted")
        for votes, code in enumerate(codes[:3], 1):
            with page.expect_request("**/turnout/panel**") as asked:
                office.vote("pay-offer", code, {"question-1": "reject"})
            expect(sentence).to_contain_text(f"{votes} of 8 ha", timeout=WITHIN)
            assert datetime.fromisoformat(asked.value.header_value("muster-seen")).tzinfo
        # The stream's first event said what the page showed: one request for each vote, no more.
        assert len(fetched) == 3
        # A branch of eight is too small to be watched vote by vote: it stands as at its last step.
        expect(page.get_by_role("row").filter(has_text="Leeds")).to_contain_text("0.00")


def test_all_of_it_works_without_script(browser, office, roll_file):
    with a_desk(browser, office, script=False) as page:
        sign_in(page, "hanna")
        import_the_roll(page, roll_file)
        set_up_a_ballot(page)
        [code, *_] = freeze_and_fetch_codes(page)
        page.goto("/hq/ballots/pay-offer/turnout")
        office.vote("pay-offer", code, {"question-1": "accept"})
        page.get_by_role("link", name="Read the numbers again").click()
        expect(page.locator("#turnout figcaption").first).to_contain_text("1 of 8 has voted")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def press_until_focused(page, target):
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} cannot be reached with the keyboard")


def test_a_roll_is_frozen_with_the_keyboard_alone(browser, office):
    add_members(office.database, 8)
    given_draft(office.database, now=right_now())
    with a_desk(browser, office) as page:
        page.goto("/sign-in?next=/hq/ballots/pay-2026")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
        press_until_focused(page, page.get_by_label("Name"))
        page.keyboard.type("hanna")
        page.keyboard.press("Tab")
        page.keyboard.type("correct horse battery")
        page.keyboard.press("Enter")
        page.wait_for_url("**/hq/ballots/pay-2026")
        press_until_focused(page, page.get_by_role("button", name="Freeze the roll"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_contain_text("8 members are entitled to vote")


def test_the_live_page_announces_the_threshold_and_says_when_voting_is_over(browser, office):
    add_members(office.database, 8)
    ballot = given_ballot(
        office.database, office.settings, now=right_now(), kind="industrial_action"
    )
    with a_desk(browser, office) as page:
        sign_in(page, "hanna")
        page.goto("/hq/ballots/pay-2026/turnout")
        expect(page.locator("[data-live-words]")).to_have_text("Live")
        for code in list(ballot.codes.values())[:4]:
            office.vote("pay-2026", code, {"offer": "reject"})
        expect(page.get_by_role("status")).to_have_text("Turnout has reached 50 %.")
        move_window(office.database, ballot.id, closes_at=right_now() - timedelta(seconds=10))
        expect(page.locator("[data-live-words]")).to_contain_text("Voting has closed.")


def test_nothing_scrolls_sideways_on_a_phone(browser, office):
    add_members(office.database, 8)
    given_ballot(office.database, office.settings, now=right_now())
    pages = ("/staff", "/hq/roll", "/hq/ballots/new", "/hq/ballots/pay-2026")
    with a_desk(browser, office) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        sign_in(page, "hanna")
        for address in (*pages, "/hq/ballots/pay-2026/turnout", "/branch/pay-2026?branch=Leeds"):
            page.goto(address)
            assert fits(page), address
