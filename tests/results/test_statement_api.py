"""Who gets the statement of a result, when, and with which units; over REST and as a page."""

from datetime import timedelta

import pytest

from app.security.models import Role
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft
from tests.support.pages import parsed
from tests.support.votes import cast

CLOSED = NOW + timedelta(days=8)
STATEMENT = "/api/v1/ballots/pay-2026/statement"
PAGE = "/ballots/pay-2026/statement"
STAFF_PAGE = "/staff/ballots/pay-2026/statement"
ENDINGS = ["", ".txt", ".csv"]
WOULD_NOT = "Would not have been carried"


@pytest.fixture
def declare(client, clock, hq):
    def declare():
        clock.now = CLOSED
        assert client.post("/api/v1/ballots/pay-2026/declare", token=hq).status_code == 200

    return declare


@pytest.fixture
def ballot(database, settings):
    """York is under the floor of five, and Leeds goes with it."""
    for branch, size in {"Leeds": 6, "York": 2, "Hull": 7}.items():
        add_members(database, size, branch=branch)
    ballot = given_ballot(database, settings, disaggregate_by="branch")
    cast(database, ballot, ["reject"] * 9 + ["accept"] * 2 + [None])
    return ballot


def units_of(answer):
    return [stated["unit"] for stated in answer.json()["stated"]]


@pytest.mark.parametrize("ending", ENDINGS)
def test_there_is_nothing_to_state_before_the_declaration(client, ballot, hq, clock, ending):
    for moment, code in ((NOW, "ballot_not_closed"), (CLOSED, "nothing_to_state")):
        clock.now = moment
        for token in (None, hq):
            answer = client.get(STATEMENT + ending, token=token)
            assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert client.get(PAGE).status_code == 409


def test_staff_are_told_that_a_draft_states_nothing_and_nobody_else_that_there_is_one(
    client, database, hq
):
    given_draft(database)
    for token, refusal in ((hq, (409, "ballot_not_closed")), (None, (404, "unknown_ballot"))):
        answer = client.get(STATEMENT, token=token)
        assert (answer.status_code, answer.json()["code"]) == refusal


def test_everybody_gets_the_statement_without_units_that_would_give_somebody_away(
    client, ballot, declare, hq
):
    declare()
    answer = client.get(STATEMENT)
    assert units_of(answer) == [None, "Hull"]
    assert answer.json()["units_withheld"] == 2
    assert client.get(STATEMENT, token=hq).json() == answer.json(), "unless asked for, HQ's too"
    for ending in (".txt", ".csv"):
        told = client.get(STATEMENT + ending).text
        assert "Hull" in told
        assert "York" not in told
    assert "Units withheld because they are small: 2." in client.get(STATEMENT + ".txt").text


def test_the_complete_statement_is_for_headquarters_and_scrutineers(
    client, database, settings, ballot, declare, hq
):
    declare()
    scrutineer = given_token(database, settings, name="s-cole", role=Role.SCRUTINEER)
    officer = given_token(database, settings, name="b", role=Role.BRANCH, branch="Leeds")
    for token in (hq, scrutineer):
        answer = client.get(STATEMENT + "?complete=true", token=token)
        assert units_of(answer) == [None, "Hull", "Leeds", "York"]
        assert answer.json()["units_withheld"] == 0
    for token in (officer, None):
        refused = client.get(STATEMENT + "?complete=true", token=token)
        assert refused.json()["code"] == "not_the_complete_statement"
        assert refused.status_code == 403


def test_the_complete_numbers_are_those_of_the_whole(client, ballot, declare, hq):
    declare()
    whole, *units = client.get(STATEMENT + "?complete=true", token=hq).json()["stated"]
    numbers = [line["number"] for line in whole["lines"]]
    assert numbers == [15, 12, 2, 9, 1]
    assert numbers == [
        sum(unit["lines"][place]["number"] for unit in units) for place in range(len(numbers))
    ]
    assert whole["statute"]["carried"] is True


def test_the_files_are_called_what_they_are(client, ballot, declare):
    declare()
    text, table = client.get(STATEMENT + ".txt"), client.get(STATEMENT + ".csv")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == ('attachment; filename="pay-2026-statement.csv"')


def test_the_page_says_it_in_words_and_offers_it_to_send_on(client, ballot, declare):
    declare()
    answer = client.get(PAGE)
    page = parsed(answer.text)
    said = words(page.main)
    assert words(page.h1) == "Result of an indicative ballot"
    assert "It confers no mandate" in said
    assert "Members entitled to vote 15" in said
    assert "Members answering “Reject” 9" in said
    assert "2 small units withheld here." in said
    assert "York" not in answer.text
    assert page.pre.get_text() == client.get(STATEMENT + ".txt").text
    for link in page.select("main .card a"):
        assert client.get(link["href"]).status_code == 200
    [link] = [
        a
        for a in parsed(client.get("/ballots/pay-2026").text).select("main a")
        if a["href"] == PAGE
    ]
    assert words(link) == "Statement of this result"


def test_staff_see_the_complete_page(client, database, ballot, declare):
    declare()
    desk = given_desk(client, database, "sue", role=Role.SCRUTINEER)
    page = desk.page(STAFF_PAGE)
    rows = [[words(cell) for cell in row.select("th, td")] for row in page.select("tbody tr")]
    assert rows == [
        ["Hull", "7", "7", "0", "7", "0", "Carried", "Would have been carried"],
        ["Leeds", "6", "5", "2", "2", "1", "Not carried", WOULD_NOT],
        ["York", "2", "0", "0", "0", "0", "Not carried", WOULD_NOT],
    ]
    for link in page.select("main .card a"):
        assert "York" in desk.get(link["href"]).text
    assert client.get(STAFF_PAGE).status_code in {303, 401}
    officer = given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")
    assert officer.get(STAFF_PAGE).status_code == 403
