"""Nobody is kept out: axe-core on every page, both schemes, at twice the size and text; light."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from app.core.settings import Settings
from app.main import create_app
from scripts.benchmarks.pages import (
    BOTH_FONTS,
    MOST_FOR_STAFF,
    MOST_TO_VOTE,
    NotShown,
    time_to_question,
    weigh,
)
from tests.support import axe
from tests.support.browser import PHONE, fits
from tests.support.house import open_house
from tests.support.routes import doors_of
from tests.support.views import VIEWS

BY_NAME = {view.name: view for view in VIEWS}
IN_EACH_LANGUAGE = [
    (view, language) for view in VIEWS for language in (("en", "cy") if view.in_welsh else ("en",))
]
NARROW = 320  # CSS pixels: a window of 640 at 200 %, of 1,280 at 400 %
# For programs, and the steps of a vote whose forms are not kept: they lead back to its first page.
# Sign-in by an identity provider leads out and back, and shows the page of signing in.
NO_PAGES = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/sign-in/identity",
    "/sign-in/identity/back",
} | {f"/vote/{step}" for step in ("code", "check", "change", "cast")}


@pytest.fixture(scope="module")
def house(browser):
    with open_house(browser) as house:
        yield house


def named(value):
    return getattr(value, "name", value)


def pages_of(app):
    """Every route that shows a page: no file, and no part of one that a script fetches again."""
    paths = {door.path for door in doors_of(app) if door.method == "GET" and not door.is_api}
    ends = {path: path.rpartition("/")[2] for path in paths - NO_PAGES}
    return {path for path, end in ends.items() if "." not in end and end != "panel"}


def test_the_list_names_every_page_of_the_application():
    settings = Settings(secret_key="x" * 40, database_url="sqlite:////nowhere/muster.sqlite3")
    assert {view.route for view in VIEWS} == pages_of(create_app(settings))
    assert len(BY_NAME) == len(VIEWS)


@pytest.mark.parametrize(("view", "language"), IN_EACH_LANGUAGE, ids=named)
def test_nothing_keeps_anybody_out(house, view, language):
    with house.visit(view, language=language) as page:
        offers_welsh = page.locator(".language-choice").count() > 0
        assert page.get_attribute("html", "lang") == language or not offers_welsh
        # What is there in Welsh is tried in Welsh.
        assert view.in_welsh or not offers_welsh
        assert (house.refused, house.unguarded) == ([], [])
        assert axe.faults(page) == []
        page.emulate_media(color_scheme="dark")
        assert axe.faults(page, only_colours=True) == []
        page.set_viewport_size({"width": NARROW, "height": 600})
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
        if view.in_welsh:  # what members, the public and branches read on a phone
            page.set_viewport_size(PHONE)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert fits(page), "twice the text pushes the page aside"
    assert house.strangers == []


def test_what_a_page_may_not_do_would_be_noticed(house):
    """Otherwise the lists that every page is held against would stay empty whatever it did."""
    with house.visit(BY_NAME["public-secrecy"]) as page:
        page.evaluate("document.querySelector('main').innerHTML += '<p style=color:red>x</p>'")
        page.evaluate(
            "new Promise((done) => {"
            " const picture = new Image(); picture.onerror = () => done();"
            " picture.src = 'http://127.0.0.2:9/x.png'; })"
        )
    assert any("style" in said for said in house.refused)
    assert any("127.0.0.2" in said for said in house.refused)
    house.refused.clear()
    house.strangers.clear()


def test_axe_sees_what_would_keep_somebody_out(house):
    with house.visit(BY_NAME["public-secrecy"]) as page:
        page.evaluate("document.querySelector('main p').style.color = '#bbb'")
        [pale] = axe.faults(page, only_colours=True)
        assert pale.startswith("color-contrast")
        page.evaluate("document.querySelector('main').innerHTML += '<img src=/x.png>'")
        assert any(fault.startswith("image-alt") for fault in axe.faults(page))


# Light


@pytest.mark.parametrize("language", ["en", "cy"])
def test_a_voter_downloads_little(house, language):
    question = BY_NAME["member-question"]
    welsh = replace(question, address=f"{question.address}?lang={language}", in_welsh=False)
    # With more on it than the page itself has, so that the page is no heavier.
    assert 20 < weigh(house, welsh, then=BOTH_FONTS) < MOST_TO_VOTE


@pytest.mark.parametrize("name", ["hq-turnout", "branch-ballot-open", "hq-turnout-wall"])
def test_a_live_page_stays_light(house, name):
    assert 20 < weigh(house, BY_NAME[name]) < MOST_FOR_STAFF


def test_a_page_that_is_not_there_has_no_weight(house):
    with pytest.raises(NotShown, match="public-refusal lacks"):
        weigh(house, BY_NAME["public-refusal"])


def test_a_slow_phone_shows_the_question(house):
    assert 0 < time_to_question(house, BY_NAME["member-question"]) < 10


# By keyboard, without script, without movement, on paper


def press_tab_until(page, words):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            return
    pytest.fail(f"Tab never reached {words}.")


def turnout_column(page):
    return [
        float(cell.removesuffix("%").strip())
        for cell in page.locator("#turnout td[data-label='Turnout']").all_inner_texts()
    ]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_headquarters_sorts_the_table_with_the_keyboard_alone(house, script):
    with house.visit(BY_NAME["hq-turnout"], script=script) as page:
        if script:
            press_tab_until(page, "Turnout")
            page.keyboard.press("Enter")
        else:
            page.locator("th a", has_text="Turnout").press("Enter")
        expect(page.locator("th[aria-sort]")).to_have_text("Turnout")
        shown = turnout_column(page)
        assert len(shown) > 10
        assert shown == sorted(shown)


def moving(page):
    return page.evaluate(
        "document.getAnimations().filter((each) => each.playState === 'running').length"
    )


def test_nothing_moves_for_those_who_ask_for_less_motion(house):
    with house.visit(BY_NAME["hq-turnout"]) as page:
        expect(page.locator("[data-live-words]")).to_have_text("Live")
        assert moving(page) > 0
        page.emulate_media(reduced_motion="reduce")
        assert moving(page) == 0


PRINTED = ("public-ballot-declared", "public-timetable", "hq-turnout", "branch-notice")


@pytest.mark.parametrize("name", PRINTED)
def test_on_paper_there_is_no_navigation_and_ink_is_dark(house, name):
    with house.visit(BY_NAME[name]) as page:
        page.emulate_media(media="print", color_scheme="dark")
        for part in (".site-nav", ".site-foot", ".govuk-skip-link", ".govuk-back-link", "button"):
            assert [each for each in page.locator(part).all() if each.is_visible()] == [], part
        ink, paper = page.evaluate(
            "[getComputedStyle(document.querySelector('main p')).color,"
            " getComputedStyle(document.body).backgroundColor]"
        )
        assert (ink, paper) in {
            ("rgb(0, 0, 0)", "rgb(255, 255, 255)"),
            ("rgb(51, 51, 51)", "rgb(255, 255, 255)"),
        }
        assert axe.faults(page, only_colours=True) == []


def test_a_printed_link_says_where_it_leads(house):
    with house.visit(BY_NAME["public-ballot-declared"]) as page:
        page.emulate_media(media="print")
        said = page.evaluate(
            "Array.from(document.querySelectorAll('main p a'),"
            " (link) => getComputedStyle(link, '::after').content)"
        )
        assert said
        assert all("/" in each for each in said), said
