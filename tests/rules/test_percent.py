"""Percentages are for showing, and never show a test as met that is not."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.percent import percent

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("part", "whole", "threshold", "shown"),
    [
        # Reference: BMA resident doctors in England, 2 February 2026, published as 52.54 %.
        pytest.param(28_598, 54_432, HALF, "52.54", id="as the union published it"),
        # Reference: CWU, Royal Mail Group, 16 February 2023, published as 77.33 %.
        pytest.param(86_349, 111_670, HALF, "77.33", id="rounded up, as published"),
        pytest.param(12_499, 25_000, HALF, "49.99", id="49.996 is not shown as half"),
        pytest.param(12_499, 25_000, None, "50.00", id="with no test beside it, it rounds"),
        pytest.param(9_999, 20_000, HALF, "49.99", id="49.995 is not shown as half"),
        pytest.param(9_999, 20_000, None, "50.00", id="a half of a hundredth rounds up"),
        pytest.param(9_997, 20_000, HALF, "49.99", id="49.985 rounds up below the threshold"),
        pytest.param(1, 2, HALF, "50.00", id="exactly the threshold"),
        pytest.param(7_999, 20_000, Fraction(2, 5), "39.99", id="39.995 of a 40 % test"),
        pytest.param(33_332, 100_000, Fraction(1, 3), "33.32", id="short of a third"),
        pytest.param(1, 3, Fraction(1, 3), "33.33", id="exactly a third"),
        pytest.param(0, 7, HALF, "0.00", id="nobody"),
        pytest.param(7, 7, HALF, "100.00", id="everybody"),
        pytest.param(1, 1_000, None, "0.10", id="two decimals always"),
    ],
)
def test_a_percentage_is_shown_as_unions_publish_it(part, whole, threshold, shown):
    assert percent(part, whole=whole, threshold=threshold) == shown


@pytest.mark.parametrize("whole", [0, -1])
def test_there_is_no_percentage_of_nothing(whole):
    with pytest.raises(ValueError, match=f"no percentage of {whole}"):
        percent(0, whole=whole)


@given(
    whole=st.integers(1, 200_000),
    part=st.integers(0, 200_000),
    hundredths=st.integers(0, 10_000),
)
def test_a_percentage_shows_a_threshold_reached_exactly_when_it_is(whole, part, hundredths):
    threshold = Fraction(hundredths, 10_000)
    shown = Fraction(Decimal(percent(part, whole=whole, threshold=threshold))) / 100
    assert (shown >= threshold) is (Fraction(part, whole) >= threshold)


@given(threshold=st.fractions(0, 1, max_denominator=50), whole=st.integers(1, 10**9))
def test_one_vote_either_side_of_a_threshold_shows_on_its_own_side(threshold, whole):
    just_met = -(-whole * threshold.numerator // threshold.denominator)
    line = percent(threshold.numerator, whole=threshold.denominator)
    assert Decimal(percent(just_met, whole=whole, threshold=threshold)) >= Decimal(line)
    if just_met > 0:
        short = percent(just_met - 1, whole=whole, threshold=threshold)
        assert Decimal(short) < Decimal(line)


@given(part=st.integers(0, 10**9), whole=st.integers(1, 10**9))
def test_without_a_threshold_a_percentage_is_within_half_a_hundredth(part, whole):
    shown = Fraction(Decimal(percent(part, whole=whole)))
    assert -Fraction(1, 200) < Fraction(100 * part, whole) - shown < Fraction(1, 200) or (
        shown - Fraction(100 * part, whole) == Fraction(1, 200)
    )
