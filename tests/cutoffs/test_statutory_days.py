"""The law's days in a ballot's timetable, at their boundaries, and what is said of missed ones."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.ballots.models import Ballot
from app.core.language import speaking
from app.cutoffs.asked import Asked
from app.cutoffs.bank_holidays import bank_holidays_on
from app.cutoffs.timetable import Facts, timetable_of
from app.rules.books import ERA_2025_S68, NOTHING_COMMENCED
from tests.support.turnout import unsaved_ballot

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# Opens on Monday 7 December 2026 and closes at noon on Monday 21 December.
OPENS = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
CLOSES = datetime(2026, 12, 21, 12, 0, tzinfo=UTC)


def a_ballot(**changes) -> Ballot:
    facts = {"kind": "industrial_action", "opens_at": OPENS, "closes_at": CLOSES}
    facts |= {"frozen_at": NOW, "cut_off_at": NOW - timedelta(days=1), "scrutineer": "ada"}
    facts |= changes
    ballot = unsaved_ballot(kind=facts.pop("kind"), opens_at=facts["opens_at"])
    for name, value in facts.items():
        setattr(ballot, name, value)
    return ballot


def timetable(ballot=None, *, now=NOW, commenced=NOTHING_COMMENCED, entitled=None, **asked):
    grace = timedelta(seconds=5)
    facts = Facts(commenced=commenced, entitled=entitled, close_grace=grace, now=now)
    return timetable_of(ballot or a_ballot(), facts=facts, asked=Asked(**asked))


def by_key(events):
    return {event.key: event for event in events}


def test_a_statutory_ballot_has_every_line_in_the_order_of_its_days():
    found = timetable(action_on=date(2027, 1, 4)).events
    assert [(event.key, event.day) for event in found] == [
        ("announced", date(2026, 11, 17)),
        ("cut-off", date(2026, 11, 20)),
        ("frozen", date(2026, 11, 21)),
        ("notice-of-ballot", date(2026, 11, 30)),
        ("sample-paper", date(2026, 12, 4)),
        ("opens", date(2026, 12, 7)),
        ("replacement", date(2026, 12, 21)),
        ("closes", date(2026, 12, 21)),
        ("date-of-ballot", date(2026, 12, 21)),
        ("count-from", date(2026, 12, 21)),
        ("declared", date(2026, 12, 21)),
        ("result-statement", date(2026, 12, 21)),
        ("notice-of-action", date(2026, 12, 22)),
        ("latest-notice", date(2026, 12, 25)),
        ("earliest-action", date(2027, 1, 1)),
        ("action", date(2027, 1, 4)),
        ("report-due", date(2027, 1, 17)),
        ("mandate-ends", date(2027, 12, 20)),
    ]


def test_every_line_says_its_weekday_its_source_and_the_law_its_period():
    found = timetable(action_on=date(2027, 1, 4))
    for event in found.events:
        assert event.weekday == f"{event.day:%A}"
        assert event.source
        assert event.note.endswith(".")
        by_law = "Act 1992 s." in event.source or event.key == "opens"
        assert (event.rule_book, bool(event.period)) == (
            ("industrial-action", True) if by_law else (None, False)
        )
    assert sum(event.rule_book is not None for event in found.events) == 11
    periods = {event.key: event.period for event in found.events}
    assert periods["mandate-ends"] == "from 18 February 2026"
    assert periods["earliest-action"] == "received from 18 February 2026"


def test_the_statement_is_in_the_period_that_a_commenced_change_brings():
    before = timetable(a_ballot(), commenced={ERA_2025_S68: date(2026, 12, 8)})
    after = timetable(a_ballot(), commenced={ERA_2025_S68: date(2026, 12, 7)})
    for key in ("opens", "result-statement"):
        assert by_key(before.events)[key].period == "18 February 2026 to 7 December 2026"
        assert by_key(after.events)[key].period == "from 7 December 2026"


def test_what_follows_an_indicative_ballot_opens_under_a_change_that_has_commenced():
    def period_of(since):
        ballot, commenced = a_ballot(kind="indicative"), {ERA_2025_S68: since}
        found = timetable(ballot, commenced=commenced, opens_on=date(2027, 1, 4)).statute
        return by_key(found.events)["opens"].period

    assert period_of(date(2027, 1, 5)) == "18 February 2026 to 4 January 2027"
    assert period_of(date(2027, 1, 4)) == "from 4 January 2027"


@pytest.mark.parametrize(
    ("nation", "holidays"),
    [
        (None, ["Boxing Day (observed)"]),
        ("england", ["Boxing Day (observed)"]),
        ("scotland", ["Boxing Day (observed)"]),
    ],
)
def test_bank_holidays_are_pointed_out_and_change_no_day(nation, holidays):
    # 28 December 2026 is a holiday everywhere, because Boxing Day is a Saturday.
    found = timetable(a_ballot(nation=nation), action_on=date(2026, 12, 28), now=NOW)
    action = by_key(found.events)["action"]
    assert (action.day, action.bank_holidays) == (date(2026, 12, 28), holidays)
    assert found.nation == nation


@pytest.mark.parametrize(
    ("nation", "day", "holidays"),
    [
        (None, date(2027, 1, 4), ["New Year Holiday (observed) (Scotland)"]),
        ("scotland", date(2027, 1, 4), ["New Year Holiday (observed)"]),
        # One day can be two holidays.
        ("scotland", date(2051, 1, 2), ["New Year Holiday; New Year’s Day (observed)"]),
        ("england", date(2027, 1, 4), []),
        (None, date(2027, 3, 29), ["Easter Monday (England and Wales)"]),
        ("wales", date(2027, 3, 29), ["Easter Monday"]),
        ("wales", date(2027, 3, 28), []),
        ("wales", date(2027, 3, 30), []),
    ],
)
def test_bank_holidays_are_those_of_the_nation(nation, day, holidays):
    found = timetable(a_ballot(nation=nation), action_on=day)
    assert by_key(found.events)["action"].bank_holidays == holidays


def test_each_holiday_of_a_day_is_named_in_the_language_that_is_spoken():
    with speaking("cy"):
        both = bank_holidays_on(date(2051, 1, 2), nation="scotland")
    assert both == ["Gŵyl y Flwyddyn Newydd; Dydd Calan (diwrnod yn ei le)"]


@pytest.mark.parametrize(
    ("today", "notice_missed", "sample_missed"),
    [
        pytest.param(date(2026, 11, 29), False, False, id="day before the notice is due"),
        pytest.param(date(2026, 11, 30), False, False, id="day of the notice"),
        pytest.param(date(2026, 12, 1), True, False, id="day after the notice was due"),
        pytest.param(date(2026, 12, 4), True, False, id="day of the sample"),
        pytest.param(date(2026, 12, 5), True, True, id="day after the sample was due"),
        pytest.param(date(2026, 12, 8), False, False, id="opened: nothing left to be missed"),
    ],
)
def test_a_day_that_is_over_before_the_ballot_opens_may_have_been_missed(
    today, notice_missed, sample_missed
):
    now = datetime(today.year, today.month, today.day, 12, 0, tzinfo=UTC)
    found = by_key(timetable(now=now).events)
    assert bool(found["notice-of-ballot"].problems) is notice_missed
    assert bool(found["sample-paper"].problems) is sample_missed


@pytest.mark.parametrize(
    ("now", "missed"),
    [
        pytest.param(OPENS - timedelta(microseconds=1), True, id="just before it opens"),
        pytest.param(OPENS, False, id="as it opens: nothing left to be missed"),
    ],
)
def test_a_notice_can_be_missed_until_the_moment_of_the_opening(now, missed):
    found = by_key(timetable(now=now).events)
    for key in ("notice-of-ballot", "sample-paper"):
        assert bool(found[key].problems) is missed


def test_a_missed_notice_says_when_the_ballot_could_open():
    [said] = by_key(timetable(now=NOW + timedelta(days=12)).events)["notice-of-ballot"].problems
    # Noticed on 3 December: seven days later is the 10th.
    assert "cannot open on 7 December 2026" in said
    assert "an opening on 10 December 2026 at the earliest" in said


@pytest.mark.parametrize(
    ("notice_on", "earliest", "problem"),
    [
        pytest.param(date(2026, 12, 20), date(2026, 12, 30), "follows the result", id="before"),
        pytest.param(date(2026, 12, 21), date(2026, 12, 31), None, id="date of the ballot"),
        pytest.param(date(2026, 12, 22), date(2027, 1, 1), None, id="day after"),
        pytest.param(date(2027, 3, 20), date(2027, 3, 30), None, id="clocks go forward"),
        pytest.param(date(2027, 10, 25), date(2027, 11, 4), None, id="clocks go back"),
    ],
)
def test_notice_of_action_is_ten_days_and_follows_the_result(notice_on, earliest, problem):
    found = by_key(timetable(notice_on=notice_on).events)
    assert found["notice-of-action"].day == notice_on
    assert found["earliest-action"].day == earliest
    said = " ".join(found["notice-of-action"].problems)
    assert (problem in said) if problem else (said == "")


@pytest.mark.parametrize(
    ("notice_on", "impossible"),
    [
        pytest.param(date(2027, 12, 9), False, id="day before: action a day inside"),
        pytest.param(date(2027, 12, 10), False, id="action on the mandate's last day"),
        pytest.param(date(2027, 12, 11), True, id="day after: action outside"),
    ],
)
def test_action_after_the_mandate_is_impossible(notice_on, impossible):
    found = by_key(timetable(notice_on=notice_on).events)
    assert bool(found["earliest-action"].problems) is impossible
    action_on = notice_on + timedelta(days=10)
    action = by_key(timetable(action_on=action_on).events)["action"]
    said = ["Impossible: the mandate’s last day is 20 December 2027."]
    assert action.problems == (said if impossible else [])


@pytest.mark.parametrize(
    ("action_on", "latest", "problem"),
    [
        pytest.param(date(2026, 12, 30), date(2026, 12, 20), "before the result", id="too soon"),
        pytest.param(date(2026, 12, 31), date(2026, 12, 21), None, id="just possible"),
        pytest.param(date(2027, 1, 1), date(2026, 12, 22), None, id="day after"),
    ],
)
def test_a_day_of_action_has_a_latest_day_for_its_notice(action_on, latest, problem):
    event = by_key(timetable(action_on=action_on).events)["latest-notice"]
    assert event.day == latest
    said = " ".join(event.problems)
    assert (problem in said) if problem else (said == "")


def test_a_latest_day_that_is_over_says_when_action_could_begin():
    now = datetime(2027, 1, 10, 12, 0, tzinfo=UTC)
    ballot = a_ballot(declared_at=CLOSES + timedelta(hours=2))
    event = by_key(timetable(ballot, now=now, action_on=date(2027, 1, 15)).events)["latest-notice"]
    [said] = event.problems
    assert said.startswith("Impossible: this day is over")
    assert said.endswith("received on 10 January 2027 allows action from 20 January 2027.")


@pytest.mark.parametrize(
    ("notice_on", "too_late"),
    [(date(2026, 12, 24), False), (date(2026, 12, 25), False), (date(2026, 12, 26), True)],
    ids=["the day before", "the last day", "the day after"],
)
def test_a_notice_too_late_for_the_action_says_so(notice_on, too_late):
    found = timetable(notice_on=notice_on, action_on=date(2027, 1, 4))
    said = ["Too late: its notice has to be received by 25 December 2026."]
    assert by_key(found.events)["action"].problems == (said if too_late else [])


def test_without_a_day_of_notice_the_first_there_can_be_is_taken():
    assert by_key(timetable().events)["notice-of-action"].day == date(2026, 12, 22)
    later = timetable(now=datetime(2027, 2, 1, 12, 0, tzinfo=UTC))
    assert by_key(later.events)["notice-of-action"].day == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("closes_at", "dated", "ends"),
    [
        pytest.param(
            datetime(2026, 12, 21, 0, 0, tzinfo=UTC),
            date(2026, 12, 20),
            date(2027, 12, 19),
            id="0h",
        ),
        pytest.param(
            datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
            date(2028, 2, 29),
            date(2029, 2, 28),
            id="leap",
        ),
        pytest.param(
            datetime(2027, 3, 28, 23, 0, tzinfo=UTC), date(2027, 3, 28), date(2028, 3, 27), id="bst"
        ),
    ],
)
def test_the_mandate_is_counted_from_the_last_day_on_which_a_vote_can_be_cast(
    closes_at, dated, ends
):
    found = by_key(timetable(a_ballot(closes_at=closes_at)).events)
    assert found["date-of-ballot"].day == dated
    assert found["mandate-ends"].day == ends
    assert found["replacement"].day == dated


@pytest.mark.parametrize(
    ("entitled", "scrutineer", "problems"),
    [(51, None, 1), (50, None, 0), (51, "ada", 0), (None, None, 0)],
)
def test_a_large_statutory_ballot_without_a_scrutineer_is_flagged(entitled, scrutineer, problems):
    found = timetable(a_ballot(scrutineer=scrutineer), entitled=entitled)
    assert len(by_key(found.events)["report-due"].problems) == problems


def test_a_ballot_from_before_its_book_falls_under_no_period():
    opened = datetime(1992, 1, 6, 9, 0, tzinfo=UTC)
    found = timetable(a_ballot(opens_at=opened, closes_at=opened + timedelta(days=14)))
    assert by_key(found.events)["opens"].period is None


def test_a_ballot_from_before_the_first_rule_has_its_own_dates_and_says_why():
    opened = datetime(2016, 6, 1, 9, 0, tzinfo=UTC)
    ballot = a_ballot(opens_at=opened, closes_at=opened + timedelta(days=14))
    found = timetable(ballot)
    assert "notice-of-ballot" not in by_key(found.events)
    assert "begins with ballots opened 1 March 2017" in found.remarks[-1]


def test_an_older_ballot_has_the_mandate_of_its_opening_day():
    opened = datetime(2026, 2, 17, 9, 0, tzinfo=UTC)
    ballot = a_ballot(opens_at=opened, closes_at=datetime(2026, 2, 27, 12, 0, tzinfo=UTC))
    mandate = by_key(timetable(ballot).events)["mandate-ends"]
    assert (mandate.day, mandate.period) == (date(2026, 8, 26), "1 March 2017 to 17 February 2026")
    assert mandate.note.endswith(
        " If the employer agrees to 9 months, it ends on 26 November 2026."
    )


def test_since_february_2026_the_employer_has_no_longer_mandate_to_agree_to():
    assert "agrees" not in by_key(timetable(a_ballot()).events)["mandate-ends"].note


def test_a_ballot_on_recognition_has_its_own_dates_alone():
    found = timetable(a_ballot(kind="recognition"))
    by_a_book = {event.key: event.period for event in found.events if event.rule_book}
    assert by_a_book == {"opens": "from 6 April 2026"}
    assert found.statute is None
    assert "recognition" in found.remarks[-1]
