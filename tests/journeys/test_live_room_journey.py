"""Headquarters on polling day: branches cross the line before the eyes of the room."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import SECRET
from tests.support.ballots import add_members, given_ballot
from tests.support.browser import fits
from tests.support.offices import Office, a_desk, right_now, sign_in
from tests.support.servers import running_server
from tests.support.staff import given_account

ROOM = "/hq/ballots/pay-2026/turnout"
WALL = {"width": 1920, "height": 1080}
WITHIN = 2_000  # milliseconds from the answer to a vote until the page shows it
SIZES = {"Bath": 10, "Hull": 10, "Leeds": 12, "Wells": 10, "York": 8}


def furnish(office):
    """An account, five branches and a ballot that needs half; return the codes by branch."""
    given_account(office.database, "hanna", now=right_now())
    for branch, size in SIZES.items():
        add_members(office.database, size, branch=branch)
    ballot = given_ballot(
        office.database, office.settings, now=right_now(), kind="industrial_action"
    )
    return {
        branch: [
            code for number, code in ballot.codes.items() if number.startswith(branch[:3].upper())
        ]
        for branch in SIZES
    }


@pytest.fixture
def office(new_office):
    with new_office() as office:
        office.codes = furnish(office)
        yield office


def vote(office, branch, *, times):
    for _ in range(times):
        office.vote("pay-2026", office.codes[branch].pop(), {"offer": "reject"})


def watch_what_is_read_out(page):
    page.evaluate(
        """() => {
            window.readOut = [];
            const announcer = document.querySelector("[data-live-announcer]");
            new MutationObserver(() => window.readOut.push(announcer.textContent))
                .observe(announcer, {childList: true, characterData: true, subtree: true});
        }"""
    )


def read_out(page):
    return page.evaluate("window.readOut")


def row_of(page, branch):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=branch))


def order_of(page):
    return page.locator(".muster-units tbody th").all_text_contents()


def test_two_branches_cross_the_line_and_the_ballots_own_crossing_is_read_out_once(browser, office):
    with a_desk(browser, office) as page:
        sign_in(page, "hanna")
        page.goto(f"{ROOM}?sort=needed")
        expect(page.locator("[data-live-words]")).to_have_text("Live")
        watch_what_is_read_out(page)
        link = page.get_by_role("link", name="York")
        link.focus()
        assert order_of(page)[0] == "Leeds"

        vote(office, "York", times=4)
        expect(row_of(page, "York")).to_contain_text("reached", timeout=WITHIN)
        vote(office, "Leeds", times=6)
        expect(row_of(page, "Leeds")).to_contain_text("reached", timeout=WITHIN)
        expect(page.locator(".unit-strip figcaption")).to_contain_text("2 of the 5 branches")
        # The rows were sorted anew, and the one who reads with the keyboard was not thrown out.
        expect(link).to_be_focused()
        assert order_of(page) == ["Bath", "Hull", "Wells", "Leeds", "York"]
        assert read_out(page) == []

        for branch in ("Bath", "Hull", "Wells"):
            vote(office, branch, times=5)
        expect(page.locator("#turnout figcaption").first).to_contain_text(
            "25 of 50 have voted", timeout=WITHIN
        )
        expect(page.get_by_role("status")).to_have_text("Turnout has reached 50 %.")
        vote(office, "Bath", times=2)
        expect(row_of(page, "Bath")).to_contain_text("70.00", timeout=WITHIN)
        assert read_out(page) == ["Turnout has reached 50 %."]


@contextmanager
def a_watcher(browser, office):
    """A desk whose browser may complain that the server is gone."""
    context = browser.new_context(base_url=office.base_url, timezone_id="Europe/London")
    page = context.new_page()
    sign_in(page, "hanna")
    page.goto(ROOM)
    expect(page.locator("[data-live-words]")).to_have_text("Live")
    yield page
    context.close()


def test_a_broken_line_is_said_with_the_time_last_heard_and_mends_itself(browser, sqlite):
    url = sqlite.create_migrated()
    settings = Settings(database_url=url, secret_key=SECRET)
    database = Database(url)
    with running_server(settings) as server:
        office = Office(database, settings, server.base_url)
        office.codes = furnish(office)
        with a_watcher(browser, office) as page:
            said = page.locator("[data-live-words]")
            server.kill()
            expect(said).to_have_text(re.compile(r"^Reconnecting, last heard \d\d:\d\d$"))
            server.start()
            vote(office, "York", times=1)
            expect(said).to_have_text("Live", timeout=30_000)
            expect(row_of(page, "York")).to_contain_text("12.50")
    database.dispose()
    sqlite.drop(url)


def hide(page, *, hidden):
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_hidden_tab_asks_for_nothing_and_catches_up_when_it_is_seen(browser, office):
    with a_desk(browser, office) as page:
        sign_in(page, "hanna")
        page.goto(ROOM)
        expect(page.locator("[data-live-words]")).to_have_text("Live")
        asked = []
        hide(page, hidden=True)
        page.wait_for_timeout(500)
        page.on("request", lambda request: asked.append(request.url))
        vote(office, "York", times=2)
        page.wait_for_timeout(3_000)
        assert asked == []
        expect(row_of(page, "York")).to_contain_text("0.00")
        hide(page, hidden=False)
        expect(row_of(page, "York")).to_contain_text("25.00")
        expect(page.locator("[data-live-words]")).to_have_text("Live")


A_MINUTE_IS_SHORT = """
    const given = window.setInterval;
    window.setInterval = (what, time) => given(what, time === 60000 ? 1500 : time);
"""


def test_the_time_left_moves_by_the_minute_without_a_vote(browser, office):
    with a_desk(browser, office) as page:
        page.add_init_script(A_MINUTE_IS_SHORT)
        sign_in(page, "hanna")
        page.goto(ROOM)
        expect(page.locator("[data-live-words]")).to_have_text("Live")
        with page.expect_response("**/turnout/panel**") as answered:
            pass
        assert "left." in answered.value.text()


def test_the_wallboard_fills_a_screen_that_is_read_from_four_metres(browser, office):
    with a_desk(browser, office) as page:
        page.set_viewport_size(WALL)
        sign_in(page, "hanna")
        page.goto(ROOM)
        page.get_by_role("link", name="Show it on a wallboard").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Pay offer 2026")
        # One way out, for the keyboard, and no menu.
        expect(page.get_by_role("link")).to_have_text(["Leave the wallboard"])
        assert page.evaluate("document.documentElement.scrollHeight") <= WALL["height"]
        # On a screen 1.2 m wide these are letters of 26 mm.
        assert smallest_letters(page) >= 0.022 * WALL["width"] * 0.95
        expect(page.locator(".muster-status")).to_have_text("Live")
        vote(office, "York", times=3)
        number = page.locator(".muster-wallboard__figure")
        expect(number).to_have_text("6.00\N{NO-BREAK SPACE}%", timeout=WITHIN)
        nearest = page.locator(".muster-wall__list li").first
        expect(nearest).to_contain_text("York")
        expect(nearest).to_contain_text("1 more")


def smallest_letters(page):
    return page.evaluate(
        """() => Math.min(...Array.from(document.querySelectorAll("main *"))
            .filter(each => Array.from(each.childNodes)
                .some(node => node.nodeType === 3 && node.textContent.trim()))
            .filter(each => each.getBoundingClientRect().height > 2)
            .filter(each => each.tagName !== "title")
            .map(each => parseFloat(getComputedStyle(each).fontSize)))"""
    )


def test_the_live_room_and_its_wallboard_fit_a_phone(browser, office):
    vote(office, "York", times=3)
    with a_desk(browser, office) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        sign_in(page, "hanna")
        for address in (ROOM, f"{ROOM}?group_by=workplace", f"{ROOM}/wall"):
            page.goto(address)
            assert fits(page), address
