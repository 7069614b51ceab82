"""The calculator for everybody: numbers in the address, words on the page."""

from urllib.parse import urlencode

import pytest

from app.core.settings import Settings
from app.main import create_app
from app.results.calculator import LARGEST_EXACT
from tests.conftest import SECRET
from tests.support.client import AppClient
from tests.support.pages import parsed
from tests.support.papers import heading

# Reference: BMA, resident doctors in England, opened 8 December 2025, 52.54 % turnout.
DOCTORS = {
    "rule_book": "industrial-action",
    "opened_on": "2025-12-08",
    "entitled": "54432",
    "votes_cast": "28598",
    "supporting": "26696",
    "opposing": "1885",
    "spoiled": "17",
}
# The worked example of law/rules.md: a unit of 200, 47 Yes and 43 No.
UNIT = {
    "rule_book": "recognition",
    "opened_on": "2026-04-06",
    "entitled": "200",
    "votes_cast": "90",
    "supporting": "47",
    "opposing": "43",
    "spoiled": "0",
}


@pytest.fixture(scope="module")
def client(sqlite):
    """The application; nothing here is stored, so one database serves every test."""
    url = sqlite.create_migrated()
    with AppClient(create_app(Settings(database_url=url, secret_key=SECRET))) as client:
        yield client
    sqlite.drop(url)


@pytest.fixture
def ask(client):
    def ask(numbers, **changes):
        return client.get(f"/calculator?{urlencode(numbers | changes)}")

    return ask


def page_of(answer):
    return parsed(answer.text)


def columns(answer):
    """Each column as (title, verdict, words), the whole book from left to right."""
    return [
        (
            column.h3.get_text(strip=True),
            column.select_one(".period__verdict").get_text(strip=True),
            " ".join(column.get_text(" ", strip=True).split()),
        )
        for column in page_of(answer).select(".periods")[0].select(".period")
    ]


def errors(answer):
    return {
        link["href"].removeprefix("#"): link.get_text()
        for link in page_of(answer).select(".govuk-error-summary a")
    }


def test_without_numbers_it_asks_for_them_and_offers_an_example(client):
    answer = client.get("/calculator")
    assert answer.status_code == 200
    assert heading(answer) == "Threshold calculator"
    page = page_of(answer)
    assert page.select(".periods, .govuk-error-summary") == []
    example = page.select_one("main p a")["href"]
    assert client.get(example).status_code == 200
    assert example == f"/calculator?{urlencode(DOCTORS)}"


def test_a_real_ballot_is_judged_as_it_was(ask):
    answer = ask(DOCTORS)
    page = page_of(answer)
    assert page.select_one("#answer").get_text() == "Carried under the rules of 8 December 2025"
    figures = [figure.get_text(strip=True) for figure in page.select(".stat-grid dd")]
    assert figures[0] == "52.54\N{NO-BREAK SPACE}%"
    [title, verdict, words] = columns(answer)[1]
    assert (title, verdict) == ("1 March 2017 to 17 February 2026", "Carried")
    assert "In force when it opened" in words
    assert "27,216 needed, 28,598 cast." in words
    assert "14,300 needed, 26,696 in support." in words
    assert "s.226(2)(a)(iia)" in words


def test_one_vote_short_of_half_says_not_met_in_words(ask):
    answer = ask(DOCTORS, votes_cast="27215", supporting="25313")
    words = columns(answer)[1][2]
    assert "Turnout Not met" in words
    assert "27,216 needed, 27,215 cast." in words
    assert page_of(answer).select_one("#answer").get_text().startswith("Not carried")


def test_the_april_change_stands_side_by_side(ask):
    before, after = columns(ask(UNIT))[1:3]
    assert before[:2] == (
        "Before the April change: 1 March 2017 to 5 April 2026",
        "Would not be carried",
    )
    assert after[:2] == ("After the April change: from 6 April 2026", "Carried")
    assert "80 needed, 47 in support." in before[2]


def test_the_day_before_the_change_is_judged_by_the_rules_before(ask):
    before, after = columns(ask(UNIT, opened_on="2026-04-05"))[1:3]
    assert (before[1], after[1]) == ("Not carried", "Would be carried")


def test_what_is_planned_applies_to_nothing(ask):
    title, verdict, words = columns(ask(DOCTORS, opened_on="2026-12-01"))[-1]
    assert title.startswith("Planned: from the day s.68")
    assert "Applies to no ballot yet" in words
    assert verdict == "Would be carried"
    assert "No turnout test." in words


def test_important_public_services_bring_their_own_test(ask):
    without = columns(ask(DOCTORS))[1][2]
    assert "which this ballot does not state" in without
    within = columns(ask(DOCTORS, important_public_service="yes"))[1][2]
    assert "At least 40 % of those entitled are in support." in within
    assert "21,773 needed, 26,696 in support." in within


def test_a_devolved_welsh_authority_is_outside_that_test(ask):
    welsh = ask(DOCTORS, important_public_service="yes", devolved_welsh_authority="yes")
    assert "outside devolved Welsh authorities" in columns(welsh)[1][2]
    assert page_of(welsh).select_one("[name=devolved_welsh_authority]").has_attr("checked")


def test_an_indicative_ballot_stands_beside_the_law(ask):
    answer = ask(UNIT, rule_book="indicative", opened_on="2026-11-12")
    assert [column[1] for column in columns(answer)] == ["Would not be carried", "Carried"]
    law = page_of(answer).select(".periods")[1].select_one(".period--in-force")
    assert "From 18 February 2026" in law.get_text()
    assert "Not carried" in law.get_text()


def test_an_indicative_ballot_before_any_law_still_has_its_yardstick(ask):
    answer = ask(UNIT, rule_book="indicative", opened_on="1990-01-01")
    assert answer.status_code == 200
    assert len(page_of(answer).select(".periods")) == 1


@pytest.mark.parametrize(
    ("typed", "kept"), [("54,432", "54,432"), ("54 432", "54 432"), (" 54432 ", "54432")]
)
def test_numbers_are_read_as_people_write_them(ask, typed, kept):
    answer = ask(DOCTORS, entitled=typed)
    assert "Carried" in page_of(answer).select_one("#answer").get_text()
    assert page_of(answer).select_one("#entitled")["value"] == kept


def test_a_day_may_be_written_the_british_way(ask):
    answer = ask(DOCTORS, opened_on="08/12/2025")
    assert "8 December 2025" in page_of(answer).select_one("#answer").get_text()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"entitled": ""}, "entitled", "Enter how many people were entitled to vote"),
        ({"spoiled": "few"}, "spoiled", "Enter how many papers were spoiled, as a whole number"),
        ({"supporting": "1.5"}, "supporting", "Enter the votes for, as a whole number"),
        ({"entitled": str(LARGEST_EXACT + 1)}, "entitled", "as a whole number"),
        ({"entitled": "9" * 5000}, "entitled", "as a whole number"),
        ({"opened_on": "soon"}, "opened_on", "Enter the day on which the ballot opened"),
        ({"rule_book": "tarot"}, "rule_book", "Select the kind of ballot"),
        ({"opened_on": "1980-01-01"}, "opened_on", "cannot judge one that opened on"),
        ({"entitled": "100"}, "votes_cast", "only 100 people are entitled"),
        ({"entitled": "0"}, "entitled", "with nobody entitled there is nothing to judge"),
        ({"opposing": "-3"}, "opposing", "Opposing votes cannot be -3"),
        ({"supporting": "-3"}, "supporting", "Supporting votes cannot be -3"),
        ({"spoiled": "-3"}, "spoiled", "Spoiled papers cannot be -3"),
        ({"spoiled": "16"}, "votes_cast", "1 too few"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(ask, changes, field, sentence):
    answer = ask(DOCTORS | changes)
    assert answer.status_code == 422
    page = page_of(answer)
    assert page.title.get_text(strip=True).startswith("Error: Threshold calculator")
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]
    assert sentence in page.select_one(f"#{field}-error").get_text()
    assert page.select(".periods") == []


def test_every_mistake_is_said_at_once(ask):
    assert len(errors(ask({"entitled": "many"}))) == 7


def test_what_was_typed_is_kept_and_harmless(ask):
    answer = ask(DOCTORS, entitled='"><script>')
    assert page_of(answer).select_one("#entitled")["value"] == '"><script>'
    kept = page_of(ask(DOCTORS, important_public_service="yes"))
    assert kept.select_one("[name=rule_book]:checked")["value"] == "industrial-action"
    assert kept.select_one("[name=important_public_service]").has_attr("checked")
