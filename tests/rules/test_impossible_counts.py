"""Numbers that cannot all be true are refused with the one that cannot."""

import pytest

from app.rules.thresholds import Count, ImpossibleCount


@pytest.mark.parametrize(
    ("numbers", "refusal"),
    [
        pytest.param(
            (0, 0, 0, 0, 0),
            "People entitled cannot be 0: with nobody entitled there is nothing to judge.",
            id="nobody entitled",
        ),
        pytest.param(
            (-1, 0, 0, 0, 0),
            "People entitled cannot be -1: a count is never below nought.",
            id="people below nought",
        ),
        pytest.param(
            (10, -1, 0, 0, 0),
            "Votes cast cannot be -1: a count is never below nought.",
            id="votes cast below nought",
        ),
        pytest.param(
            (10, 5, -5, 10, 0),
            "Supporting votes cannot be -5: a count is never below nought.",
            id="supporting below nought, though the parts add up",
        ),
        pytest.param(
            (10, 5, 10, -5, 0),
            "Opposing votes cannot be -5: a count is never below nought.",
            id="opposing below nought",
        ),
        pytest.param(
            (10, 5, 6, 0, -1),
            "Spoiled papers cannot be -1: a count is never below nought.",
            id="spoiled below nought",
        ),
        pytest.param(
            (1_000, 1_001, 1_001, 0, 0),
            "Votes cast cannot be 1,001: only 1,000 people are entitled, and each returns one "
            "paper at most.",
            id="more papers than people",
        ),
        pytest.param(
            (100, 60, 40, 10, 9),
            "Votes cast cannot be 60: 40 supporting, 10 opposing and 9 spoiled make 59, 1 too few.",
            id="parts fall short",
        ),
        pytest.param(
            (100, 60, 40, 20, 9),
            "Votes cast cannot be 60: 40 supporting, 20 opposing and 9 spoiled make 69, "
            "9 too many; votes cast include spoiled papers.",
            id="spoiled left out of votes cast",
        ),
        pytest.param(
            (100, 60, 50, 20, 9),
            "Votes cast cannot be 60: 50 supporting, 20 opposing and 9 spoiled make 79, "
            "19 too many.",
            id="parts go over",
        ),
        pytest.param(
            (100, 60, 50, 9, 2),
            "Votes cast cannot be 60: 50 supporting, 9 opposing and 2 spoiled make 61, 1 too many.",
            id="parts go over by one",
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused_with_a_sentence_that_says_which(numbers, refusal):
    with pytest.raises(ImpossibleCount) as raised:
        Count(*numbers)
    assert str(raised.value) == refusal
