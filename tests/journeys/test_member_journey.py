"""A member on a phone, in a real browser against a real server: from the link to the receipt."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from app.voting.seal import box_totals
from tests.support.ballots import OFFER, add_members, given_ballot
from tests.support.browser import a_page, fits

SAFETY = {
    "key": "safety",
    "text": "Are you prepared to take action short of a strike?",
    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
    "supported_answer": "yes",
}


@pytest.fixture(scope="module")
def office(new_office):
    with new_office() as office:
        yield office


@pytest.fixture(scope="module")
def database(office):
    return office.database


@pytest.fixture(scope="module")
def ballots(office, database):
    """An open ballot of one question and one of two, with a code for each of twelve members."""
    now = datetime.now(UTC)
    add_members(database, 12)
    one = given_ballot(database, office.settings, now=now)
    two = given_ballot(
        database,
        office.settings,
        now=now - timedelta(days=1),
        slug="two-questions",
        title="Pay and safety 2026",
        questions=[OFFER, SAFETY],
    )
    return {"one": one, "two": two}


@pytest.fixture(scope="module")
def links(ballots):
    """Voting links that nobody has used, for each ballot."""
    return {
        name: iter([f"/vote/{code}" for code in ballot.codes.values()])
        for name, ballot in ballots.items()
    }


@pytest.fixture(scope="module")
def base_url(office):
    return office.base_url


@pytest.fixture
def phone(browser, base_url):
    with a_page(browser, base_url=base_url) as page:
        yield page


@pytest.fixture
def phone_without_script(browser, base_url):
    with a_page(browser, base_url=base_url, script=False) as page:
        yield page


def votes_in(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)[0]


def title(page):
    return page.get_by_role("heading", level=1)


def choose(page, answer, *, question=""):
    """Press the card of an answer, as a thumb does."""
    asked = page.get_by_role("group", name=question)
    asked.locator("label", has_text=answer).click()
    expect(asked.get_by_label(answer)).to_be_checked()


def go_on(page):
    page.get_by_role("button", name="Continue").click()
    expect(title(page)).to_contain_text("Check your answer")


def cast(page):
    page.get_by_role("button", name="Cast my vote").click()


def vote(page, link, answer):
    """Go the whole way."""
    page.goto(link)
    choose(page, answer)
    go_on(page)
    cast(page)
    expect(title(page)).to_have_text("Your vote is in the ballot box")


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def tab_to(page, target):
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(15):
        page.keyboard.press("Tab")
        if focused(page) == target:
            return
    pytest.fail(f"Tab never reached {target}; the focus is on {focused(page)}")


@pytest.mark.also_on_the_whole_site
def test_without_script_from_link_to_receipt(phone_without_script, links, database, ballots):
    page, before = phone_without_script, votes_in(database, ballots["one"])
    page.goto(next(links["one"]))
    expect(title(page)).to_have_text("Pay offer 2026")
    assert fits(page)
    choose(page, "Reject")
    go_on(page)
    expect(page.get_by_text("Reject", exact=True)).to_be_visible()
    assert fits(page)
    cast(page)
    expect(title(page)).to_have_text("Your vote is in the ballot box")
    assert fits(page)
    assert votes_in(database, ballots["one"]) == before + 1


def test_with_the_keyboard_alone(phone, links):
    phone.goto(next(links["one"]))
    tab_to(phone, "Skip to main content")
    phone.keyboard.press("Enter")
    tab_to(phone, "q1")
    phone.keyboard.press("Space")
    phone.keyboard.press("ArrowDown")
    expect(phone.get_by_label("Reject")).to_be_checked()
    tab_to(phone, "Continue")
    phone.keyboard.press("Enter")
    expect(title(phone)).to_have_text("Check your answer")
    expect(phone.get_by_text("Reject", exact=True)).to_be_visible()
    tab_to(phone, "Cast my vote")
    phone.keyboard.press("Enter")
    expect(title(phone)).to_have_text("Your vote is in the ballot box")


def test_a_forgotten_answer_is_told_and_one_key_leads_to_it(phone, links):
    phone.goto(next(links["one"]))
    phone.get_by_role("button", name="Continue").click()
    expect(phone).to_have_title("Error: Pay offer 2026 – Muster")
    expect(phone.get_by_text("There is a problem")).to_be_visible()
    assert "There is a problem" in focused(phone)
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    assert focused(phone) == "q1"
    assert fits(phone)


def test_change_keeps_the_other_answers(phone, links):
    phone.goto(next(links["two"]))
    expect(title(phone)).to_have_text("Pay and safety 2026")
    choose(phone, "Accept", question="Do you accept")
    choose(phone, "Yes", question="Are you prepared")
    go_on(phone)
    phone.get_by_role("button", name="Change your answer to: Are you prepared").click()
    assert phone.url.endswith("#q2")
    expect(phone.get_by_label("Accept")).to_be_checked()
    choose(phone, "Leave this question blank", question="Are you prepared")
    go_on(phone)
    expect(phone.get_by_text("Left blank")).to_be_visible()
    cast(phone)
    expect(title(phone)).to_have_text("Your vote is in the ballot box")


@pytest.mark.also_on_the_whole_site
def test_reloading_the_receipt_shows_it_again(phone, links, database, ballots):
    vote(phone, next(links["one"]), "Accept")
    receipt = phone.locator(".code-block").inner_text()
    before = votes_in(database, ballots["one"])
    phone.reload()
    expect(title(phone)).to_have_text("Your vote is in the ballot box")
    assert phone.locator(".code-block").inner_text() == receipt
    assert votes_in(database, ballots["one"]) == before


def test_the_receipt_is_copied_whole_and_printed_without_the_frame(phone, links):
    vote(phone, next(links["one"]), "Accept")
    phone.locator(".code-block").click()
    copied = phone.evaluate("getSelection().toString()").strip()
    assert len(copied) == 32
    assert set(copied) <= set("0123456789abcdef")
    phone.emulate_media(media="print")
    expect(phone.locator(".code-block")).to_be_visible()
    expect(phone.locator(".site-foot")).to_be_hidden()


@pytest.mark.also_on_the_whole_site
def test_two_tabs_one_vote(browser, base_url, links, database, ballots):
    link, before = next(links["one"]), votes_in(database, ballots["one"])
    with (
        a_page(browser, base_url=base_url) as first,
        a_page(browser, base_url=base_url) as second,
    ):
        for tab, answer in ((first, "Accept"), (second, "Reject")):
            tab.goto(link)
            choose(tab, answer)
            go_on(tab)
        cast(first)
        expect(title(first)).to_have_text("Your vote is in the ballot box")
        cast(second)
        expect(title(second)).to_have_text("You have already voted")
    assert votes_in(database, ballots["one"]) == before + 1


def test_two_members_at_one_computer_leave_nothing_behind(phone, links, database, ballots):
    before = votes_in(database, ballots["one"])
    for answer in ("Accept", "Reject"):
        vote(phone, next(links["one"]), answer)
    assert votes_in(database, ballots["one"]) == before + 2
    assert phone.context.cookies() == []
    assert phone.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_code_from_a_letter(phone, links):
    code = next(links["one"]).removeprefix("/vote/")
    phone.goto("/vote")
    phone.get_by_label("Voting code").fill(code.replace("-", " ").lower())
    phone.keyboard.press("Enter")
    expect(title(phone)).to_have_text("Pay offer 2026")
