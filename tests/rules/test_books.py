"""Which rules a ballot falls under: the opening day decides."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from app.rules.books import (
    BOOKS,
    ERA_2025_S68,
    CommencedTooEarly,
    NoRuleInForce,
    UnknownChange,
    period_in_force,
    periods,
    status,
)
from app.rules.period import commence

HALF = Fraction(1, 2)
FORTY_PER_CENT = Fraction(2, 5)
S68_PLANNED = "planned: from the day s.68 of the Employment Rights Act 2025 begins"
# Invented: no day had been appointed when these rules were written.
S68_DAY = date(2027, 1, 4)


def rules_of(book, *, opened_on, commenced=None):
    """Turnout, support, whether support is for important public services only, spoiled vote."""
    period = period_in_force(book, opened_on=opened_on, commenced=commenced or {})
    return (
        period.turnout.threshold if period.turnout else None,
        period.support.threshold if period.support else None,
        bool(period.support and period.support.only_important_public_services),
        period.spoiled_count_as_voting,
    )


@pytest.mark.parametrize(
    ("opened_on", "rules"),
    [
        pytest.param(date(1992, 10, 16), (None, None, False, False), id="the Act begins"),
        pytest.param(date(2017, 2, 28), (None, None, False, False), id="day before the 2016 Act"),
        pytest.param(date(2017, 3, 1), (HALF, FORTY_PER_CENT, True, True), id="the 2016 Act"),
        pytest.param(date(2017, 3, 2), (HALF, FORTY_PER_CENT, True, True), id="day after it"),
        pytest.param(
            date(2026, 2, 17), (HALF, FORTY_PER_CENT, True, True), id="last day of the 40 % test"
        ),
        pytest.param(date(2026, 2, 18), (HALF, None, False, True), id="the 40 % test is gone"),
        pytest.param(date(2026, 2, 19), (HALF, None, False, True), id="and stays gone"),
        pytest.param(
            date(2026, 4, 6), (HALF, None, False, True), id="April changes nothing for strikes"
        ),
        pytest.param(date(2030, 1, 1), (HALF, None, False, True), id="s.68 has no day yet"),
    ],
)
def test_industrial_action_is_judged_by_the_rules_of_the_opening_day(opened_on, rules):
    assert rules_of("industrial-action", opened_on=opened_on) == rules


@pytest.mark.parametrize(
    ("opened_on", "rules"),
    [
        pytest.param(date(2000, 6, 6), (None, FORTY_PER_CENT, False, False), id="Schedule A1"),
        pytest.param(date(2017, 2, 28), (None, FORTY_PER_CENT, False, False), id="before s.297A"),
        pytest.param(date(2017, 3, 1), (None, FORTY_PER_CENT, False, True), id="s.297A begins"),
        pytest.param(date(2017, 3, 2), (None, FORTY_PER_CENT, False, True), id="day after s.297A"),
        pytest.param(date(2026, 4, 5), (None, FORTY_PER_CENT, False, True), id="before April"),
        pytest.param(date(2026, 4, 6), (None, None, False, True), id="the April change"),
        pytest.param(date(2026, 4, 7), (None, None, False, True), id="day after it"),
    ],
)
def test_recognition_is_judged_by_the_rules_of_the_opening_day(opened_on, rules):
    assert rules_of("recognition", opened_on=opened_on) == rules


@pytest.mark.parametrize(
    ("opened_on", "rules"),
    [
        pytest.param(date(1985, 1, 1), (HALF, FORTY_PER_CENT, False, False), id="no beginning"),
        pytest.param(date(2026, 4, 5), (HALF, FORTY_PER_CENT, False, False), id="day before"),
        pytest.param(date(2026, 4, 6), (None, None, False, False), id="the April change"),
        pytest.param(date(2026, 4, 7), (None, None, False, False), id="day after"),
    ],
)
def test_an_indicative_ballot_is_judged_by_the_yardstick_of_the_opening_day(opened_on, rules):
    assert rules_of("indicative", opened_on=opened_on) == rules


@pytest.mark.parametrize("book", BOOKS)
def test_every_book_asks_for_more_than_half_in_every_period(book):
    assert {period.majority.threshold for period in periods(book)} == {HALF}


@pytest.mark.parametrize(
    ("book", "opened_on", "refusal"),
    [
        pytest.param(
            "industrial-action",
            date(1992, 10, 15),
            "The industrial-action rule book begins with ballots opened 16 October 1992 to "
            "28 February 2017, so it cannot judge one that opened on 15 October 1992.",
            id="the day before the 1992 Act",
        ),
        pytest.param(
            "recognition",
            date(2000, 6, 5),
            "The recognition rule book begins with ballots opened 6 June 2000 to "
            "28 February 2017, so it cannot judge one that opened on 5 June 2000.",
            id="the day before Schedule A1",
        ),
    ],
)
def test_a_day_before_the_first_rule_is_refused_rather_than_guessed(book, opened_on, refusal):
    with pytest.raises(NoRuleInForce) as raised:
        period_in_force(book, opened_on=opened_on)
    assert str(raised.value) == refusal


def test_a_book_that_is_not_there_is_not_invented():
    with pytest.raises(KeyError):
        periods("leadership-election")


@pytest.mark.parametrize(
    ("book", "labels"),
    [
        (
            "industrial-action",
            [
                "16 October 1992 to 28 February 2017",
                "1 March 2017 to 17 February 2026",
                "from 18 February 2026",
                S68_PLANNED,
            ],
        ),
        (
            "recognition",
            [
                "6 June 2000 to 28 February 2017",
                "1 March 2017 to 5 April 2026",
                "from 6 April 2026",
                S68_PLANNED,
            ],
        ),
        (
            "indicative",
            [
                "before the April change (until 5 April 2026)",
                "after the April change (from 6 April 2026)",
            ],
        ),
    ],
)
def test_the_periods_of_a_book_stand_in_order_with_plain_labels(book, labels):
    assert [period.label for period in periods(book)] == labels


@pytest.mark.parametrize("book", ["industrial-action", "recognition"])
def test_the_planned_row_applies_to_no_day_until_it_has_one(book):
    planned = periods(book)[-1]
    assert planned.planned_key == ERA_2025_S68
    assert planned.awaits_its_day
    assert not any(planned.covers(day) for day in (date.min, date(2026, 4, 6), date.max))


@pytest.mark.parametrize(
    ("opened_on", "rules"),
    [
        pytest.param(date(2027, 1, 3), (HALF, None, False, True), id="day before keeps its rules"),
        pytest.param(date(2027, 1, 4), (None, None, False, False), id="the day"),
        pytest.param(date(2027, 1, 5), (None, None, False, False), id="day after"),
    ],
)
def test_once_s68_has_a_day_it_rules_the_strike_ballots_opened_from_it(opened_on, rules):
    commenced = {ERA_2025_S68: S68_DAY}
    assert rules_of("industrial-action", opened_on=opened_on, commenced=commenced) == rules


def test_once_s68_has_a_day_spoiled_papers_stop_counting_in_recognition_too():
    commenced = {ERA_2025_S68: S68_DAY}
    before = period_in_force("recognition", opened_on=date(2027, 1, 3), commenced=commenced)
    after = period_in_force("recognition", opened_on=S68_DAY, commenced=commenced)
    assert (before.spoiled_count_as_voting, after.spoiled_count_as_voting) == (True, False)


def test_a_commenced_change_ends_the_period_before_on_the_day_before():
    *_, closed, begun = periods("industrial-action", commenced={ERA_2025_S68: S68_DAY})
    assert (closed.since, closed.until) == (date(2026, 2, 18), date(2027, 1, 3))
    assert closed.label == "18 February 2026 to 3 January 2027"
    assert (begun.since, begun.until, begun.label) == (S68_DAY, None, "from 4 January 2027")
    assert not begun.awaits_its_day


def test_a_commenced_change_that_has_an_end_keeps_it():
    *before, planned = periods("industrial-action")
    # Invented: so far no planned change is to end again.
    passing = replace(planned, until=date(2028, 12, 31))
    begun = commence((*before, passing), commenced={ERA_2025_S68: S68_DAY})[-1]
    assert (begun.until, begun.label) == (date(2028, 12, 31), "4 January 2027 to 31 December 2028")


def test_a_commenced_change_leaves_the_unions_own_yardstick_alone():
    assert periods("indicative", commenced={ERA_2025_S68: S68_DAY}) == periods("indicative")


def test_a_change_cannot_begin_on_the_day_of_the_rules_it_replaces():
    with pytest.raises(CommencedTooEarly, match="cannot begin on 18 February 2026"):
        periods("industrial-action", commenced={ERA_2025_S68: date(2026, 2, 18)})
    begun = periods("industrial-action", commenced={ERA_2025_S68: date(2026, 2, 19)})
    assert begun[-2].until == date(2026, 2, 18)


def test_a_change_that_no_book_plans_is_refused_by_name():
    with pytest.raises(UnknownChange, match="called era-2025-s86"):
        periods("indicative", commenced={"era-2025-s86": S68_DAY})


@pytest.mark.parametrize(
    ("on", "statuses"),
    [
        pytest.param(
            date(2026, 2, 17), ["past", "in force", "planned", "planned"], id="day before"
        ),
        pytest.param(date(2026, 2, 18), ["past", "past", "in force", "planned"], id="the day"),
        pytest.param(date(2026, 2, 19), ["past", "past", "in force", "planned"], id="day after"),
    ],
)
def test_past_in_force_and_planned_are_as_seen_from_a_day(on, statuses):
    assert [status(period, on=on) for period in periods("industrial-action")] == statuses


def test_a_commenced_change_is_planned_until_its_day_comes():
    begun = periods("industrial-action", commenced={ERA_2025_S68: S68_DAY})[-1]
    assert status(begun, on=date(2027, 1, 3)) == "planned"
    assert status(begun, on=S68_DAY) == "in force"
