"""What the two officers who declare a result together read on its pages."""

import pytest

from tests.support.ballots import add_members, given_ballot
from tests.support.desks import Desk, given_desk, words
from tests.support.staff import given_account
from tests.support.votes import cast

COUNT = "/staff/ballots/pay-2026/count"
DECLARE = "/staff/ballots/pay-2026/declare"
ONCE = "A result is declared once and cannot be taken back."


@pytest.fixture
def first(client, database, settings, clock):
    add_members(database, 6)
    cast(database, given_ballot(database, settings, declared_by_two=True), ["reject"] * 4)
    given_account(database, "ben")
    desk = given_desk(client, database, "anna")
    desk.wait(clock, days=7, seconds=5)
    return desk


@pytest.fixture
def second(client, first):
    return Desk(client, "ben")


def test_the_first_is_told_that_nothing_is_declared_yet(first):
    page = words(first.page(DECLARE).main)
    assert "You are the first of two." in page
    assert ONCE not in page


def test_the_second_reads_who_confirmed_before_declaring(first, second):
    first.post(DECLARE)
    page = second.page(DECLARE)
    assert "anna confirmed these numbers on" in words(page.main)
    assert "You are the second: when you agree, they are declared." in words(page.main)
    assert ONCE in words(page.main)
    assert [words(button) for button in page.select("main button")] == ["Declare this result"]


def test_whoever_has_confirmed_is_not_warned_of_what_they_cannot_do(first):
    first.post(DECLARE)
    page = first.page(DECLARE)
    assert "Now another officer at headquarters confirms them." in words(page.main)
    assert ONCE not in words(page.main)
    assert page.select("main button") == []


def test_the_count_can_be_declared_from_its_end_too(first):
    links = [words(link) for link in first.page(COUNT).select(f"main a[href='{DECLARE}']")]
    assert links == ["Confirm the numbers", "Confirm the numbers"]


def test_a_declared_result_leads_to_its_statement_and_its_evidence(first, second):
    first.post(DECLARE)
    second.post(DECLARE)
    links = [link["href"] for link in second.page(COUNT).select("main .inline-links a")]
    assert links == [
        "/staff/ballots/pay-2026/statement",
        "/staff/ballots/pay-2026/evidence",
    ]
