"""No sum of shown units gives a small unit back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.results.withholding import withheld_units


@pytest.mark.parametrize(
    ("units", "hidden"),
    [
        pytest.param({"Leeds": 5, "York": 9}, set(), id="at the floor is shown"),
        pytest.param({"Leeds": 4, "York": 9, "Hull": 8}, {"Leeds", "Hull"}, id="one takes another"),
        pytest.param({"A": 2, "B": 1, "C": 9, "D": 8}, {"A", "B", "D"}, id="two that are too few"),
        pytest.param({"A": 3, "B": 4, "C": 9}, {"A", "B"}, id="two that cover each other"),
        pytest.param({"A": 3, "B": 2, "C": 9}, {"A", "B"}, id="two that are just enough"),
        pytest.param({"Scilly": 4}, {"Scilly"}, id="nobody else to hide behind"),
    ],
)
def test_units_under_the_floor_are_withheld_with_as_many_as_hide_them(units, hidden):
    assert withheld_units(units, floor=5) == hidden


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 30), min_size=2),
    st.integers(1, 12),
)
def test_what_is_left_after_subtraction_is_never_one_small_unit(units, floor):
    hidden = withheld_units(units, floor=floor)
    assert {name for name, size in units.items() if size < floor} <= hidden
    if hidden and hidden != units.keys():
        assert len(hidden) > 1
        assert sum(units[name] for name in hidden) >= floor
