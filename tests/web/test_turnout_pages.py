"""Headquarters' live page: what it says, what it withholds, and the panel that moves it."""

import re

import pytest
from bs4 import BeautifulSoup

from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft
from tests.support.turnout import OPENED_UNDER_THE_OLD_YARDSTICK, set_votes

HERE = "/hq/ballots/pay-2026/turnout"
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


@pytest.fixture
def roll(database):
    add_members(database, 40)
    add_members(database, 20, branch="York")
    add_members(database, 20, branch="Hull")
    add_members(database, 4, branch="Scilly")


@pytest.fixture
def ballot(database, settings, roll):
    return given_ballot(database, settings, kind="industrial_action")


def headline(page):
    return words(page.select_one("figcaption"))


def table(page):
    return [[words(cell) for cell in row.select("th, td")] for row in page.select("tbody tr")]


def test_one_sentence_says_how_turnout_stands_and_what_is_needed(hq, database, ballot):
    set_votes(database, ballot.id, Leeds=30, York=3)
    assert headline(hq.page(HERE)) == "33 of 84 have voted, 39.29 %. 9 more needed for 50 %."
    set_votes(database, ballot.id, Leeds=38, York=4)
    assert headline(hq.page(HERE)) == "42 of 84 have voted, 50.00 %. The 50 % threshold is met."


def test_one_vote_is_spoken_of_as_one(hq, database, ballot):
    set_votes(database, ballot.id, Leeds=1)
    assert headline(hq.page(HERE)).startswith("1 of 84 has voted")


def test_the_bar_and_its_line_say_the_same(hq, database, ballot):
    set_votes(database, ballot.id, Leeds=21)
    meter = hq.page(HERE).select_one(".turnout-meter")
    assert meter.select_one(".turnout-meter__fill")["width"] == "25.00%"
    assert meter.select_one(".turnout-meter__line")["x1"] == "50%"
    assert words(meter.select_one("text")) == "50 % needed"


def rules(page):
    found = page.select_one("#turnout .govuk-summary-list")
    return {words(row.dt): words(row.dd) for row in found.select(".govuk-summary-list__row")}


def test_an_indicative_ballot_shows_both_sides_of_april_and_the_law(hq, database, settings, roll):
    ballot = given_ballot(database, settings)
    set_votes(database, ballot.id, Leeds=32)
    page = hq.page(HERE)
    assert headline(page) == (
        "32 of 84 have voted, 38.10 %. No turnout is asked of it; a statutory ballot would need "
        "10 more for 50 %."
    )
    assert rules(page) == {
        "This ballot, opened after the April change (from 6 April 2026)": (
            "No turnout threshold: the rules for a ballot opened on 21 November 2026 set none."
        ),
        "If it had opened before the April change (until 5 April 2026)": (
            "50 % of those entitled: 42 votes, 10 more."
        ),
        "A statutory ballot on industrial action opened the same day": (
            "50 % of those entitled (Trade Union and Labour Relations (Consolidation) Act 1992 "
            "s.226(2)(a)(iia)): 42 votes. 10 more needed for 50 %."
        ),
    }
    set_votes(database, ballot.id, Leeds=40, York=2)
    assert "a statutory ballot would have reached its 50 %" in headline(hq.page(HERE))


def test_a_ballot_of_before_april_is_held_to_the_old_yardstick(hq, database, settings, roll):
    ballot = given_ballot(database, settings)
    move_window(database, ballot.id, opens_at=OPENED_UNDER_THE_OLD_YARDSTICK)
    set_votes(database, ballot.id, Leeds=32)
    page = hq.page(HERE)
    assert headline(page).endswith("10 more needed for 50 %.")
    found = rules(page)
    assert found["This ballot, opened before the April change (until 5 April 2026)"] == (
        "50 % of those entitled (the union's own yardstick, not law): 42 votes."
    )
    after = "If it had opened after the April change (from 6 April 2026)"
    assert found[after] == "No turnout threshold."


def test_each_group_has_its_row_and_small_ones_are_withheld(hq, database, ballot):
    set_votes(database, ballot.id, Leeds=10, York=15, Hull=2, Scilly=4)
    rows = table(hq.page(f"{HERE}?sort=name"))
    assert rows[1] == ["Leeds", "40", "10", "25.00 %", "10", "30", "9", ""]
    assert rows[2] == ["Scilly", "4", "withheld: fewer than 5 entitled"]
    # One more must be hidden, or the small one could be worked out by subtraction.
    beside = [row for row in rows if "cannot be worked out" in row[-1]]
    assert [row[0] for row in beside] == ["Hull"]


def test_the_table_is_sorted_and_grouped_by_links(hq, database, ballot):
    set_votes(database, ballot.id, Leeds=10, York=15)
    page = hq.page(f"{HERE}?sort=turnout")
    assert [row[0] for row in table(page)][:2] == ["Leeds", "York"]
    heading = page.select_one("th[aria-sort]")
    assert (words(heading), heading["aria-sort"]) == ("Turnout", "ascending")
    assert next(row[0] for row in table(hq.page(f"{HERE}?sort=needed"))) == "Leeds"
    assert heading.a["href"] == f"{HERE}?group_by=branch&sort=-turnout#units"
    turned = hq.page(f"{HERE}?sort=-turnout")
    assert [row[0] for row in table(turned)][:2] == ["York", "Leeds"]
    assert turned.select_one("th[aria-sort]")["aria-sort"] == "descending"
    links = [link["href"] for link in page.select("ul.inline-links a")]
    assert f"{HERE}?group_by=workplace&sort=turnout#units" in links
    by_region = hq.page(f"{HERE}?group_by=region")
    assert [row[0] for row in table(by_region)] == ["North"]


def test_a_place_that_the_roll_does_not_state_has_a_name_all_the_same(hq, database, settings):
    add_members(database, 20, workplace="")
    given_ballot(database, settings)
    assert table(hq.page(f"{HERE}?group_by=workplace"))[0][0] == "Not stated on the roll"


def test_every_branch_is_a_dot_where_there_are_enough(hq, database, settings):
    for branch in ("Bath", "Hull", "Leeds", "Wells", "York"):
        add_members(database, 10, branch=branch)
    ballot = given_ballot(database, settings, kind="industrial_action")
    set_votes(database, ballot.id, Bath=5, York=4)
    strip = hq.page(HERE).select_one(".unit-strip")
    assert len(strip.select("circle")) == 5
    assert words(strip.figcaption) == "1 of the 5 branches shown stands at 50 % or more."


@pytest.mark.parametrize("query", ["", "?group_by=employer&sort=needed"])
def test_the_panel_is_the_very_part_of_the_page(hq, database, ballot, query):
    set_votes(database, ballot.id, Leeds=10, Scilly=4)
    page = hq.page(f"{HERE}{query}")
    region = page.select_one("#turnout")
    panel = hq.get(region["hx-get"], headers=SCRIPT)
    assert panel.headers["content-type"] == "text/html; charset=utf-8"
    part = BeautifulSoup(panel.text, "html.parser")
    assert "".join(part.decode().split()) == "".join(region.decode_contents().split())
    assert "<html" not in panel.text


def test_whoever_opens_the_panel_by_hand_gets_the_page(hq, ballot):
    answer = hq.get(f"{HERE}/panel?group_by=region&sort=needed")
    assert answer.headers["location"] == f"{HERE}?group_by=region&sort=needed"


def test_the_page_listens_to_the_stream_while_numbers_move(hq, ballot, clock):
    line = hq.page(f"{HERE}?group_by=region").select_one("[data-live-line]")
    assert line["hx-sse:connect"] == "/api/v1/ballots/pay-2026/turnout/stream?group_by=region"
    assert line["hx-sse:close"] == "closed"
    hq.wait(clock, days=8)
    page = hq.page(HERE)
    assert page.select("[data-live-line]") == []
    assert "These numbers no longer move" in words(page.main)


def test_reaching_the_threshold_is_announced_once_it_is_true(hq, database, ballot):
    set_votes(database, ballot.id, Leeds=30)
    assert hq.page(HERE).select("[data-milestone]") == []
    set_votes(database, ballot.id, Leeds=40, York=2)
    assert words(hq.page(HERE).select_one("[data-milestone]")) == "Turnout has reached 50 %."


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        ({"days": -1}, "in 23 hours."),
        ({}, "7 days left."),
        ({"days": 6, "hours": 22, "minutes": 30}, "1 hour and 30 minutes left."),
        ({"days": 7, "seconds": -30}, "less than a minute left."),
        ({"days": 7}, "Voting closed on Saturday 28 November 2026 at midday."),
    ],
)
def test_the_time_left_is_told_in_words(hq, ballot, clock, wait, said):
    hq.wait(clock, **wait)
    assert said in words(hq.page(HERE).main)


def test_a_draft_has_no_turnout(hq, database):
    given_draft(database)
    assert hq.get(HERE).status_code == 409


def test_it_says_where_the_next_votes_are_and_what_winnable_means(hq, database, ballot):
    set_votes(database, ballot.id, Leeds=10, York=15, Hull=2, Scilly=4)
    page = hq.page(HERE)
    assert [words(item) for item in page.select(".muster-first li")] == [
        "Leeds : 9 votes behind the others, 30 not voted, 10 needed for 50 %."
    ]
    assert "if turnout in a branch were that of all the other branches together" in words(page.main)
    assert [row[0] for row in table(page)] == ["Leeds", "York", "Hull", "Scilly"]
    heading = page.select_one("th[aria-sort]")
    assert (words(heading), heading["aria-sort"]) == ("Winnable", "descending")


def test_a_unit_at_the_line_is_marked_in_words_and_keeps_its_id(hq, database, ballot):
    set_votes(database, ballot.id, York=9)
    before = {row.th.get_text(strip=True): row for row in hq.page(HERE).select("tbody tr")}
    assert "reached" not in words(before["York"])
    set_votes(database, ballot.id, York=10)
    after = {row.th.get_text(strip=True): row for row in hq.page(HERE).select("tbody tr")}
    assert words(after["York"].select_one(".muster-reached")) == "reached"
    assert {name: row["id"] for name, row in before.items()} == {
        name: row["id"] for name, row in after.items()
    }


def test_votes_of_small_groups_stand_with_the_time_of_their_step(hq, database, settings):
    for branch, size in (("Leeds", 40), ("York", 12), ("Hull", 30), ("Bath", 50)):
        add_members(database, size, branch=branch)
    given_ballot(database, settings, kind="industrial_action", small_in_steps=True)
    page = hq.page(HERE)
    said = words(page.main)
    assert "those of small branches: as they stood then, rounded down to a multiple of 5" in said
    times = {row[0]: row[2] for row in table(page)}
    assert re.fullmatch(r"0 at \d\d:\d\d", times["York"]), times
    assert times["Bath"] == "0"
    plain = hq.page(f"{HERE}?group_by=region")
    assert "rounded down" not in words(plain.main)


def test_what_the_page_shows_can_be_taken_along_in_the_same_order(hq, ballot):
    page = hq.page(f"{HERE}?group_by=region&sort=-needed")
    links = [link["href"] for link in page.select("#turnout > p > a")]
    assert links == [
        f"{HERE}.csv?group_by=region&sort=-needed",
        f"{HERE}.xlsx",
        "/hq/ballots/pay-2026/briefing.pdf",
    ]
    assert hq.get(links[0]).status_code == 200


def test_after_the_close_nothing_is_winnable_and_the_units_stand_by_name(hq, ballot, clock):
    hq.wait(clock, days=8)
    page = hq.page(HERE)
    assert [words(cell) for cell in page.select("thead th")] == [
        *("Branch", "Entitled", "Have voted", "Turnout", "Needed for 50 %", "Bar")
    ]
    assert [row[0] for row in table(page)] == ["Hull", "Leeds", "Scilly", "York"]
    assert len(table(page)[1]) == 6
    assert "Winnable" not in words(page.main)
