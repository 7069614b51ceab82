"""Beneath an indicative ballot: the days of a statutory one that would follow it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.drafts import given_draft

TIMETABLE = "/api/v1/ballots/pay-2026/timetable"


@pytest.fixture
def ballot(database, settings):
    """Open from Monday 30 November to Monday 14 December 2026."""
    add_members(database, 6)
    return given_ballot(
        database,
        settings,
        announced_on="2026-11-02",
        cut_off_at="2026-11-20T17:00:00Z",
        opens_at="2026-11-30T09:00:00Z",
        closes_at="2026-12-14T12:00:00Z",
    )


def follow_up(client, **asked):
    answer = client.get(TIMETABLE, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["statute"]


def days_of(found):
    return {event["key"]: event["day"] for event in found["events"]}


def test_without_a_choice_it_opens_on_the_first_day_there_can_be(client, ballot):
    found = follow_up(client)
    assert (found["opens_on"], found["closes_on"], found["chosen"]) == (
        "2026-12-22",
        "2027-01-05",
        False,
    )
    assert days_of(found) == {
        "notice-of-ballot": "2026-12-15",
        "sample-paper": "2026-12-19",
        "opens": "2026-12-22",
        "date-of-ballot": "2027-01-05",
        "result-statement": "2027-01-05",
        "notice-of-action": "2027-01-06",
        "earliest-action": "2027-01-16",
        "report-due": "2027-02-01",
        "mandate-ends": "2028-01-04",
    }
    assert [event["problems"] for event in found["events"]] == [[]] * 9
    assert {event["rule_book"] for event in found["events"]} == {"industrial-action"}


def test_it_opens_on_the_day_somebody_picks(client, ballot):
    found = follow_up(client, opens_on="2027-01-11", closes_on="2027-02-27")
    assert (found["opens_on"], found["closes_on"], found["chosen"]) == (
        "2027-01-11",
        "2027-02-27",
        True,
    )
    assert days_of(found)["notice-of-ballot"] == "2027-01-04"
    assert days_of(found)["mandate-ends"] == "2028-02-26"


def test_a_long_past_indicative_ballot_is_followed_from_today(client, clock, ballot):
    clock.now = datetime(2027, 5, 3, 12, 0, tzinfo=UTC)
    assert follow_up(client)["opens_on"] == "2027-05-10"


@pytest.mark.parametrize(
    ("opens_on", "problem"),
    [
        ("2026-11-27", "The indicative ballot runs until 14 December 2026"),
        ("2026-12-14", "The indicative ballot runs until 14 December 2026"),
        ("2026-12-15", None),
    ],
    ids=["before it", "on its last day", "the day after"],
)
def test_opening_before_the_indicative_result_is_flagged(client, ballot, opens_on, problem):
    opens = next(e for e in follow_up(client, opens_on=opens_on)["events"] if e["key"] == "opens")
    said = " ".join(opens["problems"])
    assert (problem in said) if problem else (said == "")


@pytest.mark.parametrize(
    ("opens_on", "missed"),
    [("2026-11-27", True), ("2026-11-28", False), ("2026-11-29", False)],
    ids=["notice was due yesterday", "notice is due today", "notice is due tomorrow"],
)
def test_an_opening_too_soon_for_its_notice_is_flagged(client, ballot, opens_on, missed):
    [notice] = [
        event
        for event in follow_up(client, opens_on=opens_on)["events"]
        if event["key"] == "notice-of-ballot"
    ]
    assert bool(notice["problems"]) is missed


@pytest.mark.parametrize(
    ("asked", "code", "sentence"),
    [
        ({"notice_on": "2026-11-20"}, "day_is_over", "20 November 2026 is over, so it cannot be"),
        ({"action_on": "2026-11-20"}, "day_is_over", "cannot be the day of action"),
        ({"opens_on": "2026-11-20"}, "day_is_over", "cannot be the opening day"),
        (
            {"opens_on": "2027-01-11", "closes_on": "2027-01-10"},
            "closes_before_it_opens",
            (
                "A ballot that opens on 11 January 2027 cannot close on 10 January 2027. Give a "
                "later closing day."
            ),
        ),
        ({"closes_on": "2026-12-21"}, "closes_before_it_opens", "opens on 22 December 2026"),
        ({"notice_on": "soon"}, "invalid_request", "notice_on"),
        ({"notice_on": "1764547200"}, "invalid_request", "notice_on"),
    ],
    ids=["notice", "action", "opening", "close", "close alone", "no day", "a number"],
)
def test_a_day_that_cannot_be_is_refused_with_a_sentence(client, ballot, asked, code, sentence):
    for address in (TIMETABLE, f"{TIMETABLE}.ics"):
        answer = client.get(address, params=asked)
        assert answer.status_code == 422
        assert answer.json()["code"] == code
        assert sentence in answer.json()["detail"]


def test_a_day_that_is_over_is_refused_by_name(client, ballot):
    assert client.get(TIMETABLE, params={"action_on": "2026-11-20"}).json()["detail"] == (
        "20 November 2026 is over, so it cannot be the day of action. Give today or a later day."
    )


def test_a_ballot_may_close_on_the_day_on_which_it_opens(client, ballot):
    found = follow_up(client, opens_on="2027-01-11", closes_on="2027-01-11")
    assert (found["opens_on"], found["closes_on"]) == ("2027-01-11", "2027-01-11")


def test_today_is_not_over_until_london_midnight(client, clock, ballot):
    # 23:30 UTC on 30 June is half past midnight of 1 July in London.
    clock.now = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
    asked = {"notice_on": "2027-06-30"}
    assert client.get(TIMETABLE, params=asked).status_code == 422
    clock.now -= timedelta(hours=1)
    assert client.get(TIMETABLE, params=asked).status_code == 200
    # In winter the London day begins at midnight UTC.
    clock.now = datetime(2027, 11, 1, 0, 0, tzinfo=UTC)
    assert client.get(TIMETABLE, params={"notice_on": "2027-10-31"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "recognition"}, "A ballot on recognition has no notice of action"),
        ({"nation": "northern_ireland"}, "Northern Ireland has other legislation"),
    ],
    ids=["recognition", "northern ireland"],
)
def test_a_ballot_without_such_days_refuses_them(client, database, settings, changes, sentence):
    add_members(database, 6)
    given_ballot(database, settings, **changes)
    assert client.get(TIMETABLE).json()["statute"] is None
    answer = client.get(TIMETABLE, params={"notice_on": "2027-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_days")
    assert sentence in answer.json()["detail"]


def test_a_statutory_ballot_has_its_own_opening(client, database, settings):
    add_members(database, 6)
    given_ballot(database, settings, kind="industrial_action")
    answer = client.get(TIMETABLE, params={"opens_on": "2027-01-11"})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_days")
    assert client.get(TIMETABLE, params={"notice_on": "2027-01-11"}).status_code == 200


def uids(client, **asked):
    answer = client.get(f"{TIMETABLE}.ics", params=asked)
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    stems = [str(event["uid"]).removesuffix("@testserver") for event in events]
    assert len(stems) == len(set(stems))
    return {
        stem.removeprefix("pay-2026-"): event for stem, event in zip(stems, events, strict=True)
    }


def test_the_calendar_holds_what_was_picked_and_nothing_supposed(client, ballot):
    assert not [uid for uid in uids(client) if uid.startswith("statute")]
    found = uids(client, opens_on="2027-01-11")
    assert "statute-opens" in found
    assert "statute-earliest-action" not in found
    assert found["statute-mandate-ends"].decoded("dtstart") == date(2028, 1, 24)
    assert int(found["statute-mandate-ends"]["sequence"]) == 0
    noticed = uids(client, opens_on="2027-01-11", notice_on="2027-02-01")
    assert noticed["statute-earliest-action"].decoded("dtstart") == date(2027, 2, 11)


def test_a_statutory_ballots_calendar_has_the_laws_days(client, database, settings):
    add_members(database, 6)
    given_ballot(database, settings, kind="industrial_action")
    found = uids(client)
    assert {"date-of-ballot", "mandate-ends", "report-due"} <= found.keys()
    assert not {"notice-of-action", "earliest-action", "action"} & found.keys()
    assert "s.234" in str(found["mandate-ends"]["description"])


def test_a_draft_shows_its_days_to_staff_alone(client, database, settings):
    given_draft(database, opens_at=NOW + timedelta(days=2), closes_at=NOW + timedelta(days=9))
    assert client.get(TIMETABLE).status_code == 404
    assert client.get(f"{TIMETABLE}.ics").status_code == 404
    shown = client.get(TIMETABLE, token=given_token(database, settings)).json()
    [freeze] = [event for event in shown["events"] if event["key"] == "frozen"]
    assert (freeze["title"], freeze["day"]) == ("Roll to be frozen", "2026-11-21")
