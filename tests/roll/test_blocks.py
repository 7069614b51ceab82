"""Rows taken by the block are the rows that come one by one, whatever is in the file."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.roll import csv_file
from app.roll.csv_file import Row, read_rows

LINES = st.lists(
    st.sampled_from(
        [
            "1,2,3",
            "",
            '1,"2",3',
            '1,"a\nb",3',
            '1,"2,3',
            '1,2"x",3',
            '"1\n2,3\n4,5,6',
            "1,2",
            "1,2,3,4",
            "1,\0,3",
            "x" * 40 + ",2,3",
            ",,",
        ]
    ),
    max_size=25,
)


def by_the_block(text):
    rows = read_rows(io.StringIO(text, newline=""))
    found = [next(rows)]
    while (block := rows.take_block()).numbers:
        found += map(Row, block.numbers, block.cells)
    return found


@settings(max_examples=400)
@given(lines=LINES, ending=st.sampled_from(["\n", "\r\n", "\r"]), size=st.integers(1, 60))
def test_blocks_hold_the_rows_that_come_one_by_one(lines, ending, size):
    text = ending.join(["a,b,c", *lines])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "BLOCK", size)
        patch.setattr(csv_file, "LONGEST_LINE", 30)
        assert by_the_block(text) == list(read_rows(io.StringIO(text, newline="")))


def test_one_cell_of_ten_million_letters_costs_its_own_row_alone():
    text = f"a,b\n1,2\n{'x' * 10_000_000},2\n3,4\n"
    assert [row.cells for row in by_the_block(text)] == [["a", "b"], ["1", "2"], None, ["3", "4"]]
