"""The law page: every book, every period, every source, and examples that are worked out."""

from datetime import UTC, date, datetime

import pytest

from app.ballots.commencements import enter_commencement
from app.rules.books import BOOKS, ERA_2025_S68, periods
from app.rules.examples import EXAMPLES, day_examples
from tests.support.ballots import HQ, NOON
from tests.support.desks import words
from tests.support.pages import parsed

HERE = "/law"


@pytest.fixture
def law(client):
    def law():
        answer = client.get(HERE)
        assert answer.status_code == 200
        return parsed(answer.text)

    return law


def cards(page):
    """Each period as (title, status, words), in the order of the page."""
    return [
        (words(card.h3), words(card.select_one(".tag")), words(card))
        for card in page.select(".law-period")
    ]


def rows(page, caption):
    """Each row of every table so called: what it is about, and its other cells."""
    return {
        words(row.th): [words(cell) for cell in row.select("td")]
        for table in page.select("table")
        if words(table.caption) == caption
        for row in table.select("tbody tr")
    }


def test_every_period_of_every_book_stands_there_with_its_status(law):
    assert [(title, status) for title, status, _ in cards(law())] == [
        ("16 October 1992 to 28 February 2017", "Past"),
        ("1 March 2017 to 17 February 2026", "Past"),
        ("From 18 February 2026", "In force"),
        ("Planned: from the day s.68 of the Employment Rights Act 2025 begins", "Planned"),
        ("6 June 2000 to 28 February 2017", "Past"),
        ("1 March 2017 to 5 April 2026", "Past"),
        ("From 6 April 2026", "In force"),
        ("Planned: from the day s.68 of the Employment Rights Act 2025 begins", "Planned"),
        ("Before the April change (until 5 April 2026)", "Past"),
        ("After the April change (from 6 April 2026)", "In force"),
    ]


def test_every_source_and_every_history_is_on_the_page(law):
    said = words(law().main)
    for book in BOOKS.values():
        assert book.note in said
        for period in periods(book.key):
            assert period.history
            rules = (period.turnout, period.support, period.majority, period.statement)
            sources = [rule.source for rule in rules if rule is not None]
            for text in (*sources, period.source, period.spoiled_source, period.history):
                assert text in said


def test_it_says_how_a_planned_change_was_put_off(law):
    _, _, planned = cards(law())[3]
    assert "Announced for April 2026, then for August 2026" in planned
    assert "No turnout test." in planned
    assert "A spoiled paper does not count as voting." in planned
    assert "Of each question: votes cast; Yes; No; spoiled or otherwise invalid papers." in planned


@pytest.mark.parametrize(
    ("now", "statuses"),
    [
        (datetime(2026, 2, 17, 12, tzinfo=UTC), ["Past", "In force", "Planned", "Planned"]),
        (datetime(2026, 2, 18, 0, tzinfo=UTC), ["Past", "Past", "In force", "Planned"]),
    ],
)
def test_a_status_is_as_seen_from_today(law, clock, now, statuses):
    clock.now = now
    assert [status for _, status, _ in cards(law())[:4]] == statuses


def test_a_change_that_has_its_day_is_shown_with_it(law, database):
    with database.writing() as session:
        enter_commencement(
            session,
            planned_key=ERA_2025_S68,
            day=date(2027, 1, 4),
            source="invented",
            staff=HQ,
            now=NOON,
        )
    assert [(title, status) for title, status, _ in cards(law())[2:4]] == [
        ("18 February 2026 to 3 January 2027", "In force"),
        ("From 4 January 2027", "Planned"),
    ]


def test_worked_examples_come_out_as_the_law_says(law):
    found = rows(law(), "Worked examples")
    assert len(found) == len(EXAMPLES)
    [unit] = [row for about, row in found.items() if about.startswith("A bargaining unit of 200")]
    assert unit == ["33 short", "33 short", "carried, 3 to spare", "carried, 3 to spare"]
    [spoiled] = [row for about, row in found.items() if about.startswith("Two spoiled papers")]
    assert spoiled == ["just carried", "2 short", "2 short", "just carried"]
    [short] = [row for about, row in found.items() if about.startswith("The same, one vote short")]
    assert short[1:3] == ["1 short", "1 short"]


def test_an_example_says_its_numbers_and_whose_they_are(law):
    said = " ".join(rows(law(), "Worked examples"))
    assert (
        "54,432 entitled, 28,598 votes cast: 26,696 in support, 1,885 against, 17 spoiled" in said
    )
    assert "(BMA, ballot closed on 2 February 2026)" in said


def test_examples_of_days_are_those_of_the_guidance(law):
    found = rows(law(), "Worked examples of days")
    assert len(found) == len(list(day_examples()))
    opens = "The last day for notice of a ballot that opens on"
    assert found[f"{opens} 20 February 2026"][0] == "13 February 2026"
    assert found[f"{opens} 25 February 2026"][0] == "18 February 2026"
    mandate = "The last day of the mandate of a ballot dated 27 February 2026, opened on"
    assert found[f"{mandate} 20 February"][0] == "26 February 2027"
    assert found[f"{mandate} 30 January"][0] == "26 August 2026"


def test_the_rule_books_over_rest_say_as_much(client):
    [industrial_action, recognition, _] = client.get("/api/v1/rule-books").json()
    planned = industrial_action["periods"][-1]
    assert planned["history"].startswith("Announced for April 2026")
    assert planned["statement"]["lines"] == ["votes_cast", "supporting", "opposing", "spoiled"]
    assert "s.68(3)" in planned["statement"]["source"]
    assert recognition["periods"][0]["statement"] is None


def test_it_can_be_found_from_the_first_page(client):
    page = parsed(client.get("/").text)
    assert {"/law", "/past-results"} <= {link["href"] for link in page.select("a")}
