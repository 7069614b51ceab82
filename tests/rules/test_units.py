"""Units judged by themselves: what carries, by how many votes, and the whole beside them."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.books import BOOKS, ERA_2025_S68, Rule, periods
from app.rules.thresholds import Count, ImpossibleCount, judge
from app.rules.units import Unit, judge_unit, sum_of, under_every_period

BEFORE_2017, FROM_2017, FROM_FEBRUARY_2026, FROM_S68 = periods("industrial-action")
# Invented: every majority of the books is of one half, and the margin is worked out for any.
THREE_FIFTHS = replace(FROM_2017, majority=Rule(Fraction(3, 5), source="invented"))
EVERY_PERIOD = [*(period for book in BOOKS for period in periods(book)), THREE_FIFTHS]


def count_of(*, entitled, supporting, opposing=0, spoiled=0):
    return Count(entitled, supporting + opposing + spoiled, supporting, opposing, spoiled)


@st.composite
def counts(draw):
    """Invented counts of up to 200 people, so that the edges are met often."""
    entitled = draw(st.integers(1, 200))
    votes_cast = draw(st.integers(0, entitled))
    spoiled = draw(st.integers(0, votes_cast))
    supporting = draw(st.integers(0, votes_cast - spoiled))
    return Count(entitled, votes_cast, supporting, votes_cast - spoiled - supporting, spoiled)


def more_in_support(count, number):
    """The same count with that many more supporting votes, or fewer where it is negative."""
    return Count(
        count.entitled,
        count.votes_cast + number,
        count.supporting + number,
        count.opposing,
        count.spoiled,
    )


@pytest.mark.parametrize(
    ("count", "period", "public", "margin"),
    [
        # Reference: RMT, Rail for London Infrastructure, May 2024: two papers short of 45.
        pytest.param(
            count_of(entitled=90, supporting=43), FROM_2017, False, -2, id="two papers short"
        ),
        pytest.param(count_of(entitled=90, supporting=45), FROM_2017, False, 0, id="just enough"),
        # Reference: RMT, Govia Thameslink Railway, 24 May 2022: Yes 926, and 40 % of 2,327 is 931.
        pytest.param(
            count_of(entitled=2_327, supporting=926, opposing=267, spoiled=5),
            FROM_2017,
            True,
            -5,
            id="five in support short of 40 %",
        ),
        pytest.param(
            count_of(entitled=2_327, supporting=926, opposing=267, spoiled=5),
            FROM_FEBRUARY_2026,
            True,
            34,
            id="without the 40 % turnout is the closest: 1,198 of 1,164",
        ),
        # The worked example of s.297A: 50 Yes, 49 No, 2 spoiled.
        pytest.param(
            count_of(entitled=110, supporting=50, opposing=49, spoiled=2),
            FROM_2017,
            False,
            -2,
            id="52 of 103 voting would be a majority",
        ),
        pytest.param(
            count_of(entitled=110, supporting=50, opposing=49, spoiled=2),
            FROM_S68,
            False,
            0,
            id="and 50 of 99 is one, with none to spare",
        ),
        pytest.param(
            count_of(entitled=120, supporting=61, opposing=39),
            THREE_FIFTHS,
            False,
            2,
            id="59 of 98 are still more than three fifths, and 58 of 97 are not",
        ),
    ],
)
def test_a_margin_counts_supporting_votes(count, period, public, margin):
    judged = judge_unit(count, period=period, important_public_service=public)
    assert (judged.margin, judged.carried) == (margin, margin >= 0)


def test_what_those_who_did_not_vote_could_not_have_changed_is_out_of_reach():
    lost = count_of(entitled=100, supporting=40, opposing=55)
    judged = judge_unit(lost, period=FROM_2017, important_public_service=False)
    assert (judged.margin, judged.within_reach) == (-16, False)
    closer = judge_unit(
        count_of(entitled=111, supporting=40, opposing=55),
        period=FROM_2017,
        important_public_service=False,
    )
    assert (closer.margin, closer.within_reach) == (-16, True)


@given(count=counts(), period=st.sampled_from(EVERY_PERIOD), public=st.booleans())
def test_votes_short_is_the_smallest_number_that_carries(count, period, public):
    judged = judge_unit(count, period=period, important_public_service=public)
    room = count.entitled - count.votes_cast
    enough = [
        more
        for more in range(room + 1)
        if judge(
            more_in_support(count, more), period=period, important_public_service=public
        ).carried
    ]
    assert judged.within_reach is bool(enough)
    assert judged.carried is (enough[:1] == [0])
    if enough:
        assert max(-judged.margin, 0) == enough[0]


@given(count=counts(), period=st.sampled_from(EVERY_PERIOD), public=st.booleans())
def test_votes_to_spare_is_the_largest_number_that_could_stay_away(count, period, public):
    judged = judge_unit(count, period=period, important_public_service=public)
    carried = [
        judge(
            more_in_support(count, -fewer), period=period, important_public_service=public
        ).carried
        for fewer in range(count.supporting + 1)
    ]
    assert carried == [fewer <= judged.margin for fewer in range(count.supporting + 1)]


@given(
    many=st.lists(counts(), min_size=1, max_size=20),
    book=st.sampled_from(list(BOOKS)),
    seed=st.randoms(use_true_random=False),
)
def test_the_order_of_units_never_matters(many, book, seed):
    units = [Unit(f"Unit {number}", count) for number, count in enumerate(many)]
    shuffled = seed.sample(units, len(units))
    for one, other in zip(
        under_every_period(units, book=book, important_public_service=True, commenced={}),
        under_every_period(shuffled, book=book, important_public_service=True, commenced={}),
        strict=True,
    ):
        assert one.aggregate == other.aggregate
        assert one.carried == other.carried
        assert dict(zip(units, one.units, strict=True)) == dict(
            zip(shuffled, other.units, strict=True)
        )


@given(many=st.lists(counts(), min_size=1, max_size=20))
def test_the_whole_is_the_sum_of_its_units(many):
    whole = sum_of(Unit("", count) for count in many)
    assert whole.entitled == sum(count.entitled for count in many)
    assert whole.votes_cast == sum(
        count.supporting + count.opposing + count.spoiled for count in many
    )


def test_there_is_nothing_to_judge_in_no_units():
    with pytest.raises(ImpossibleCount, match="nobody entitled"):
        under_every_period([], book="recognition", important_public_service=False, commenced={})


def test_an_aggregate_may_carry_where_a_unit_alone_does_not():
    """Invented: one unit that turned out and one that did not."""
    units = [
        Unit("Depot", count_of(entitled=100, supporting=90, opposing=2)),
        Unit("Office", count_of(entitled=60, supporting=20)),
    ]
    under = {
        found.period.label: found
        for found in under_every_period(
            units, book="industrial-action", important_public_service=False, commenced={}
        )
    }
    today = under["from 18 February 2026"]
    assert [unit.carried for unit in today.units] == [True, False]
    assert (today.aggregate.carried, today.carried) == (True, 1)
    planned = under[FROM_S68.label]
    assert (planned.aggregate.carried, planned.carried) == (True, 2)


@pytest.mark.parametrize(
    ("public", "carried"),
    [(True, False), (False, True)],
    ids=["in important public services", "elsewhere"],
)
def test_the_support_test_of_public_services_holds_for_each_unit_and_for_the_whole(public, carried):
    # Of 1,000, 600 voted: 399 Yes is a majority and one short of 40 %.
    units = [Unit("Depot", count_of(entitled=1_000, supporting=399, opposing=201))]
    under = {
        found.period: found
        for found in under_every_period(
            units, book="industrial-action", important_public_service=public, commenced={}
        )
    }
    [depot] = under[FROM_2017].units
    assert (depot.carried, under[FROM_2017].aggregate.carried) == (carried, carried)


def test_a_commenced_change_is_one_of_the_periods_with_its_day():
    units = [Unit("Depot", count_of(entitled=100, supporting=20))]
    found = under_every_period(
        units,
        book="industrial-action",
        important_public_service=False,
        commenced={ERA_2025_S68: date(2027, 1, 4)},
    )
    assert found[-1].period.label == "from 4 January 2027"
    assert [each.carried for each in found] == [1, 0, 0, 1]
