"""The count, who sees it when, and the declaration."""

import pytest
from sqlalchemy import text

from app.security.models import Role
from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.desks import Desk, given_desk, words
from tests.support.staff import events_of, given_account
from tests.support.turnout import set_votes
from tests.support.votes import cast

COUNT = "/staff/ballots/pay-2026/count"
DECLARE = "/staff/ballots/pay-2026/declare"
VOTES = ["reject"] * 7 + ["accept"] * 3 + [None]


@pytest.fixture
def roll(database):
    add_members(database, 20)


@pytest.fixture
def ballot(database, settings, roll):
    """Twenty entitled: seven reject, three accept, one blank; headquarters declares."""
    ballot = given_ballot(database, settings)
    cast(database, ballot, VOTES)
    return ballot


@pytest.fixture
def supervised(database, ballot):
    """The same ballot, with sue for its scrutineer."""
    given_account(database, "sue", role=Role.SCRUTINEER)
    move_window(database, ballot.id, scrutineer="sue")
    return ballot


@pytest.fixture
def hq(client, database, clock):
    return given_desk(client, database)


def table(page):
    rows = page.select_one("table").select("tbody tr")
    return [[words(cell) for cell in row.select("th, td")] for row in rows]


def test_nobody_sees_a_count_before_the_close(hq, ballot, clock):
    for address in (COUNT, DECLARE):
        assert hq.get(address).status_code == 409
    assert hq.post(DECLARE).status_code == 409
    hq.wait(clock, days=7, seconds=-1)
    assert hq.get(COUNT).status_code == 409


def test_the_count_gives_votes_and_both_percentages(hq, ballot, clock):
    hq.wait(clock, days=7, seconds=5)
    page = hq.page(COUNT)
    assert page.h1.get_text() == "Count"
    assert "11 of 20 voted, 55.00 %." in words(page.main)
    assert table(page) == [
        ["Accept", "3", "27.27 %", "30.00 %"],
        ["Reject", "7", "63.64 %", "70.00 %"],
        ["Spoiled or left blank", "1", "9.09 %", "not counted"],
    ]
    assert "The union’s side is Reject." in words(page.main)


def test_the_rules_stand_side_by_side_with_their_sources(hq, ballot, clock):
    hq.wait(clock, days=8)
    main = words(hq.page(COUNT).main)
    assert "Before the April change (until 5 April 2026)" in main
    assert "After the April change (from 6 April 2026)" in main
    assert "8 needed, 7 in support." in main, "40 % of 20 entitled"
    assert "Trade Union and Labour Relations (Consolidation) Act 1992 s.226" in main
    assert "An indicative ballot gives no mandate." in main


def test_a_ballot_in_which_nobody_voted_has_a_count_too(hq, database, settings, roll, clock):
    given_ballot(database, settings)
    hq.wait(clock, days=8)
    assert table(hq.page(COUNT))[0] == ["Accept", "0", "none", "none"]


def tables(page):
    """The rows of each table by its caption, each row on one line."""
    return {
        words(table.caption): [words(row) for row in table.select("tbody tr")]
        for table in page.select("table")
    }


def test_units_of_a_disaggregated_ballot_are_sorted_by_how_many_votes(
    hq, database, settings, roll, clock
):
    add_members(database, 10, branch="York")
    add_members(database, 3, branch="Hull")
    ballot = given_ballot(database, settings, disaggregate_by="branch")
    cast(database, ballot, ["reject"] * 3 + VOTES)
    hq.wait(clock, days=8)
    page = hq.page(COUNT)
    found = tables(page)
    # Ballot codes come by membership number: Hull's three, then Leeds's twenty.
    assert found["Carried by itself, most votes to spare first"] == [
        "Leeds 20 11 55.00 % 3 7 1 carried, 3 to spare carried, 1 to spare",
        "Hull 3 3 100.00 % 0 3 0 carried, 2 to spare carried, 1 to spare",
    ]
    assert found["Not carried by itself, closest first"] == [
        "York 10 0 0.00 % 0 0 0 1 short (majority) 5 short (turnout, majority)"
    ]
    assert "2 of 3 branches carried it by themselves." in words(page.main)
    assert "All together it is carried" in words(page.main)
    assert "not shown" not in words(page.main), "headquarters sees every unit"


def test_headquarters_declares_where_nobody_supervises(hq, database, ballot, clock):
    hq.wait(clock, days=8)
    link, _ = hq.page(COUNT).select("main a[href$=declare]")
    page = hq.page(link["href"])
    assert "Papers, marks and counters agree: 11 votes ." in words(page.main)
    assert "cannot be taken back" in words(page.main)
    [form] = page.select("main form")
    answer = hq.post(form["action"])
    assert (answer.status_code, answer.headers["location"]) == (303, COUNT)
    page = hq.page(COUNT)
    assert page.h1.get_text() == "Result"
    assert "Result declared by hq-officer" in words(page.main)
    assert hq.get(DECLARE).headers["location"] == COUNT
    assert hq.post(DECLARE).status_code == 409
    assert [event.action for event in events_of(database)].count("ResultDeclared") == 1


def test_only_the_scrutineer_declares_where_one_is_named(client, hq, database, supervised, clock):
    given_account(database, "sam", role=Role.SCRUTINEER)
    hq.wait(clock, days=8)
    page = hq.page(COUNT)
    assert "The scrutineer, sue, declares the result." in words(page.main)
    assert "Declare the result" not in [words(link) for link in page.select("main a")]
    assert hq.get(DECLARE).status_code == 403
    assert hq.post(DECLARE).status_code == 403
    sam, sue = Desk(client, "sam"), Desk(client, "sue")
    assert sam.get(COUNT).status_code == 403
    assert sam.post(DECLARE).status_code == 403
    assert "Declare the result" in [words(link) for link in sue.page(COUNT).select("main a")]
    assert sue.post(DECLARE).status_code == 303
    assert "declared by sue" in words(hq.page(COUNT).main)
    assert sam.get(COUNT).status_code == 200


def test_numbers_that_disagree_stop_the_declaration(hq, database, ballot, clock):
    set_votes(database, ballot.id, writer=77, Leeds=1)
    hq.wait(clock, days=8)
    page = hq.page(DECLARE)
    assert "they are not" in words(page.main)
    assert page.select("main form") == []
    assert hq.post(DECLARE).status_code == 409
    with database.reading() as session:
        assert session.execute(text("SELECT declared_at FROM ballot")).scalar_one() is None
