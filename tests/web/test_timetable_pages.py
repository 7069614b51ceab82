"""The timetable as a page: what stands there, what can be tried out, and what is refused."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft
from tests.support.pages import check_page

PAGE = "/ballots/pay-2026/timetable"
LAST_OF_ACT = "Last day of the mandate, if the ballot carries"


@pytest.fixture
def members(database):
    add_members(database, 60)


@pytest.fixture
def ballot(members, database, settings):
    return given_ballot(
        database,
        settings,
        announced_on="2026-11-02",
        cut_off_at="2026-11-20T17:00:00Z",
        opens_at="2026-11-30T09:00:00Z",
        closes_at="2026-12-14T12:00:00Z",
    )


def shown(client, *, status=200, **asked):
    answer = client.get(PAGE, params=asked)
    assert answer.status_code == status
    return check_page(answer.text)


def entries(page, label):
    items = page.select(f"ol[aria-label='{label}'] > li")
    return {words(item.h3): words(item) for item in items}


def test_the_unions_dates_come_first_and_the_law_beneath_them(client, ballot):
    page = shown(client)
    headings = [words(each) for each in page.select("main h2")]
    assert headings[:2] == [
        "The union’s own dates",
        "If a statutory ballot followed, opening on Tuesday 22 December 2026",
    ]
    own = entries(page, "Key dates")
    assert "Monday 30 November 2026 at 9am" in own["Voting opens"]
    assert "Bank holiday Saint Andrew’s Day (Scotland)" in own["Voting opens"]
    law = entries(page, "Days of a statutory ballot")
    assert "Tuesday 4 January 2028" in law[LAST_OF_ACT]
    assert "s.234, as amended by Employment Rights Act 2025 s.72" in law[LAST_OF_ACT]
    assert "Rule book: industrial-action, from 18 February 2026" in law[LAST_OF_ACT]


def test_what_is_over_says_so(client, ballot):
    own = entries(shown(client), "Key dates")
    assert "Friday 20 November 2026 (over)" in own["Last day to join and vote"]
    assert "(over)" not in own["Roll frozen"]


def test_days_can_be_tried_out_and_the_calendar_follows(client, ballot):
    page = shown(client, opens_on="2027-01-11", notice_on="01/03/2027")
    law = entries(page, "Days of a statutory ballot")
    assert "Thursday 11 March 2027" in law["Earliest day of action"]
    assert page.select_one("#opens_on")["value"] == "2027-01-11"
    [link] = [each["href"] for each in page.select("a[href*='.ics']")]
    assert link.endswith("timetable.ics?opens_on=2027-01-11&notice_on=2027-03-01")
    calendar = client.get(link)
    assert calendar.status_code == 200
    assert "DTSTART;VALUE=DATE:20270311" in calendar.text


def test_what_is_missed_or_impossible_stands_at_the_top(client, ballot):
    page = shown(client, opens_on="2026-11-25")
    [summary] = page.select("[aria-labelledby=to-see-to]")
    assert "cannot open on 25 November 2026" in words(summary)
    assert "The indicative ballot runs until 14 December 2026" in words(summary)
    assert not shown(client).select("[aria-labelledby=to-see-to]")


@pytest.mark.parametrize(
    ("asked", "field", "sentence"),
    [
        ({"notice_on": "2026-11-20"}, "notice_on", "20 November 2026 is over"),
        ({"action_on": "2026-11-20"}, "action_on", "20 November 2026 is over"),
        ({"opens_on": "2026-11-20"}, "opens_on", "20 November 2026 is over"),
        (
            {"opens_on": "2027-01-11", "closes_on": "2027-01-10"},
            "closes_on",
            "cannot close on 10 January 2027",
        ),
        ({"closes_on": "2026-11-20"}, "closes_on", "20 November 2026 is over"),
        ({"notice_on": "31/02/2027"}, "notice_on", "Enter a day that exists"),
        ({"notice_on": "2927-01-01"}, "notice_on", "Check the year"),
    ],
    ids=["notice", "action", "opening", "close", "past close", "no day", "far away"],
)
def test_a_day_that_cannot_be_is_said_at_its_field(client, ballot, asked, field, sentence):
    page = shown(client, status=422, **asked)
    [link] = page.select(".govuk-error-summary a")
    assert link["href"] == f"#{field}"
    assert sentence in words(link)
    assert page.select_one(f"#{field}")["value"] == asked[field]
    # The timetable is there all the same, without the days that cannot be.
    assert LAST_OF_ACT in entries(page, "Days of a statutory ballot")


def test_every_mistake_is_said_in_the_order_of_the_form(client, ballot):
    page = shown(client, status=422, opens_on="2026-11-20", closes_on="x", notice_on="y")
    links = [link["href"] for link in page.select(".govuk-error-summary a")]
    assert links == ["#opens_on", "#closes_on", "#notice_on"]


def test_a_statutory_ballot_has_one_list_and_two_days_to_try(client, members, database, settings):
    given_ballot(database, settings, kind="industrial_action")
    page = shown(client)
    assert LAST_OF_ACT in entries(page, "Key dates")
    assert [field["id"] for field in page.select("main input")] == ["notice_on", "action_on"]
    assert "This ballot names no scrutineer" in words(page.select_one("main"))


def test_a_ballot_on_recognition_has_nothing_to_try(client, members, database, settings):
    given_ballot(database, settings, kind="recognition")
    page = shown(client)
    assert not page.select("main form")
    answer = client.get(PAGE, params={"notice_on": "2027-01-11"})
    assert answer.status_code == 422
    assert "has no notice of action" in words(check_page(answer.text))


def test_a_draft_is_for_staff_and_leads_back_to_their_ballots(client, database):
    given_draft(database, opens_at=NOW + timedelta(days=2))
    assert client.get(PAGE).status_code == 404
    page = given_desk(client, database).page(PAGE)
    assert page.select_one(".govuk-back-link")["href"] == "/staff"
    assert "Roll to be frozen" in entries(page, "Key dates")


def test_the_ballots_page_leads_to_it_and_back(client, ballot):
    page = check_page(client.get("/ballots/pay-2026").text)
    assert page.select_one(f"a[href='{PAGE}']")
    assert shown(client).select_one(".govuk-back-link")["href"] == "/ballots/pay-2026"
