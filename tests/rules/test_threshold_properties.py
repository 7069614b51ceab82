"""What holds of every count, whatever its numbers."""

from datetime import date
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from app.rules.books import BOOKS, period_in_force, periods
from app.rules.thresholds import Count, compare, judge, required_turnout, votes_needed

FROM_2017 = period_in_force("industrial-action", opened_on=date(2017, 3, 1))
EVERY_PERIOD = [period for book in BOOKS for period in periods(book)]


@st.composite
def counts(draw):
    """Invented counts of up to 300 people, so that the edges are met often."""
    entitled = draw(st.integers(1, 300))
    votes_cast = draw(st.integers(0, entitled))
    spoiled = draw(st.integers(0, votes_cast))
    supporting = draw(st.integers(0, votes_cast - spoiled))
    return Count(entitled, votes_cast, supporting, votes_cast - spoiled - supporting, spoiled)


def judged(count, *, period, important_public_service=False):
    judgement = judge(count, period=period, important_public_service=important_public_service)
    return {result.test: result for result in judgement.tests}


@given(count=counts(), period=st.sampled_from(EVERY_PERIOD), public=st.booleans())
def test_one_more_vote_never_unmeets_the_turnout(count, period, public):
    assume(count.votes_cast < count.entitled)
    supporting = count.supporting + 1
    one_more = Count(
        count.entitled, count.votes_cast + 1, supporting, count.opposing, count.spoiled
    )
    before = judged(count, period=period, important_public_service=public)
    after = judged(one_more, period=period, important_public_service=public)
    assert before.keys() == after.keys()
    assert all(after[test].met for test, result in before.items() if result.met)


@given(count=counts())
def test_votes_needed_is_the_smallest_number_that_passes(count):
    needed = votes_needed(
        required_turnout(FROM_2017, entitled=count.entitled), votes_cast=count.votes_cast
    )
    at_least_half = [
        more
        for more in range(count.entitled - count.votes_cast + 1)
        if Fraction(count.votes_cast + more, count.entitled) >= Fraction(1, 2)
    ]
    assert needed == at_least_half[0]


@given(count=counts(), period=st.sampled_from(EVERY_PERIOD), public=st.booleans())
def test_a_test_is_met_exactly_when_the_votes_reach_what_it_requires(count, period, public):
    judgement = judge(count, period=period, important_public_service=public)
    assert all(
        result.met is (result.actual_votes >= result.required_votes) for result in judgement.tests
    )
    assert judgement.carried is all(result.met for result in judgement.tests)


@given(count=counts(), opened_on=st.dates(date(2000, 6, 6), date(2040, 1, 1)))
def test_a_comparison_agrees_with_the_period_in_force(count, opened_on):
    comparison = compare(
        count, book="recognition", opened_on=opened_on, important_public_service=False
    )
    ruling = period_in_force("recognition", opened_on=opened_on)
    assert comparison.in_force == judge(count, period=ruling, important_public_service=False)
    assert ruling not in [other.period for other in comparison.others]
    assert len(comparison.others) == 3
