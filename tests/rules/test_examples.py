"""Worked examples come out as the law and its guidance say."""

from datetime import date

import pytest

from app.rules.books import periods
from app.rules.examples import EXAMPLES, GUIDANCE, INVENTED, day_examples
from app.rules.thresholds import judge

# Under each period of its book, in the order of the days.
CARRIED = {
    "Resident doctors in England": [True, True, True, True],
    "The same, one vote short of half": [True, False, False, True],
    "The 40 % test decides: strike action at Govia Thameslink Railway": [True, False, True, True],
    "Two spoiled papers decide: 50 Yes, 49 No": [True, False, False, True],
    "A bargaining unit of 200: 47 Yes, 43 No": [False, False, True, True],
    "Three spoiled papers carry the turnout over half": [True, True],
    "A minority votes, and most of it for the union's side": [False, True],
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_each_example_shows_what_its_title_says(example):
    assert example.origin
    assert [
        judge(
            example.count,
            period=period,
            important_public_service=example.important_public_service,
        ).carried
        for period in periods(example.book)
    ] == CARRIED[example.title]


def test_the_days_are_those_of_the_guidance_and_of_rules_worked_by_hand():
    assert [
        (each.asked.rpartition(" is received")[0] or each.asked, each.answer.day)
        for each in day_examples()
    ] == [
        ("The last day for notice of a ballot that opens on 20 February 2026", date(2026, 2, 13)),
        ("The last day for notice of a ballot that opens on 25 February 2026", date(2026, 2, 18)),
        (
            "The last day of the mandate of a ballot dated 27 February 2026, opened on 20 February",
            date(2027, 2, 26),
        ),
        (
            "The last day of the mandate of a ballot dated 27 February 2026, opened on 30 January",
            date(2026, 8, 26),
        ),
        ("The first day of action if its notice", date(2026, 3, 3)),
        ("The first day of action if its notice", date(2026, 2, 28)),
        ("The last day for notice of action on 27 February 2026", date(2026, 2, 13)),
        ("The last day for notice of action on 28 February 2026", date(2026, 2, 18)),
    ]


def test_each_worked_day_says_whose_it_is():
    assert [each.origin for each in day_examples()] == [GUIDANCE] * 3 + [INVENTED] * 5
