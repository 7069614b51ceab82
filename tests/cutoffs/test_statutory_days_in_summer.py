"""The law's days are counted from the London day of the opening, also at half past midnight."""

from datetime import UTC, datetime

from tests.support.ballots import add_members, given_ballot

# Half past midnight on 21 July in London, and still 20 July in UTC.
OPENS = datetime(2027, 7, 20, 23, 30, tzinfo=UTC)


def test_notice_of_the_ballot_is_counted_from_the_london_day(client, database, settings):
    add_members(database, 6)
    given_ballot(
        database,
        settings,
        kind="industrial_action",
        cut_off_at=datetime(2027, 7, 1, 12, 0, tzinfo=UTC),
        opens_at=OPENS,
        closes_at=datetime(2027, 8, 10, 11, 0, tzinfo=UTC),
    )
    events = client.get("/api/v1/ballots/pay-2026/timetable").json()["events"]
    days = {each["key"]: each["day"] for each in events}
    assert days["opens"] == "2027-07-21"
    # Seven days before, and three: 1992 Act s.226A.
    assert (days["notice-of-ballot"], days["sample-paper"]) == ("2027-07-14", "2027-07-18")
