"""The calendar file as calendars get it: every line of it."""

from datetime import UTC, date, datetime

import pytest

from app.cutoffs.asked import Asked
from app.cutoffs.calendar_feed import calendar_of, stands_by_itself
from app.cutoffs.events import Diary
from app.cutoffs.published import Revision
from app.cutoffs.schemas import FollowUpOut, TimetableOut

DIARY = Diary(nation=None)
MADE_AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
MOVED = Revision(2, changed_at=datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
CHRISTMAS = date(2026, 12, 25)


def timetable():
    cut_off = DIARY.own_day(
        "cut-off", title="Last day to join", day=CHRISTMAS, note="In time.", problems=["Missed."]
    ).model_copy(update={"bank_holidays": ["Christmas Day", "Another day"]})
    opens = DIARY.moment(
        "opens", title="Opens", at=datetime(2026, 12, 7, 9, 0, tzinfo=UTC), note="A note."
    )
    closes = DIARY.moment(
        "closes", title="Closes", at=datetime(2026, 12, 21, 12, 0, tzinfo=UTC), note="The end."
    ).model_copy(update={"cancelled": True})
    follows = DIARY.own_day("opens", title="Opens", day=date(2027, 1, 11), note="You chose.")
    return TimetableOut(
        ballot="pay-2026",
        title="Pay offer 2026",
        nation=None,
        events=[cut_off, opens, closes],
        statute=FollowUpOut(
            opens_on=date(2027, 1, 11), closes_on=date(2027, 1, 25), chosen=True, events=[follows]
        ),
        remarks=[],
    )


def lines(*, base_url="https://vote.example.org:8443/union"):
    written = calendar_of(
        timetable(),
        asked=Asked(),
        revisions={"opens": MOVED},
        base_url=base_url,
        made_at=MADE_AT,
    ).decode()
    # A long line goes on after a line break and a space.
    return written.replace("\r\n ", "").split("\r\n")


def event(*, uid, summary, description, days, stamp="20261101T090000Z", more=(), moved=0):
    return [
        "BEGIN:VEVENT",
        f"SUMMARY:{summary}",
        *days,
        f"DTSTAMP:{stamp}",
        f"UID:pay-2026-{uid}@vote.example.org",
        f"SEQUENCE:{moved}",
        f"DESCRIPTION:{description} Source: the union's own date for this ballot.",
        f"LAST-MODIFIED:{stamp}",
        *more,
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def test_a_calendar_gets_every_date_with_its_words_and_how_often_it_moved():
    assert lines() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Muster//Ballot timetable//EN",
        "X-WR-CALNAME:Pay offer 2026",
        "X-PUBLISHED-TTL:PT6H",
        *event(
            uid="cut-off",
            summary="Last day to join: Pay offer 2026",
            description="Missed. In time. Bank holiday: Christmas Day\\, Another day.",
            days=["DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261226"],
        ),
        *event(
            uid="opens",
            summary="Opens: Pay offer 2026",
            description="At 09:00 London time. A note.",
            days=["DTSTART:20261207T090000Z"],
            stamp="20261120T083000Z",
            moved=2,
        ),
        *event(
            uid="closes",
            summary="Closes: Pay offer 2026",
            description="At 12:00 London time. The end.",
            days=["DTSTART:20261221T120000Z"],
            more=["STATUS:CANCELLED"],
        ),
        *event(
            uid="statute-opens",
            summary="Opens: if a statutory ballot followed Pay offer 2026",
            description="You chose.",
            days=["DTSTART;VALUE=DATE:20270111", "DTEND;VALUE=DATE:20270112"],
        ),
        "END:VCALENDAR",
        "",
    ]


def test_a_date_has_a_name_of_its_own_where_the_address_names_no_host():
    assert "UID:pay-2026-opens@muster" in lines(base_url="")


@pytest.mark.parametrize(
    ("key", "is_own"),
    [
        ("opens", True),
        ("mandate-ends", True),
        ("notice-of-action", False),
        ("earliest-action", False),
        ("latest-notice", False),
        ("action", False),
    ],
)
def test_what_answers_a_question_is_no_date_of_the_ballots_own(key, is_own):
    event = DIARY.own_day(key, title="A day", day=CHRISTMAS, note="A note.")
    assert stands_by_itself(event) is is_own
