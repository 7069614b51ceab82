"""The tests a ballot must pass, at their edges."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from app.rules.books import ERA_2025_S68, NoRuleInForce, Rule, periods
from app.rules.thresholds import (
    Count,
    ImpossibleCount,
    TestResult,
    compare,
    judge,
    required_turnout,
    votes_needed,
)

BEFORE_2017, FROM_2017, FROM_FEBRUARY_2026, FROM_S68 = periods("industrial-action")
BEFORE_APRIL, AFTER_APRIL = periods("indicative")


def count_of(*, entitled, supporting, opposing=0, spoiled=0):
    votes_cast = supporting + opposing + spoiled
    return Count(entitled, votes_cast, supporting, opposing, spoiled)


def judged(count, *, period, important_public_service=False):
    judgement = judge(count, period=period, important_public_service=important_public_service)
    return {result.test: result for result in judgement.tests}


@pytest.mark.parametrize(
    ("votes_cast", "entitled", "met"),
    [
        # Reference: BMA resident doctors in England, closed 2 February 2026, 54,432 entitled.
        pytest.param(27_216, 54_432, True, id="exactly half is enough"),
        pytest.param(27_215, 54_432, False, id="one short of half is not"),
        pytest.param(500, 1_001, False, id="half of an odd number rounds up"),
        pytest.param(501, 1_001, True, id="to the next whole paper"),
        # Invented: the percentage alone would round up to the threshold.
        pytest.param(12_499, 25_000, False, id="49.996 % does not reach half"),
        pytest.param(1, 1, True, id="a ballot of one"),
        pytest.param(0, 1, False, id="nobody voted"),
    ],
)
def test_turnout_is_met_when_at_least_half_of_those_entitled_vote(votes_cast, entitled, met):
    count = count_of(entitled=entitled, supporting=votes_cast)
    assert judged(count, period=FROM_2017)["turnout"].met is met


# Reference: CWU, Royal Mail Property and Facilities Solutions, 23 June 2021, 240 of 477 returned.
def test_spoiled_papers_carry_the_turnout_over_its_line():
    with_spoiled = count_of(entitled=477, supporting=226, opposing=11, spoiled=3)
    without = count_of(entitled=477, supporting=226, opposing=11)
    assert judged(with_spoiled, period=BEFORE_APRIL)["turnout"].met
    assert not judged(without, period=BEFORE_APRIL)["turnout"].met


@pytest.mark.parametrize(
    ("supporting", "met"),
    [
        pytest.param(399, False, id="one short of 40 %"),
        pytest.param(400, True, id="exactly 40 %"),
        pytest.param(401, True, id="one more"),
    ],
)
def test_support_is_met_when_at_least_two_fifths_of_those_entitled_support_it(supporting, met):
    count = count_of(entitled=1_000, supporting=supporting, opposing=200)
    support = judged(count, period=FROM_2017, important_public_service=True)["support"]
    assert (support.required_votes, support.actual_votes, support.met) == (400, supporting, met)
    assert support.source == FROM_2017.support.source


@pytest.mark.parametrize(
    ("period", "voting", "required", "met"),
    [
        pytest.param(BEFORE_2017, 99, 50, True, id="before 1 March 2017 spoiled are not voting"),
        pytest.param(FROM_2017, 101, 51, False, id="from 1 March 2017 they are"),
        pytest.param(FROM_FEBRUARY_2026, 101, 51, False, id="and still are from February 2026"),
        pytest.param(FROM_S68, 99, 50, True, id="and are not once s.68 begins"),
        pytest.param(BEFORE_APRIL, 99, 50, True, id="an indicative majority is of the answers"),
        pytest.param(AFTER_APRIL, 99, 50, True, id="after April too"),
    ],
)
def test_two_spoiled_papers_decide_fifty_yes_against_forty_nine_no(period, voting, required, met):
    count = count_of(entitled=120, supporting=50, opposing=49, spoiled=2)
    majority = judged(count, period=period)["majority"]
    assert required * 2 > voting
    assert (majority.required_votes, majority.actual_votes, majority.met) == (required, 50, met)


@pytest.mark.parametrize(
    ("supporting", "opposing", "required", "met"),
    [
        pytest.param(50, 50, 51, False, id="a tie is not a majority"),
        pytest.param(51, 50, 51, True, id="one more than half of an odd number"),
        pytest.param(50, 51, 51, False, id="one less"),
        pytest.param(1, 0, 1, True, id="one vote is a majority of one"),
        pytest.param(0, 0, 1, False, id="nobody voting is no majority"),
    ],
)
def test_a_majority_is_strictly_more_than_half_of_those_voting(supporting, opposing, required, met):
    count = count_of(entitled=200, supporting=supporting, opposing=opposing)
    majority = judged(count, period=AFTER_APRIL)["majority"]
    assert (majority.required_votes, majority.met) == (required, met)


@pytest.mark.parametrize(
    ("supporting", "opposing", "required", "met"),
    [
        pytest.param(66, 33, 67, False, id="exactly two thirds is not more"),
        pytest.param(67, 33, 67, True, id="one more is"),
        pytest.param(67, 34, 68, False, id="two thirds of 101 are more than 67"),
    ],
)
def test_a_majority_of_another_fraction_is_asked_for_in_the_same_way(
    supporting, opposing, required, met
):
    # Invented: every book asks for more than half.
    two_thirds = replace(AFTER_APRIL, majority=Rule(Fraction(2, 3), source="invented"))
    count = count_of(entitled=200, supporting=supporting, opposing=opposing)
    majority = judged(count, period=two_thirds)["majority"]
    assert (majority.required_votes, majority.met) == (required, met)


def test_papers_that_are_all_spoiled_give_no_majority():
    count = count_of(entitled=4, supporting=0, spoiled=4)
    [majority] = judged(count, period=AFTER_APRIL).values()
    assert (majority.required_votes, majority.met) == (1, False)


@pytest.mark.parametrize(
    ("period", "important_public_service", "tests"),
    [
        pytest.param(BEFORE_2017, True, ["majority"], id="before 1 March 2017"),
        pytest.param(FROM_2017, True, ["turnout", "support", "majority"], id="important services"),
        pytest.param(FROM_2017, False, ["turnout", "majority"], id="other services"),
        pytest.param(FROM_FEBRUARY_2026, True, ["turnout", "majority"], id="40 % repealed"),
        pytest.param(FROM_S68, True, ["majority"], id="50 % repealed"),
        pytest.param(BEFORE_APRIL, False, ["turnout", "support", "majority"], id="own yardstick"),
        pytest.param(AFTER_APRIL, False, ["majority"], id="own yardstick after April"),
    ],
)
def test_only_the_tests_that_apply_are_listed(period, important_public_service, tests):
    count = count_of(entitled=100, supporting=60)
    listed = judged(count, period=period, important_public_service=important_public_service)
    assert list(listed) == tests


# Reference: RMT, Govia Thameslink Railway, 24 May 2022: strike not carried, action short of it was.
def test_each_question_of_one_ballot_is_decided_by_itself():
    strike = count_of(entitled=2_327, supporting=926, opposing=267, spoiled=5)
    short_of_strike = count_of(entitled=2_327, supporting=1_056, opposing=136, spoiled=6)
    carried = [
        judge(count, period=FROM_2017, important_public_service=True).carried
        for count in (strike, short_of_strike)
    ]
    assert carried == [False, True]


def test_every_test_carries_its_source_and_its_numbers():
    count = count_of(entitled=54_432, supporting=26_696, opposing=1_885, spoiled=17)
    [turnout, majority] = judge(
        count, period=FROM_FEBRUARY_2026, important_public_service=True
    ).tests
    act = "Trade Union and Labour Relations (Consolidation) Act 1992"
    assert turnout == TestResult(
        test="turnout",
        required_votes=27_216,
        actual_votes=28_598,
        met=True,
        source=f"{act} s.226(2)(a)(iia), as inserted by Trade Union Act 2016 s.2",
    )
    assert majority == TestResult(
        test="majority",
        required_votes=14_300,
        actual_votes=26_696,
        met=True,
        source=f"{act} s.226(2)(a)(iii)",
    )


# The worked example of the April change: a bargaining unit of 200, 47 Yes and 43 No.
def test_a_unit_of_two_hundred_is_recognised_from_april_and_not_before():
    count = count_of(entitled=200, supporting=47, opposing=43)
    from_april = compare(
        count, book="recognition", opened_on=date(2026, 4, 6), important_public_service=False
    )
    before = compare(
        count, book="recognition", opened_on=date(2026, 4, 5), important_public_service=False
    )
    assert (from_april.in_force.carried, before.in_force.carried) == (True, False)
    assert [(other.period.label, other.carried) for other in from_april.others] == [
        ("6 June 2000 to 28 February 2017", False),
        ("1 March 2017 to 5 April 2026", False),
        ("planned: from the day s.68 of the Employment Rights Act 2025 begins", True),
    ]


def test_a_comparison_names_every_other_period_of_its_book_once():
    count = count_of(entitled=200, supporting=47, opposing=43)
    comparison = compare(
        count,
        book="industrial-action",
        opened_on=date(2026, 3, 2),
        important_public_service=True,
        commenced={ERA_2025_S68: date(2027, 1, 4)},
    )
    assert comparison.in_force.period.label == "18 February 2026 to 3 January 2027"
    assert [(other.period.label, other.carried) for other in comparison.others] == [
        ("16 October 1992 to 28 February 2017", True),
        ("1 March 2017 to 17 February 2026", False),
        ("from 4 January 2027", True),
    ]


@pytest.mark.parametrize(
    ("important_public_service", "carried"),
    [(True, False), (False, True)],
    ids=["in important public services", "elsewhere"],
)
def test_a_comparison_holds_a_public_service_to_the_support_test_of_its_time(
    important_public_service, carried
):
    # Of 1,000, 600 voted: 399 Yes is a majority and one short of 40 %.
    comparison = compare(
        count_of(entitled=1_000, supporting=399, opposing=201),
        book="industrial-action",
        opened_on=date(2026, 3, 2),
        important_public_service=important_public_service,
    )
    by_label = {other.period.label: other.carried for other in comparison.others}
    assert by_label["1 March 2017 to 17 February 2026"] is carried


def test_a_comparison_refuses_a_day_before_the_law():
    with pytest.raises(NoRuleInForce):
        compare(
            count_of(entitled=1, supporting=1),
            book="recognition",
            opened_on=date(2000, 6, 5),
            important_public_service=False,
        )


@pytest.mark.parametrize(
    ("entitled", "required"),
    [
        pytest.param(54_432, 27_216, id="half of an even number"),
        pytest.param(1_001, 501, id="half of an odd number, rounded up"),
        pytest.param(41, 21, id="41 entitled need 21"),  # Reference: RMT, Network Rail, April 2024
        pytest.param(1, 1, id="one entitled needs one"),
    ],
)
def test_the_turnout_asked_for_is_a_whole_number_of_papers(entitled, required):
    assert required_turnout(FROM_2017, entitled=entitled) == required


def test_without_a_turnout_test_no_turnout_is_asked_for():
    assert required_turnout(AFTER_APRIL, entitled=54_432) is None


def test_no_turnout_is_asked_of_nobody():
    with pytest.raises(ImpossibleCount, match="nobody entitled"):
        required_turnout(FROM_2017, entitled=0)


@pytest.mark.parametrize(
    ("required", "votes_cast", "needed"),
    [
        # Reference: PCS, civil service, 29 April 2019: "just under 3,000 votes short".
        pytest.param(62_355, 59_452, 2_903, id="short"),
        pytest.param(45, 44, 1, id="one short"),
        pytest.param(45, 45, 0, id="just enough"),
        pytest.param(45, 46, 0, id="never below nought"),
        pytest.param(None, 0, 0, id="no test, nothing needed"),
    ],
)
def test_votes_needed_is_what_is_still_missing(required, votes_cast, needed):
    assert votes_needed(required, votes_cast=votes_cast) == needed
