"""A row that cannot be read never takes others with it."""

import io

import pytest

from app.roll.csv_file import LONGEST_LINE, MOST_LINES, Row, open_csv, read_rows

HEADER = "a,b,c\n"


def rows_of(text):
    return list(read_rows(io.StringIO(HEADER + text, newline="")))[1:]


def test_rows_are_numbered_as_a_spreadsheet_shows_them_with_blank_rows_counted():
    assert rows_of("1,2,3\n\n4,5,6\n") == [
        Row(2, ["1", "2", "3"]),
        Row(3, []),
        Row(4, ["4", "5", "6"]),
    ]


def test_a_cell_of_several_lines_is_one_row():
    assert rows_of('1,"12 High Street\nLeeds",3\n4,5,6\n') == [
        Row(2, ["1", "12 High Street\nLeeds", "3"]),
        Row(3, ["4", "5", "6"]),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
def test_every_kind_of_line_ending_ends_a_row(ending):
    text = io.StringIO(ending.join(["a,b", "1,2", "3,4"]), newline="")
    assert [row.cells for row in read_rows(text)] == [["a", "b"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param('1,"2,3\n', id="opened and closed by the quotation mark of a later row"),
        pytest.param('1,"2"x,3\n', id="text after the closing mark"),
    ],
)
def test_a_stray_quotation_mark_costs_its_own_row_and_no_other(stray):
    assert rows_of(stray + '4,"5",6\n7,8,9\n') == [
        Row(2, None),
        Row(3, ["4", "5", "6"]),
        Row(4, ["7", "8", "9"]),
    ]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_and_no_other():
    many = "".join(f"{number},x,y\n" for number in range(3 * MOST_LINES))
    first, *others = rows_of('1,"2,3\n' + many)
    assert first == Row(2, None)
    assert [row.cells for row in others] == [
        [str(number), "x", "y"] for number in range(3 * MOST_LINES)
    ]


def test_a_quotation_mark_left_open_on_the_last_row_costs_that_row():
    assert rows_of('1,2,3\n4,"5,6\n') == [Row(2, ["1", "2", "3"]), Row(3, None)]


def test_two_stray_marks_in_one_column_do_not_hide_the_row_between_them():
    # Read as CSV, this is one row whose middle cell is `2,3\n4,5`.
    assert rows_of('1,"2,3\n4,5",6\n7,8,9\n') == [
        Row(2, None),
        Row(3, ["4", '5"', "6"]),
        Row(4, ["7", "8", "9"]),
    ]


def test_two_stray_marks_in_different_columns_do_not_hide_a_row_either():
    assert [row.cells for row in rows_of('1,"2,3\n4",5,6\n')] == [None, ['4"', "5", "6"]]


def test_a_quotation_mark_inside_a_cell_is_only_a_character():
    assert rows_of('1,O"Brien,3\n') == [Row(2, ["1", 'O"Brien', "3"])]


@pytest.mark.parametrize("length", [LONGEST_LINE, 150_000, 250_001])
def test_a_line_far_too_long_is_one_unreadable_row(length):
    assert rows_of(f"1,2,{'x' * length}\n4,5,6\n") == [Row(2, None), Row(3, ["4", "5", "6"])]


def test_a_line_far_too_long_inside_a_quoted_cell_is_counted_too():
    assert rows_of(f'1,"2,3\n4,5,{"x" * 150_000}\n7,8,9\n') == [
        Row(2, None),
        Row(3, None),
        Row(4, ["7", "8", "9"]),
    ]


def test_a_nul_byte_is_handed_on_for_the_cell_to_be_refused():
    assert rows_of("1,2\0,3\n") == [Row(2, ["1", "2\0", "3"])]


def test_a_byte_order_mark_is_no_part_of_the_first_name_and_the_file_stays_open():
    file = io.BytesIO("\ufeffa,b\n1,é\n".encode())
    with open_csv(file) as rows:
        assert [row.cells for row in rows] == [["a", "b"], ["1", "é"]]
    assert not file.closed


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_stray_quotation_mark_costs_its_own_row_with_any_separator(separator):
    text = 'a,b,c\n1,"2,3\n4,5",6\n7,8,9\n'.replace(",", separator)
    rows = [row.cells for row in read_rows(io.StringIO(text, newline=""), separator=separator)]
    assert rows == [["a", "b", "c"], None, ["4", '5"', "6"], ["7", "8", "9"]]
