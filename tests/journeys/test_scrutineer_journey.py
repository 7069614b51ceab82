"""The scrutineer in a real browser: the codes, the count after the close, the declaration."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.ballots.freeze import freeze_roll
from app.ballots.service import get_ballot
from app.security.models import Role
from tests.support.ballots import HQ, add_members, move_window
from tests.support.drafts import given_draft
from tests.support.offices import a_desk, an_office, right_now, sign_in
from tests.support.staff import given_account


@pytest.fixture
def office(sqlite):
    with an_office(sqlite) as office:
        given_account(office.database, "sue", role=Role.SCRUTINEER, now=right_now())
        given_account(office.database, "hanna", now=right_now())
        add_members(office.database, 5)
        given_draft(office.database, now=right_now(), scrutineer="sue")
        with office.database.writing() as session:
            ballot = get_ballot(session, "pay-2026")
            freeze_roll(session, ballot, staff=HQ, now=right_now())
            office.ballot_id = ballot.id
        yield office


def codes_from(page):
    page.get_by_role("link", name="Voting codes").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the codes").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    return [line.split(",")[2] for line in lines[1:]]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_the_codes_to_the_declared_result(browser, office, script):
    with a_desk(browser, office, script=script) as page:
        sign_in(page, "sue")
        codes = codes_from(page)
        for code, answer in zip(codes, ["reject", "reject", "accept", None], strict=False):
            office.vote("pay-2026", code, {"offer": answer})
        page.goto("/staff/ballots/pay-2026/count")
        expect(page.get_by_role("main")).to_contain_text("voting has not closed")

        move_window(
            office.database, office.ballot_id, closes_at=right_now() - timedelta(seconds=10)
        )
        page.goto("/staff")
        page.get_by_role("link", name="See the count and declare the result").click()
        expect(page.get_by_role("row").filter(has_text="Reject")).to_contain_text("66.67")
        page.get_by_role("link", name="Declare the result").first.click()
        expect(page.get_by_role("main")).to_contain_text(
            "Papers, marks and counters agree: 4 votes"
        )
        page.get_by_role("button", name="Declare this result").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Result")
        expect(page.get_by_role("main")).to_contain_text("Result declared by sue")
        page.get_by_role("button", name="Sign out").click()

        # Everybody sees it now, signed in or not.
        page.goto("/ballots/pay-2026")
        expect(page.get_by_role("row").filter(has_text="Reject")).to_contain_text("2")


def test_headquarters_watches_and_cannot_declare(browser, office):
    move_window(office.database, office.ballot_id, closes_at=right_now() - timedelta(seconds=10))
    with a_desk(browser, office) as page:
        sign_in(page, "hanna")
        page.get_by_role("link", name="See the count").click()
        expect(page.get_by_role("main")).to_contain_text("The scrutineer, sue, declares the result")
        expect(page.get_by_role("link", name="Declare the result")).to_have_count(0)
        page.goto("/staff/ballots/pay-2026/declare")
        expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
