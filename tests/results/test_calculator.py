"""The calculator as the result of a ballot uses it, without HTTP."""

from datetime import date

from app.results.calculator import (
    ImpossibleNumbers,
    NoRuleYet,
    ThresholdsIn,
    comparison_out,
    judge_request,
    rule_books,
)
from app.rules.books import ERA_2025_S68, NOTHING_COMMENCED
from app.rules.thresholds import Count, compare

# The worked example of the April change in recognition ballots.
UNIT_OF_TWO_HUNDRED = {
    "rule_book": "recognition",
    "opened_on": "2026-04-06",
    "entitled": 200,
    "votes_cast": 90,
    "supporting": 47,
    "opposing": 43,
    "spoiled": 0,
}


def test_once_a_planned_change_has_a_day_the_answer_follows_it():
    body = ThresholdsIn.model_validate(
        UNIT_OF_TWO_HUNDRED | {"rule_book": "industrial-action", "opened_on": date(2027, 1, 4)}
    )
    answer = judge_request(body, commenced={ERA_2025_S68: date(2027, 1, 4)})
    assert (answer.in_force.since, answer.in_force.label) == (
        date(2027, 1, 4),
        "from 4 January 2027",
    )
    assert [test.test for test in answer.tests] == ["majority"]
    [book, *_] = rule_books(commenced={ERA_2025_S68: date(2027, 1, 4)})
    assert book.periods[-1].planned is False
    assert book.periods[-2].until == date(2027, 1, 3)


def test_the_result_of_a_ballot_is_shown_in_the_same_shape():
    numbers = {
        key: value
        for key, value in UNIT_OF_TWO_HUNDRED.items()
        if key not in {"rule_book", "opened_on"}
    }
    comparison = compare(
        Count(**numbers),
        book="recognition",
        opened_on=date(2026, 4, 6),
        important_public_service=False,
    )
    asked = judge_request(
        ThresholdsIn.model_validate(UNIT_OF_TWO_HUNDRED), commenced=NOTHING_COMMENCED
    )
    assert comparison_out(comparison) == asked


def test_a_refusal_without_an_occasion_still_says_what_to_do_next():
    assert str(ImpossibleNumbers()).endswith("send them again.")
    assert str(NoRuleYet()).endswith("use another rule book.")
