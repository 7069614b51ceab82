"""The timetable and its calendar file."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from app.ballots.models import Ballot
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.extensions import extend

TIMETABLE = "/api/v1/ballots/pay-2026/timetable"
OPENS = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
CLOSES = datetime(2026, 12, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 6)
    return given_ballot(
        database,
        settings,
        announced_on="2026-11-02",
        cut_off_at="2026-11-20T17:00:00Z",
        opens_at=OPENS.isoformat(),
        closes_at=CLOSES.isoformat(),
    )


def test_the_key_dates_stand_in_the_order_in_which_they_come(client, ballot):
    response = client.get(TIMETABLE)
    assert response.status_code == 200
    found = response.json()
    assert (found["ballot"], found["title"], found["nation"]) == (
        "pay-2026",
        "Pay offer 2026",
        None,
    )
    assert [
        (each["key"], each["day"], each["weekday"], each["at"]) for each in found["events"]
    ] == [
        ("announced", "2026-11-02", "Monday", None),
        ("cut-off", "2026-11-20", "Friday", "2026-11-20T17:00:00Z"),
        ("frozen", "2026-11-21", "Saturday", "2026-11-21T12:00:00Z"),
        ("opens", "2026-11-30", "Monday", "2026-11-30T09:00:00Z"),
        ("replacement", "2026-12-14", "Monday", "2026-12-14T12:00:00Z"),
        ("closes", "2026-12-14", "Monday", "2026-12-14T12:00:00Z"),
        ("count-from", "2026-12-14", "Monday", "2026-12-14T12:00:05Z"),
        ("declared", "2026-12-14", "Monday", "2026-12-14T12:00:05Z"),
    ]
    for each in found["events"]:
        assert {"key", "title", "day", "weekday", "at", "note", "source"} <= each.keys()
        assert each["source"] == "the union's own date for this ballot"
        assert each["note"].endswith(".")
        rules = ("indicative", "after the April change (from 6 April 2026)")
        expected = rules if each["key"] == "opens" else (None, None)
        assert (each["rule_book"], each["period"]) == expected
        assert each["problems"] == []
    cut_off = found["events"][1]
    assert cut_off["note"].startswith("Join on or before Friday 20 November 2026 to vote")


def test_why_its_close_was_moved_stands_in_a_ballots_own_timetable_alone(
    client, database, settings, ballot
):
    given_ballot(database, settings, slug="hours-2026")
    extend(database, new_close=CLOSES + timedelta(days=2))
    moved, stayed = (
        next(
            each["note"]
            for each in client.get(TIMETABLE.replace("pay", word)).json()["events"]
            if each["key"] == "closes"
        )
        for word in ("pay", "hours")
    )
    assert moved.endswith(
        " It was to be 14 December 2026 at 12:00, and was moved: The post was late in Leeds."
    )
    assert "moved" not in stayed


def test_bank_holidays_are_pointed_out(client, ballot):
    found = {each["key"]: each["bank_holidays"] for each in client.get(TIMETABLE).json()["events"]}
    assert found.pop("opens") == ["Saint Andrew\N{RIGHT SINGLE QUOTATION MARK}s Day (Scotland)"]
    assert set(map(tuple, found.values())) == {()}


def test_a_declared_ballot_has_its_declaration_last(client, database, ballot):
    declared = CLOSES + timedelta(hours=2)
    move_window(database, ballot.id, sealed_at=CLOSES, stirred_at=CLOSES, declared_at=declared)
    last = client.get(TIMETABLE).json()["events"][-1]
    assert (last["key"], last["at"]) == ("declared", "2026-12-14T14:00:00Z")


def test_days_and_hours_are_londons(client, database, ballot):
    # 23:30 UTC in summer is half past midnight of the next day in London.
    move_window(database, ballot.id, closes_at=datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    closes = next(
        each for each in client.get(TIMETABLE).json()["events"] if each["key"] == "closes"
    )
    assert (closes["day"], closes["weekday"]) == ("2027-07-01", "Thursday")
    assert closes["note"].startswith("At 00:30 London time.")


@pytest.mark.parametrize(("members", "flagged"), [(50, False), (51, True)])
def test_a_statutory_roll_of_more_than_fifty_asks_for_a_scrutineer(
    client, database, settings, members, flagged
):
    add_members(database, members)
    given_ballot(database, settings, kind="industrial_action")
    events = {each["key"]: each for each in client.get(TIMETABLE).json()["events"]}
    assert bool(events["report-due"]["problems"]) is flagged


def calendar_file(client):
    response = client.get(f"{TIMETABLE}.ics")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def by_key(calendar):
    return {
        str(event["uid"]).removeprefix("pay-2026-").removesuffix("@testserver"): event
        for event in calendar.walk("VEVENT")
    }


def test_the_calendar_file_can_be_read_back(client, ballot):
    calendar = calendar_file(client)
    assert (calendar["version"], "Muster" in calendar["prodid"]) == ("2.0", True)
    events = by_key(calendar)
    assert list(events) == [
        "announced",
        "cut-off",
        "frozen",
        "opens",
        "replacement",
        "closes",
        "count-from",
        "declared",
    ]
    assert events["opens"].decoded("dtstart") == OPENS
    assert events["closes"].decoded("dtstart") == CLOSES
    assert str(events["opens"]["summary"]) == "Voting opens: Pay offer 2026"
    for event in events.values():
        assert event.decoded("dtstamp") == NOW
        assert "the union's own date for this ballot" in str(event["description"])


def test_the_cut_off_is_a_whole_day_and_says_so_in_words(client, ballot):
    cut_off = by_key(calendar_file(client))["cut-off"]
    assert cut_off.decoded("dtstart") == date(2026, 11, 20)
    assert cut_off.decoded("dtend") == date(2026, 11, 21)
    assert "Join on or before Friday 20 November 2026" in str(cut_off["description"])


def test_an_event_keeps_its_uid_when_its_date_moves_and_says_that_it_moved(
    client, clock, database, ballot
):
    before = by_key(calendar_file(client))
    assert {int(event["sequence"]) for event in before.values()} == {0}
    clock.now = NOW + timedelta(hours=3)
    assert by_key(calendar_file(client)) == before
    move_window(database, ballot.id, closes_at=CLOSES + timedelta(days=1))
    after = by_key(calendar_file(client))
    assert list(after) == list(before)
    assert after["closes"].decoded("dtstart") == CLOSES + timedelta(days=1)
    moved = {"replacement", "closes", "count-from", "declared"}
    for key, event in after.items():
        moved_at = clock.now if key in moved else NOW
        assert int(event["sequence"]) == (1 if key in moved else 0), key
        assert event.decoded("last-modified") == moved_at
        assert event.decoded("dtstamp") == moved_at


def test_a_date_that_moves_back_has_moved_twice(client, database, ballot):
    calendar_file(client)
    for closes_at in (CLOSES + timedelta(days=1), CLOSES):
        move_window(database, ballot.id, closes_at=closes_at)
        found = by_key(calendar_file(client))
    assert int(found["closes"]["sequence"]) == 2
    assert int(found["opens"]["sequence"]) == 0


def test_a_title_cannot_break_out_of_its_line(client, database, settings):
    add_members(database, 6)
    ballot = given_ballot(database, settings)
    # A title with a line break is refused; one that got in all the same does no harm.
    title = "Pay; offer, 2026\nBEGIN:VALARM \N{POUND SIGN} " + "long " * 20
    with database.writing() as session:
        session.get(Ballot, ballot.id).title = title
    calendar = calendar_file(client)
    assert not calendar.walk("VALARM")
    summary = str(by_key(calendar)["opens"]["summary"])
    assert summary.startswith("Voting opens: Pay; offer, 2026\nBEGIN:VALARM \N{POUND SIGN} long")
    lines = client.get(f"{TIMETABLE}.ics").content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
