"""What spreadsheets do to cells, and how each comes back as what it was, or is refused."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.csv_lines import csv_line
from app.roll.cells import (
    ERRORS,
    CellRefused,
    clean,
    read_branch,
    read_code,
    read_mobile,
)
from app.roll.schemas import Fault


def fault_of(read, text):
    with pytest.raises(CellRefused, match=r"\.$") as refused:
        read(text)
    return refused.value.fault


@pytest.mark.parametrize("read", [read_code, read_mobile, read_branch])
@pytest.mark.parametrize("written", ["1.23457E+11", "7,7009E+09", "1e+05"])
def test_a_number_whose_last_digits_were_rounded_away_is_refused(read, written):
    assert fault_of(read, written) is Fault.LOST_DIGITS


@pytest.mark.parametrize("error", [*sorted(ERRORS), "#ref!", " #N/A "])
def test_what_a_spreadsheet_writes_for_an_error_is_refused(error):
    assert fault_of(clean, error) is Fault.SPREADSHEET_ERROR


@given(number=st.from_regex(r"[0-9]{1,15}", fullmatch=True))
def test_a_whole_number_comes_back_with_its_leading_zeros(number):
    assert read_code(f"{number}.0") == number
    assert read_code(number) == number
    assert read_code(clean(f'="{number}"')) == number


@pytest.mark.parametrize("other", ["77009001234", "770090012", "17700900123", "+447700900123"])
def test_only_a_british_mobile_number_gets_its_nought_back(other):
    assert read_mobile(other) == other


@given(text=st.text(alphabet="'=+-@\"a0\t\r ", max_size=8))
def test_a_cell_that_was_exported_is_read_as_it_would_have_been_before(text):
    [exported] = next(csv.reader(io.StringIO(csv_line([text]), newline=""))) or [""]
    assert not exported.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert clean(exported) == clean(text)
