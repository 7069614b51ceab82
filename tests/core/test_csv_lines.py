"""Files for spreadsheets: no cell runs, and a spreadsheet reads back what was meant."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.csv_lines import csv_line

# What a spreadsheet takes for the beginning of a formula.
STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("start", STARTS)
def test_a_cell_that_would_be_a_formula_is_shown_as_text(start):
    assert csv_line([f"{start}1+1", "Leeds"]) in {
        f"'{start}1+1,Leeds\r\n",
        f'"\'{start}1+1",Leeds\r\n',
    }


@given(st.lists(st.text(), min_size=2))
def test_every_cell_comes_back_and_none_is_a_formula(cells):
    [read] = csv.reader(io.StringIO(csv_line(cells), newline=""))
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in cells]
    assert not any(cell.startswith(STARTS) for cell in read)
