"""The union's own dates: what was missed of them, and what cannot be."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.cutoffs.timetable import Facts, timetable_of
from app.rules.books import NOTHING_COMMENCED
from tests.support.turnout import unsaved_ballot

# Opens at nine on Monday 7 December 2026.
OPENS = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=14)
CUT_OFF = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
MIDNIGHT_AFTER = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)


def events_of(*, now=OPENS, **facts):
    ballot = unsaved_ballot(kind="recognition", opens_at=OPENS)
    given = {"closes_at": CLOSES, "cut_off_at": CUT_OFF, "announced_on": date(2026, 11, 2)} | facts
    for name, value in given.items():
        setattr(ballot, name, value)
    grace = timedelta(seconds=5)
    found = timetable_of(
        ballot,
        facts=Facts(commenced=NOTHING_COMMENCED, entitled=None, close_grace=grace, now=now),
    )
    return {event.key: event for event in found.events}


@pytest.mark.parametrize(
    ("cut_off_at", "day", "problem"),
    [
        pytest.param(
            datetime(2026, 12, 6, 17, 0, tzinfo=UTC), date(2026, 12, 6), None, id="before"
        ),
        pytest.param(OPENS, date(2026, 12, 7), "not over when voting opens", id="opening day"),
        pytest.param(
            OPENS + timedelta(days=1), date(2026, 12, 8), "not over when voting opens", id="after"
        ),
        pytest.param(
            datetime(2026, 11, 1, 17, 0, tzinfo=UTC),
            date(2026, 11, 1),
            "over before",
            id="too soon",
        ),
        pytest.param(
            datetime(2026, 11, 2, 17, 0, tzinfo=UTC), date(2026, 11, 2), None, id="same day"
        ),
    ],
)
def test_a_cut_off_that_nobody_can_meet_or_that_comes_too_late_is_flagged(cut_off_at, day, problem):
    event = events_of(cut_off_at=cut_off_at, frozen_at=OPENS - timedelta(hours=1))["cut-off"]
    assert event.day == day
    said = " ".join(event.problems)
    assert (problem in said) if problem else (said == "")


@pytest.mark.parametrize(
    ("frozen_at", "problems"),
    [
        pytest.param(MIDNIGHT_AFTER - timedelta(seconds=1), ["before the cut-off"], id="too soon"),
        pytest.param(MIDNIGHT_AFTER, [], id="as the cut-off is over"),
        pytest.param(OPENS - timedelta(seconds=1), [], id="just before the opening"),
        pytest.param(OPENS, ["Missed"], id="at the opening"),
    ],
)
def test_a_freeze_too_soon_or_too_late_is_flagged(frozen_at, problems):
    said = events_of(frozen_at=frozen_at)["frozen"].problems
    assert len(said) == len(problems)
    assert all(words in sentence for words, sentence in zip(problems, said, strict=True))


@pytest.mark.parametrize(
    ("now", "problem"),
    [
        pytest.param(OPENS - timedelta(seconds=1), None, id="before the opening"),
        pytest.param(OPENS, "nobody can vote until the roll is frozen", id="at the opening"),
        pytest.param(CLOSES - timedelta(seconds=1), "nobody can vote until", id="before the close"),
        pytest.param(CLOSES, "nobody could vote, and voting is over", id="at the close"),
    ],
)
def test_a_roll_that_is_not_frozen_in_time_is_flagged(now, problem):
    event = events_of(now=now)["frozen"]
    assert (event.title, event.day) == ("Roll to be frozen", date(2026, 12, 5))
    said = " ".join(event.problems)
    assert (problem in said) if problem else (said == "")


def test_a_roll_is_to_be_frozen_on_the_opening_day_at_the_latest():
    found = events_of(cut_off_at=OPENS + timedelta(days=3), now=OPENS - timedelta(days=9))
    assert found["frozen"].day == date(2026, 12, 7)


def test_a_late_freeze_stands_after_the_opening_it_missed():
    assert list(events_of(frozen_at=OPENS + timedelta(hours=1)))[2:4] == ["opens", "frozen"]


def test_a_declaration_stands_on_its_day():
    to_come = events_of()["declared"]
    assert (to_come.title, to_come.at) == (
        "Result declared, from this day",
        CLOSES + timedelta(seconds=5),
    )
    declared = events_of(declared_at=CLOSES + timedelta(days=2))["declared"]
    assert (declared.title, declared.day) == ("Result declared", date(2026, 12, 23))


def test_a_replacement_link_works_until_the_hour_in_london():
    note = events_of(closes_at=datetime(2027, 7, 1, 11, 30, tzinfo=UTC))["replacement"].note
    assert "works until 12:30 London time" in note


def test_a_replacement_link_is_of_no_use_on_a_day_that_begins_with_the_close():
    # Midnight at the end of 20 December, London time.
    event = events_of(closes_at=datetime(2026, 12, 21, 0, 0, tzinfo=UTC))["replacement"]
    assert event.day == date(2026, 12, 20)
    assert "works until 00:00 London time" in event.note


def test_all_days_are_said_to_count_and_bank_holidays_too():
    ballot = unsaved_ballot(kind="indicative", opens_at=OPENS)
    ballot.nation = "northern_ireland"
    grace = timedelta(seconds=5)
    facts = Facts(commenced=NOTHING_COMMENCED, entitled=None, close_grace=grace, now=OPENS)
    found = timetable_of(ballot, facts=facts)
    assert found.statute is None
    assert "A bank holiday counts like any other day." in found.remarks[0]
    assert "Northern Ireland has other legislation" in found.remarks[-1]
