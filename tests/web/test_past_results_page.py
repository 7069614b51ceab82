"""What would the rules have meant? A form, a chart, and tables beneath it."""

import pytest

from app.results.past_router import LARGEST
from app.web.past_results_page import EXAMPLE
from app.web.past_results_words import MOST_ROWS
from tests.support.desks import words
from tests.support.pages import parsed
from tests.support.rolls import roll_xlsx

HERE = "/past-results"
# Reference: RMT, ballots of 24 May 2022 and 8 December 2020, in important public services.
RAIL = "unit,entitled,yes,no,spoiled\nGTR,2327,926,267,5\nScotRail,2445,756,631,6\n"
ASKED = {
    "rule_book": "industrial-action",
    "opened_on": "2022-04-26",
    "important_public_service": "yes",
}


@pytest.fixture
def ask(client):
    def ask(results="", *, file=None, **changes):
        files = {"file": ("results.csv" if file else "", file or b"")}
        return client.post(HERE, data=ASKED | {"results": results} | changes, files=files)

    return ask


def page_of(answer):
    return parsed(answer.text)


def tables(answer):
    return {
        words(table.caption): [
            [words(cell) for cell in row.select("th, td")] for row in table.select("tbody tr")
        ]
        for table in page_of(answer).select("table")
    }


def errors(answer):
    return {
        link["href"].removeprefix("#"): link.get_text()
        for link in page_of(answer).select(".govuk-error-summary a")
    }


def test_it_asks_for_results_and_offers_a_real_example(client):
    page = page_of(client.get(HERE))
    assert page.select("#answer, .unit-chart, .govuk-error-summary") == []
    [example] = page.select("main p a")
    answer = client.get(example["href"])
    assert answer.status_code == 200
    assert words(page_of(answer).select_one("#answer")) == (
        "3 units that failed then would be carried today"
    )
    assert page_of(answer).select_one("#results").get_text().strip() == EXAMPLE.strip()


def test_what_failed_then_and_is_carried_today_stands_out(ask):
    answer = ask(RAIL)
    assert answer.status_code == 200
    assert tables(answer)["Carried today, and not then"] == [
        ["GTR", "2,327", "51.48 %", "926", "5 short", "carried, 34 to spare"],
        ["ScotRail", "2,445", "56.97 %", "756", "222 short", "carried, 118 to spare"],
    ]
    assert "2 of 2 units would be carried by themselves" in words(page_of(answer).main)
    assert "All of them together, as one ballot, would be carried." in words(page_of(answer).main)


def test_the_periods_stand_side_by_side_with_the_whole_beside_the_parts(ask):
    cards = [words(card) for card in page_of(ask(RAIL)).select(".meaning")]
    assert len(cards) == 4
    assert "1 March 2017 to 17 February 2026 Then 0 of 2 units carried" in cards[1]
    assert "All together: 227 short" in cards[1]
    assert "From 18 February 2026 Today 2 of 2 units carried" in cards[2]
    assert "4,772 of 4,772 people entitled are in them" in cards[2]
    assert "in force for no ballot yet" in cards[3]


def test_every_unit_is_a_dot_and_a_row(ask):
    answer = ask(RAIL)
    page = page_of(answer)
    assert len(page.select(".unit-chart use")) == 2
    assert [words(title) for title in page.select(".unit-chart title")] == [
        "GTR: 51.48 %",
        "ScotRail: 56.97 %",
    ]
    assert "2 of 2 units reached a turnout of half." in words(page.figcaption)
    assert words(page.select_one(".unit-chart__key")) == "Carried today, not then: 2"
    rows = tables(answer)["Every unit, by its margin today"]
    assert rows[0] == [
        "ScotRail",
        "2,445",
        "56.97 %",
        "756",
        "631",
        "6",
        "carried, 124 to spare",
        "222 short",
        "carried, 118 to spare",
        "carried, 124 to spare",
    ]


@pytest.mark.parametrize(
    ("yes", "sentence"),
    [(4, "0 of 1 unit reached a turnout of half."), (5, "1 of 1 unit reached a turnout of half.")],
)
def test_exactly_half_reaches_the_line(ask, yes, sentence):
    page = page_of(ask(f"unit,entitled,yes,no\nDepot,10,{yes},0"))
    assert sentence in words(page.figcaption)
    [dot] = page.select(".unit-chart__drawing > svg")
    assert (int(dot["x"].removesuffix("%")) > 50) is (yes == 5), "on its side of the line"


def test_the_closest_misses_come_first_and_what_is_out_of_reach_says_so(ask):
    """Invented."""
    answer = ask("unit,entitled,yes,no\nFar,100,20,70\nNear,100,41,9\nJust,9,5,0\nOff,100,40,4")
    found = tables(answer)
    assert [(row[0], row[-1]) for row in found["The closest misses under today’s rules"]] == [
        ("Off", "6 short"),
        ("Far", "51 short, out of reach"),
    ]
    today = {row[0]: row[-2] for row in found["Every unit, by its margin today"]}
    assert (today["Near"], today["Just"]) == ("just carried", "just carried")


def test_a_workbook_may_be_sent_instead(client):
    book = roll_xlsx([["Unit", "Entitled", "Yes", "No", "Spoiled"], ["GTR", 2327, 926, 267, 5]])
    answer = client.post(HERE, data=ASKED, files={"file": ("results.xlsx", book)})
    assert list(tables(answer)) == [
        "Carried today, and not then",
        "Every unit, by its margin today",
    ]


def test_rows_left_out_are_named_before_the_answer(ask):
    answer = ask(RAIL + "Broken,5,9,0,0\nTotal,4772,1682,898,11")
    [[row, why]] = tables(answer)["Rows that were left out"]
    assert row == "4"
    assert why.startswith("Votes cast cannot be 9: only 5 people are entitled")
    assert "“Total”, was taken for a sum" in words(page_of(answer).main)


def test_where_the_rules_are_the_same_it_says_so(ask):
    answer = ask(RAIL, opened_on="2026-02-18")
    assert "the rules are the same" in words(page_of(answer).select_one("#answer"))
    same = ask("unit,entitled,yes,no\nA,10,9,0")
    assert words(page_of(same).select_one("#answer")) == "Every unit comes out today as it did then"


def test_what_was_carried_then_and_fails_today_is_said_too(ask, client):
    """Invented: 40 of 100 voted before there was a turnout test."""
    answer = ask("unit,entitled,yes,no\nOld,100,30,10", opened_on="2016-01-04")
    assert words(page_of(answer).select_one("#answer")) == "1 unit carried then would fail today"
    assert tables(answer)["Carried then, and not today"] == [
        ["Old", "100", "40.00 %", "30", "10 short", "carried, 19 to spare"]
    ]


@pytest.mark.parametrize(
    ("results", "changes", "field", "sentence"),
    [
        ("", {}, "file", "There is nothing in it."),
        ("name,members\nA,5", {}, "file", "no column for yes, no"),
        ("unit,entitled,yes,no\nA,5,9,0", {}, "file", "Row 2: Votes cast cannot be 9"),
        (RAIL, {"opened_on": "soon"}, "opened_on", "Enter the day"),
        (RAIL, {"opened_on": "1990-01-01"}, "opened_on", "cannot judge one that opened on"),
        (RAIL, {"rule_book": "tarot"}, "rule_book", "Select the kind of ballot"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_is_kept(
    ask, results, changes, field, sentence
):
    answer = ask(results, **changes)
    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]
    page = page_of(answer)
    assert page.select_one("#results").get_text().strip() == results.strip()
    assert page.select_one("[name=important_public_service]").has_attr("checked")
    assert page.select("#answer") == []


def test_without_a_day_then_is_the_period_before_todays(ask):
    cards = [words(card) for card in page_of(ask(RAIL, opened_on="")).select(".meaning")]
    assert "1 March 2017 to 17 February 2026 Then" in cards[1]
    assert "From 18 February 2026 Today" in cards[2]


def test_a_day_may_be_written_the_british_way(ask):
    assert ask(RAIL, opened_on="26/04/2022").text == ask(RAIL).text.replace(
        'value="2022-04-26"', 'value="26/04/2022"'
    )


def test_names_are_shown_and_never_run(ask):
    answer = ask("unit,entitled,yes,no\n<script>alert(1)</script>,10,9,0")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_a_thousand_units_and_more_are_drawn_and_what_is_not_listed_is_counted(ask):
    """Invented."""
    many = MOST_ROWS + 1200
    rows = "".join(f"Unit {number},100,{number % 90},5,0\n" for number in range(many))
    answer = ask("unit,entitled,yes,no,spoiled\n" + rows)
    page = page_of(answer)
    assert len(tables(answer)["Every unit, by its margin today"]) == MOST_ROWS
    assert "1,200 further units not listed here" in words(page.main)
    assert len(page.select(".unit-chart use")) <= many


def test_a_file_too_large_to_read_is_a_page_in_words(client):
    answer = client.post(HERE, data=ASKED, files={"file": ("r.csv", b"a" * (LARGEST + 1))})
    assert answer.status_code == 413
    assert "too large" in words(page_of(answer).h1)
