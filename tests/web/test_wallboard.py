"""The wallboard: a number, a line, the pace and who is nearest, for a whole room."""

import pytest

from app.security.models import Role
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.desks import given_desk, words
from tests.support.pages import parsed
from tests.support.turnout import set_votes

WALL = "/hq/ballots/pay-2026/turnout/wall"
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def hq(client, database):
    return given_desk(client, database)


@pytest.fixture
def ballot(database, settings):
    for branch in ("Bath", "Hull", "Leeds", "Wells", "York"):
        add_members(database, 10, branch=branch)
    add_members(database, 3, branch="Scilly")
    return given_ballot(database, settings, kind="industrial_action")


def facts(page):
    return {words(row.dt): words(row.dd) for row in page.select(".muster-wallboard__facts > div")}


def test_it_says_the_number_what_is_needed_and_who_is_nearest(hq, database, ballot):
    set_votes(database, ballot.id, Bath=6, Hull=1, Leeds=4, York=2)
    page = hq.page(WALL)
    assert words(page.h1) == "Pay offer 2026"
    assert words(page.select_one(".muster-wallboard__figure")) == "24.53 %"
    sentence = words(page.select_one(".muster-wallboard__sentence"))
    assert sentence == "13 of 53 have voted. 14 more needed for 50 %."
    nearest = [words(item) for item in page.select(".muster-wall__list li")]
    assert nearest[:2] == ["Leeds 1 more", "York 3 more"]
    said = facts(page)
    assert said["left to vote"] == "7 days"
    # Scilly is small, and one more is withheld beside it.
    assert said["branches at 50 %"].endswith("of 4")
    assert page.select(".masthead, .site-foot, table") == []


def test_a_ballot_of_which_no_turnout_is_asked_stands_against_the_statute(hq, database, settings):
    add_members(database, 20)
    ballot = given_ballot(database, settings)
    set_votes(database, ballot.id, Leeds=4)
    sentence = words(hq.page(WALL).select_one(".muster-wallboard__sentence"))
    assert sentence == "4 of 20 have voted. 6 more for 50 %, were it statutory."
    set_votes(database, ballot.id, Leeds=10)
    page = hq.page(WALL)
    sentence = words(page.select_one(".muster-wallboard__sentence"))
    assert sentence == "10 of 20 have voted. A statutory ballot would have its 50 %."
    assert page.select_one(".muster-wallboard__figure--met")
    assert words(page.select_one("[data-milestone]")) == "Turnout has reached 50 %."


def test_the_part_that_moves_is_the_very_part_of_the_wallboard(hq, database, ballot):
    set_votes(database, ballot.id, Bath=6)
    region = hq.page(f"{WALL}?group_by=region").select_one("#turnout")
    assert region["hx-get"] == f"{WALL}/panel?group_by=region"
    panel = hq.get(region["hx-get"], headers=SCRIPT)
    part = parsed(panel.text)
    assert "".join(part.decode().split()) == "".join(region.decode_contents().split())
    by_hand = hq.get(f"{WALL}/panel?group_by=region")
    assert by_hand.headers["location"] == f"{WALL}?group_by=region"


@pytest.mark.parametrize("page", ["", "/panel"])
def test_it_is_for_headquarters_alone(client, database, settings, ballot, page):
    for name, role, branch in (("bo", Role.BRANCH, "Leeds"), ("sam", Role.SCRUTINEER, None)):
        token = given_token(database, settings, name=name, role=role, branch=branch)
        assert client.get(f"{WALL}{page}", token=token).status_code == 403


def test_before_the_opening_it_counts_down_and_after_the_close_it_rests(hq, ballot, clock):
    hq.wait(clock, days=-1)
    assert facts(hq.page(WALL))["until voting opens"] == "23 h"
    hq.wait(clock, days=9)
    page = hq.page(WALL)
    assert page.select("[data-live-line]") == []
    assert "left to vote" not in facts(page)
