"""A branch passes its turnout on: the update to copy, and links that need no account."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from app.security.models import Role
from app.turnout.shared import SharedTurnout
from tests.support.ballots import add_members, given_ballot
from tests.support.desks import given_desk, words
from tests.support.languages import WELSH_BROWSER, english_in
from tests.support.turnout import set_votes

HERE = "/branch/pay-2026"


@pytest.fixture
def ballot(database, settings):
    add_members(database, 40)
    add_members(database, 60, branch="York")
    add_members(database, 4, branch="Hull")
    add_members(database, 9, branch="Goole")
    found = given_ballot(database, settings, kind="industrial_action")
    set_votes(database, found.id, Leeds=10, York=30, Hull=4)
    return found


@pytest.fixture
def rep(client, database, ballot):
    return given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")


def made_by(rep, *, days=7):
    answer = rep.post(f"{HERE}/links?branch=Leeds", data={"days": days})
    assert answer.status_code == 200
    return answer.text.split("http://testserver")[1].split("<")[0].strip()


def test_the_update_says_how_the_branch_stands_and_how_to_vote(rep):
    update = rep.page(HERE).select_one("textarea#update").text
    assert "Pay offer 2026: Leeds" in update
    assert "10 of 40 have voted, 25.00\N{NO-BREAK SPACE}%" in update
    assert "10 more votes and we are at 50 % here." in update
    assert "http://testserver/ballots/pay-2026" in update


def test_the_update_leads_to_a_new_link_and_to_the_ballot(rep):
    update = rep.page(HERE).select_one("textarea#update").text
    assert "Lost it? Get a new one here: http://testserver/lost-link\n" in update
    assert update.endswith("About this ballot: http://testserver/ballots/pay-2026")


def test_the_share_in_the_update_is_never_rounded_up(client, database, settings):
    add_members(database, 101)
    given_ballot(database, settings, kind="industrial_action")
    rep = given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")
    update = rep.page(HERE).select_one("textarea#update").text
    assert "51 more votes and we are at 50 % here." in update


def test_a_link_does_not_say_that_rules_ask_what_the_statute_alone_would(
    client, database, settings, ballot
):
    given_ballot(database, settings, slug="indicative-2026", title="Indicative")
    set_votes(database, ballot.id + 1, Leeds=10, York=30, Hull=4)
    rep = given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")
    answer = rep.post("/branch/indicative-2026/links?branch=Leeds", data={"days": 7})
    path = answer.text.split("http://testserver")[1].split("<")[0].strip()
    said = words(BeautifulSoup(client.get(path).text, "html.parser"))
    assert "No turnout is asked of this ballot." in said
    assert "10 more votes are missing here." in said
    assert "the rules ask" not in said


def test_a_branch_whose_turnout_is_withheld_has_no_update(client, database, ballot):
    hull = given_desk(client, database, "hal", role=Role.BRANCH, branch="Hull")
    page = hull.page(HERE)
    assert page.select_one("#update") is None
    assert "By turnout" not in words(page.select_one("#turnout"))


def test_the_page_says_where_the_branch_stands_and_what_lifts_the_whole(rep):
    said = words(rep.page(HERE).select_one("#turnout"))
    assert (
        "2 votes more, from wherever, lift the turnout of the whole ballot by one percentage point"
        in said
    )


def test_a_link_shows_the_turnout_of_its_branch_to_anybody_and_nothing_else(rep, client):
    path = made_by(rep)
    answer = client.get(path)
    assert "10 of 40 have voted" in words(BeautifulSoup(answer.text, "html.parser"))
    assert "York" not in answer.text
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"


def test_a_link_that_has_ended_says_so(rep, client, clock):
    path = made_by(rep, days=1)
    clock.now += timedelta(days=1)
    answer = client.get(path)
    assert answer.status_code == 410
    assert "This link has ended" in answer.text


def test_a_link_is_ended_by_its_branch(rep, client):
    path = made_by(rep)
    page = rep.page(f"{HERE}/links")
    form = next(each for each in page.select("form") if each["action"].endswith("/end"))
    assert rep.post(form["action"], data={"branch": "Leeds"}).status_code == 303
    assert client.get(path).status_code == 410
    assert "None." in words(rep.page(f"{HERE}/links").main)


def test_a_rep_of_another_branch_makes_no_link_here(client, database, ballot, rep):
    other = given_desk(client, database, "yo", role=Role.BRANCH, branch="York")
    assert other.post(f"{HERE}/links?branch=Leeds", data={"days": 7}).status_code == 404
    made_by(rep)
    end = f"{HERE}/links/1/end"
    assert other.post(end, data={"branch": "York"}).status_code == 404
    assert client.get("/turnout/nothing-like-it").status_code == 404


def test_the_update_and_the_standing_are_in_the_language_of_the_officer(rep, client):
    # One reading for both, as where many ask at once.
    client.app.state.shared_turnout = SharedTurnout(age=timedelta(hours=1))
    english = rep.page(HERE)
    welsh = rep.page(f"{HERE}?lang=cy")
    update = welsh.select_one("textarea#update")
    assert "Mae 10 o 40 wedi pleidleisio, 25.00\N{NO-BREAK SPACE}%" in update.text
    assert "10 pleidlais yn rhagor" in update.text
    assert "Safle’r gangen hon" in words(welsh.select_one("#turnout"))
    assert "By turnout this branch is number 2 of" in words(english.select_one("#turnout"))


def test_whoever_follows_a_link_is_spoken_to_in_welsh_if_they_prefer_it(rep, client, clock):
    made = rep.post(f"{HERE}/links?branch=Leeds&lang=cy", data={"days": 1})
    path = made.text.split("http://testserver")[1].split("<")[0].strip()
    shown = client.get(path, headers=WELSH_BROWSER)
    clock.now += timedelta(days=1)
    over = client.get(path, headers=WELSH_BROWSER)
    unknown = client.get("/turnout/none", headers=WELSH_BROWSER)
    for answer in (made, shown, over, unknown):
        assert english_in(answer.text) == []
    assert "10 o 40 wedi pleidleisio" in words(BeautifulSoup(shown.text, "html.parser"))
    assert "wedi dod i ben" in over.text
    assert (made.status_code, over.status_code) == (200, 410)
