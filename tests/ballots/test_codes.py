"""Voting codes: how they look, how they are read, and what is kept of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ballots.codes import ALPHABET, code_digest, new_code, read_code

KEY = "a secret of invented tests"


def test_a_code_is_seven_groups_of_four_without_letters_that_look_like_others():
    groups = new_code().split("-")
    assert [len(group) for group in groups] == [4] * 7
    assert set("".join(groups)) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


def test_a_code_has_more_than_128_random_bits():
    assert len(ALPHABET) == 32
    assert 5 * len(new_code().replace("-", "")) == 140


@given(st.randoms(use_true_random=False))
def test_a_code_is_read_however_it_is_typed(chance):
    code = new_code()
    typed = "".join(
        symbol.lower() if chance.random() < 0.5 else symbol
        for symbol in code.replace("-", chance.choice(["", " ", "-", "–"]))
    )
    typed = typed.replace("0", chance.choice("0oO")).replace("1", chance.choice("1iIlL"))
    assert read_code(f"  {typed}\n") == read_code(code)
    assert code_digest(typed, key=KEY) == code_digest(code, key=KEY)


@pytest.mark.parametrize("typed", ["", "7K3Q", "0" * 29, "0" * 27 + "U", "é" * 28])
def test_what_cannot_be_a_code_is_no_code_and_still_has_a_digest(typed):
    assert read_code(typed) is None
    assert len(code_digest(typed, key=KEY)) == 32


def test_the_digest_depends_on_the_services_key():
    code = new_code()
    assert code_digest(code, key=KEY) != code_digest(code, key=KEY + "!")
