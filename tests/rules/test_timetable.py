"""The days of a statutory ballot, each at its boundary: the day before, the day, the day after."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.books import NoRuleInForce
from app.rules.timetable import (
    BALLOT_DAYS,
    date_of_ballot,
    earliest_opening_day,
    last_day_for_notice_of_ballot,
    last_day_for_sample_paper,
    mandate_ends,
    needs_scrutineer,
    report_due,
)

BEFORE_2026 = "1 March 2017 to 17 February 2026"
SINCE_2026 = "from 18 February 2026"


@pytest.mark.parametrize(
    ("opens", "notice_by", "sample_by", "label"),
    [
        pytest.param(
            date(2017, 3, 1), date(2017, 2, 22), date(2017, 2, 26), BEFORE_2026, id="first day"
        ),
        pytest.param(
            date(2026, 2, 17), date(2026, 2, 10), date(2026, 2, 14), BEFORE_2026, id="day before"
        ),
        pytest.param(
            date(2026, 2, 18), date(2026, 2, 11), date(2026, 2, 15), SINCE_2026, id="the day"
        ),
        pytest.param(
            date(2026, 2, 19), date(2026, 2, 12), date(2026, 2, 16), SINCE_2026, id="day after"
        ),
        # The two worked examples of the government's guidance, as law/rules.md gives them.
        pytest.param(
            date(2026, 2, 20), date(2026, 2, 13), date(2026, 2, 17), SINCE_2026, id="guidance: 20th"
        ),
        pytest.param(
            date(2026, 2, 25), date(2026, 2, 18), date(2026, 2, 22), SINCE_2026, id="guidance: 25th"
        ),
        pytest.param(
            date(2027, 3, 28), date(2027, 3, 21), date(2027, 3, 25), SINCE_2026, id="clocks forward"
        ),
        pytest.param(
            date(2026, 10, 25), date(2026, 10, 18), date(2026, 10, 22), SINCE_2026, id="clocks back"
        ),
        pytest.param(
            date(2028, 3, 1), date(2028, 2, 23), date(2028, 2, 27), SINCE_2026, id="over a leap day"
        ),
    ],
)
def test_notice_of_ballot_is_seven_days_before_the_opening_and_the_sample_three(
    opens, notice_by, sample_by, label
):
    notice, sample = last_day_for_notice_of_ballot(opens), last_day_for_sample_paper(opens)
    assert (notice.day, notice.label) == (notice_by, label)
    assert (sample.day, sample.label) == (sample_by, label)
    assert "s.226A(1)(a)" in notice.source
    assert "s.226A(1)(b)" in sample.source


@pytest.mark.parametrize(
    ("received", "opens", "label"),
    [
        pytest.param(date(2026, 2, 10), date(2026, 2, 17), BEFORE_2026, id="day before"),
        pytest.param(date(2026, 2, 11), date(2026, 2, 18), SINCE_2026, id="the day"),
        pytest.param(date(2026, 2, 12), date(2026, 2, 19), SINCE_2026, id="day after"),
        pytest.param(date(2026, 2, 13), date(2026, 2, 20), SINCE_2026, id="guidance: 20th"),
        pytest.param(date(2026, 2, 18), date(2026, 2, 25), SINCE_2026, id="guidance: 25th"),
    ],
)
def test_a_notice_of_ballot_allows_an_opening_seven_days_later(received, opens, label):
    found = earliest_opening_day(notice_received_on=received)
    assert (found.day, found.label) == (opens, label)
    assert "s.226A(1)(a)" in found.source


@given(st.dates(date(2017, 2, 22), date(2090, 1, 1)))
def test_notice_of_ballot_counts_the_same_forward_and_back(received):
    opens = earliest_opening_day(notice_received_on=received).day
    assert last_day_for_notice_of_ballot(opens).day == received


@pytest.mark.parametrize(
    "days_of",
    [
        last_day_for_notice_of_ballot,
        last_day_for_sample_paper,
        pytest.param(
            lambda day: earliest_opening_day(notice_received_on=day - timedelta(days=7)),
            id="earliest_opening_day",
        ),
        pytest.param(lambda day: mandate_ends(ballot_dated=day, opened_on=day), id="mandate_ends"),
    ],
)
def test_a_ballot_before_the_first_rule_has_no_timetable_here(days_of):
    days_of(date(2017, 3, 1))
    with pytest.raises(NoRuleInForce) as refused:
        days_of(date(2017, 2, 28))
    assert str(refused.value) == (
        "The timetable begins with ballots opened 1 March 2017 to 17 February 2026, so it cannot "
        "say the days of one that opened on 28 February 2017."
    )


@pytest.mark.parametrize(
    ("closes_at", "day"),
    [
        pytest.param(datetime(2026, 12, 14, 12, 0, tzinfo=UTC), date(2026, 12, 14), id="at noon"),
        pytest.param(datetime(2026, 12, 14, 0, 0, tzinfo=UTC), date(2026, 12, 13), id="midnight"),
        pytest.param(
            datetime(2026, 12, 14, 0, 0, 0, 1, tzinfo=UTC), date(2026, 12, 14), id="an instant on"
        ),
        # The clocks go forward on 28 March 2027 and back on 25 October 2026.
        pytest.param(
            datetime(2027, 3, 28, 23, 0, tzinfo=UTC), date(2027, 3, 28), id="midnight, forward"
        ),
        pytest.param(
            datetime(2027, 3, 28, 0, 0, tzinfo=UTC), date(2027, 3, 27), id="midnight before forward"
        ),
        pytest.param(
            datetime(2026, 10, 26, 0, 0, tzinfo=UTC), date(2026, 10, 25), id="midnight, back"
        ),
        pytest.param(
            datetime(2026, 10, 24, 23, 0, tzinfo=UTC), date(2026, 10, 24), id="midnight before back"
        ),
    ],
)
def test_the_date_of_the_ballot_is_the_last_day_on_which_a_vote_can_be_cast(closes_at, day):
    assert date_of_ballot(closes_at) == day


@pytest.mark.parametrize(
    ("opened", "dated", "agrees", "ends"),
    [
        # Worked example of law/rules.md.
        pytest.param(
            date(2026, 2, 19), date(2026, 2, 27), False, date(2027, 2, 26), id="worked example"
        ),
        pytest.param(
            date(2026, 2, 17), date(2026, 2, 27), False, date(2026, 8, 26), id="day before: six"
        ),
        pytest.param(
            date(2026, 2, 17), date(2026, 2, 27), True, date(2026, 11, 26), id="nine if agreed"
        ),
        pytest.param(
            date(2026, 2, 18), date(2026, 2, 27), False, date(2027, 2, 26), id="the day: twelve"
        ),
        pytest.param(
            date(2026, 2, 18), date(2026, 2, 27), True, date(2027, 2, 26), id="nothing to agree on"
        ),
        pytest.param(
            date(2025, 8, 4), date(2025, 8, 31), False, date(2026, 2, 28), id="a month end"
        ),
        pytest.param(date(2028, 2, 7), date(2028, 2, 29), False, date(2029, 2, 28), id="leap day"),
    ],
)
def test_a_mandate_begins_with_the_date_of_the_ballot(opened, dated, agrees, ends):
    found = mandate_ends(ballot_dated=dated, opened_on=opened, employer_agrees=agrees)
    assert found.day == ends
    assert found.label == (BEFORE_2026 if opened < date(2026, 2, 18) else SINCE_2026)
    assert "s.234" in found.source


@pytest.mark.parametrize(
    ("dated", "due"),
    [
        pytest.param(date(2026, 12, 14), date(2027, 1, 10), id="over the year"),
        pytest.param(date(2028, 2, 2), date(2028, 2, 29), id="to a leap day"),
        pytest.param(date(2027, 3, 1), date(2027, 3, 28), id="to the day the clocks change"),
    ],
)
def test_the_report_is_due_within_four_weeks_that_begin_with_the_date_of_the_ballot(dated, due):
    assert report_due(ballot_dated=dated) == due


@pytest.mark.parametrize(("entitled", "needed"), [(49, False), (50, False), (51, True)])
def test_a_ballot_of_fifty_or_fewer_needs_no_scrutineer(entitled, needed):
    assert needs_scrutineer(entitled) is needed


def test_the_rules_follow_each_other_without_gap_each_with_its_sources():
    for earlier, later in pairwise(BALLOT_DAYS):
        assert later.since == earlier.until + timedelta(days=1)
    assert BALLOT_DAYS[-1].until is None
    for rules in BALLOT_DAYS:
        for source in (rules.notice_source, rules.sample_source, rules.mandate_source):
            assert "Act 1992 s." in source
