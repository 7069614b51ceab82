"""Headquarters freezes, adds two late joiners, and takes one off with a second officer."""

from datetime import timedelta

import pytest

from app.ballots.service import create_ballot, get_ballot
from app.voting.seal import box_totals
from tests.support.ballots import HQ, add_members, ballot_in
from tests.support.browser import PHONE, fits
from tests.support.offices import DESKTOP, a_desk, an_office, right_now, sign_in
from tests.support.staff import given_account

SLUG = "pay-2026"
HERE = f"/hq/ballots/{SLUG}"


@pytest.fixture
def office(sqlite):
    with an_office(sqlite) as office:
        for name in ("anna", "bo"):
            given_account(office.database, name, now=right_now())
        add_members(office.database, 30)
        add_members(office.database, 2, branch="York", in_arrears=True)
        now = right_now()
        with office.database.writing() as session:
            create_ballot(
                session,
                ballot_in(now=now, cut_off_at=now - timedelta(days=1), exclude_arrears=True),
                staff=HQ,
                now=now,
            )
        yield office


def fits_a_phone(page):
    page.set_viewport_size(PHONE)
    fitted = fits(page)
    page.set_viewport_size(DESKTOP)
    return fitted


def freeze_and_look(page):
    sign_in(page, "anna")
    page.goto(HERE)
    page.get_by_text("Members in arrears are left out. If they voted, 32 would be").wait_for()
    page.get_by_role("link", name="Everybody who is entitled or not").click()
    page.get_by_role("link", name="Subscription in arrears (2)").click()
    assert page.get_by_role("row").filter(has_text="YOR0001").count() == 1
    page.goto(HERE)
    page.get_by_role("button", name="Freeze the roll").click()
    page.get_by_text("30 members are entitled to vote").wait_for()


def add_the_latecomers(page):
    page.get_by_role("link", name="Changes of the frozen roll").click()
    page.get_by_text("2 members are entitled by this ballot’s rules").wait_for()
    page.locator("#all_reason").fill("In the file of today")
    page.get_by_role("button", name="Add 2 members").click()
    page.get_by_text("2 members added").wait_for()
    assert fits_a_phone(page)


def propose_one(page):
    page.get_by_label("Membership number", exact=True).fill("LEE0001")
    page.get_by_label("Reason to take them off").fill("Left before voting opened")
    page.get_by_role("button", name="Propose it").click()
    page.get_by_role("link", name="Member LEE0001").click()
    page.get_by_text("somebody else at headquarters decides").wait_for()


def approve_it(page):
    sign_in(page, "bo")
    page.goto(f"{HERE}/roll")
    page.get_by_role("link", name="Member LEE0001").click()
    assert page.get_by_role("row").filter(has_text="Afterwards").inner_text().split()[1] == "31"
    assert fits_a_phone(page)
    page.get_by_role("button", name="Take them off the roll").click()
    page.get_by_text("1 member taken off").wait_for()


@pytest.mark.parametrize("script", [True, False])
def test_two_latecomers_come_in_and_two_officers_take_one_off(browser, office, script):
    with a_desk(browser, office, script=script) as page:
        freeze_and_look(page)
        long_ago = right_now().date() - timedelta(days=3)
        add_members(office.database, 2, branch="Hull", joined_on=long_ago)
        add_the_latecomers(page)
        propose_one(page)
    with a_desk(browser, office, script=script) as page:
        approve_it(page)
        page.goto(f"{HERE}/turnout")
        page.get_by_text("30 when the roll was frozen, 2 added by supplement, 1 taken").wait_for()
    with office.database.reading() as session:
        ballot = get_ballot(session, SLUG)
        assert box_totals(session, ballot.id) == (0, 0, 0)
