"""Notice of action: by the day on which it is received, whatever day the ballot opened."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.action_notice import (
    ACTION_NOTICES,
    earliest_day_of_action,
    latest_day_for_notice_of_action,
)
from app.rules.books import NoRuleInForce

FOURTEEN = "received 1 March 2017 to 17 February 2026"
TEN = "received from 18 February 2026"


@pytest.mark.parametrize(
    ("received", "agrees", "action", "label"),
    [
        # law/rules.md: 10 days for notices received on or after 18 February 2026.
        pytest.param(date(2026, 2, 17), False, date(2026, 3, 3), FOURTEEN, id="day before"),
        pytest.param(date(2026, 2, 18), False, date(2026, 2, 28), TEN, id="the day"),
        pytest.param(date(2026, 2, 19), False, date(2026, 3, 1), TEN, id="day after"),
        pytest.param(date(2026, 2, 17), True, date(2026, 2, 24), FOURTEEN, id="seven if agreed"),
        pytest.param(date(2026, 2, 18), True, date(2026, 2, 28), TEN, id="nothing to agree on"),
        pytest.param(date(2017, 3, 1), False, date(2017, 3, 15), FOURTEEN, id="first day"),
        pytest.param(date(2027, 3, 20), False, date(2027, 3, 30), TEN, id="clocks forward"),
        pytest.param(date(2026, 10, 20), False, date(2026, 10, 30), TEN, id="clocks back"),
        pytest.param(date(2028, 2, 20), False, date(2028, 3, 1), TEN, id="over a leap day"),
    ],
)
def test_the_earliest_day_of_action_follows_the_day_the_notice_is_received(
    received, agrees, action, label
):
    found = earliest_day_of_action(notice_received_on=received, employer_agrees=agrees)
    assert (found.day, found.label) == (action, label)
    assert "s.234A(4)" in found.source


@pytest.mark.parametrize(
    ("action", "agrees", "notice_by", "label"),
    [
        pytest.param(date(2026, 2, 26), False, date(2026, 2, 12), FOURTEEN, id="two days before"),
        # Ten days before is 17 February, when fourteen were still needed.
        pytest.param(date(2026, 2, 27), False, date(2026, 2, 13), FOURTEEN, id="day before"),
        pytest.param(date(2026, 2, 28), False, date(2026, 2, 18), TEN, id="the day"),
        pytest.param(date(2026, 3, 1), False, date(2026, 2, 19), TEN, id="day after"),
        pytest.param(date(2026, 2, 24), True, date(2026, 2, 17), FOURTEEN, id="seven if agreed"),
        # Seven days before is no longer enough, and the last day of the old rules is.
        pytest.param(date(2026, 2, 25), True, date(2026, 2, 17), FOURTEEN, id="end of the seven"),
        pytest.param(date(2026, 2, 27), True, date(2026, 2, 17), FOURTEEN, id="last such day"),
        pytest.param(date(2026, 2, 28), True, date(2026, 2, 18), TEN, id="ten for everybody"),
        pytest.param(date(2017, 3, 15), False, date(2017, 3, 1), FOURTEEN, id="first day"),
    ],
)
def test_the_latest_day_for_notice_is_the_last_that_is_in_time_by_its_own_rules(
    action, agrees, notice_by, label
):
    found = latest_day_for_notice_of_action(action_on=action, employer_agrees=agrees)
    assert (found.day, found.label) == (notice_by, label)
    assert "s.234A(4)" in found.source
    # The day after is too late by the rules of that day.
    late = earliest_day_of_action(
        notice_received_on=notice_by + timedelta(days=1), employer_agrees=agrees
    )
    assert late.day > action


@given(st.dates(date(2017, 3, 15), date(2090, 1, 1)), st.booleans())
def test_notice_on_the_latest_day_is_in_time_and_a_day_later_is_not(action, agrees):
    latest = latest_day_for_notice_of_action(action_on=action, employer_agrees=agrees).day

    def earliest(received):
        return earliest_day_of_action(notice_received_on=received, employer_agrees=agrees).day

    assert earliest(latest) <= action < earliest(latest + timedelta(days=1))


def test_notice_before_the_first_rule_is_refused():
    begins = "The rules on notice of action begin with those received 1 March 2017 to 17 February"
    with pytest.raises(NoRuleInForce) as received:
        earliest_day_of_action(notice_received_on=date(2017, 2, 28))
    assert str(received.value) == f"{begins} 2026, so they cannot judge one of 28 February 2017."
    with pytest.raises(NoRuleInForce) as action:
        latest_day_for_notice_of_action(action_on=date(2017, 3, 14))
    assert str(action.value) == (
        f"{begins} 2026, so they cannot say when to give notice of action on 14 March 2017."
    )


def test_the_rules_follow_each_other_without_gap():
    for earlier, later in pairwise(ACTION_NOTICES):
        assert later.since == earlier.until + timedelta(days=1)
    assert ACTION_NOTICES[-1].until is None
