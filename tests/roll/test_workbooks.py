"""Workbooks: what a spreadsheet knows besides the values, and those made to do harm."""

import io
import time
import tracemalloc
import zipfile

import pytest

from app.roll.files import open_roll_file
from app.roll.packed import LARGEST_UNPACKED, MOST_PARTS
from app.roll.refusals import BrokenSpreadsheet, SpreadsheetTooLarge
from app.roll.xlsx_shape import MOST_CELLS
from tests.support.rolls import REQUIRED, roll_xlsx
from tests.support.workbooks import SHEET, parts_of, repacked, with_parts, with_rows, with_size_said

PLAIN = roll_xlsx([REQUIRED])
# Cell style 2 shows a number with at least five digits.
STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="00000"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>'
    "</styleSheet>"
)


def rows_of(book):
    with open_roll_file(io.BytesIO(book), file_name="members.xlsx") as roll_file:
        return [row.cells for row in roll_file.rows]


def refuse(book, kind):
    with pytest.raises(kind, match=r"\.$") as refused:
        rows_of(book)
    return refused.value.detail


def test_leading_zeros_that_only_the_format_of_a_cell_shows_survive():
    book = with_rows(
        with_parts(PLAIN, **{"xl/styles.xml": STYLES}),
        '<row r="2"><c r="A2" s="2"><v>12</v></c><c r="B2" t="str"><v>7</v></c></row>',
        '<row r="3"><c r="A3" s="2" t="inlineStr"><is><t>12</t></is></c></row>',
        '<row r="4"><c r="A4"><v>12</v></c></row>',
        '<row r="5"><c r="A5" s="2"><v>1234567</v></c><c r="E5" s="1"><v>45351</v></c></row>',
    )
    assert [cells[0] for cells in rows_of(book)[1:]] == ["00012", "12", "12", "1234567"]
    assert rows_of(book)[1][1] == "7"
    assert rows_of(book)[4][4] == "2024-02-29"


def test_errors_and_formulas_never_worked_out_are_shown_and_not_taken_for_empty():
    book = with_rows(
        PLAIN,
        '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><f>A1&amp;"x"</f></c>'
        '<c r="C2" t="str"><f>A1</f><v>Leeds</v></c><c r="D2"><f>6*7</f><v>42</v></c>'
        '<c r="E2" t="str"><f>""</f><v></v></c></row>',
    )
    assert rows_of(book)[1] == ["#N/A", "#CALC!", "Leeds", "42", ""]


def test_errors_stand_in_their_own_cell_where_the_sheet_begins_further_right():
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="3"><c r="C3" t="inlineStr"><is><t>branch</t></is></c></row>'
        '<row r="4"><c r="C4"><v>1</v></c><c r="D4"><f>1/0</f></c></row></sheetData></worksheet>'
    )
    assert rows_of(with_parts(PLAIN, sheet=sheet)) == [[""], [""], ["branch"], ["1", "#CALC!"]]


def test_a_number_too_long_for_a_spreadsheet_shows_that_its_digits_are_lost():
    book = with_rows(PLAIN, '<row r="2"><c r="A2"><v>1234567890123456789</v></c></row>')
    assert rows_of(book)[1][0] == "1.23456789012346E+18"


def test_a_part_found_in_another_case_is_read_all_the_same():
    parts = {name.replace("sheet1", "Sheet1"): content for name, content in parts_of(PLAIN).items()}
    assert rows_of(repacked(parts))[0] == list(REQUIRED)


def in_little_memory(book, kind):
    """Refuse a book without unpacking it into memory, and soon."""
    tracemalloc.start()
    begun = time.monotonic()
    sentence = refuse(book, kind)
    assert time.monotonic() - begun < 5
    assert tracemalloc.get_traced_memory()[1] < 20 * 1024**2
    tracemalloc.stop()
    return sentence


def test_two_cells_in_opposite_corners_of_a_sheet_do_not_fill_the_memory():
    book = with_rows(PLAIN, '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert "larger than Muster reads" in in_little_memory(book, SpreadsheetTooLarge)


def test_many_cells_that_share_one_long_text_do_not_fill_the_memory():
    text = "<sst><si><t>" + "x" * 1024**2 + "</t></si></sst>"
    rows = "".join(f'<row r="{row}"><c t="s"><v>0</v></c></row>' for row in range(2, 700))
    book = with_rows(with_parts(PLAIN, **{"xl/sharedStrings.xml": text}), rows)
    assert "larger than Muster reads" in in_little_memory(book, SpreadsheetTooLarge)


def test_a_bomb_that_tells_its_size_is_refused_unopened():
    book = with_size_said(PLAIN, SHEET, size=LARGEST_UNPACKED + 1)
    assert "larger than Muster reads" in in_little_memory(book, SpreadsheetTooLarge)


def test_a_bomb_that_lies_about_its_size_is_refused_as_soon_as_more_comes_out():
    sheet = b"<worksheet>" + b" " * 50 * 1024**2 + b"</worksheet>"
    book = with_size_said(with_parts(PLAIN, sheet=sheet), SHEET, size=200)
    assert len(book) < 100_000
    assert "cannot be opened" in in_little_memory(book, BrokenSpreadsheet)


def test_a_workbook_of_thousands_of_parts_is_refused():
    parts = {f"xl/media/{number}.xml": b"<a/>" for number in range(MOST_PARTS + 1)}
    refuse(repacked({**parts_of(PLAIN), **parts}), SpreadsheetTooLarge)


def entities(sheet):
    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    return laughs.encode() + sheet


@pytest.mark.parametrize(
    "book",
    [
        pytest.param(with_parts(PLAIN, sheet=entities(parts_of(PLAIN)[SHEET])), id="entities"),
        pytest.param(with_parts(PLAIN, sheet=b"<worksheet><sheetData>"), id="unclosed"),
        pytest.param(with_rows(PLAIN, '<row r="two"></row>'), id="a row that is no number"),
        pytest.param(with_rows(PLAIN, '<row r="2"><c r="é2"/></row>'), id="a column of no letter"),
        pytest.param(with_rows(PLAIN, f'<row r="{MOST_CELLS}0"></row>'), id="a row far too far"),
        pytest.param(repacked(parts_of(PLAIN), comment=b"two readings"), id="a comment"),
        pytest.param(repacked(parts_of(PLAIN), compression=zipfile.ZIP_BZIP2), id="bzip2"),
        pytest.param(
            PLAIN.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
            id="locked",
        ),
        pytest.param(b"PK\x03\x04" + b"\0" * 500, id="noughts"),
        pytest.param(with_size_said(PLAIN, SHEET, size=9999), id="less than it says"),
    ],
)
def test_what_is_no_honest_workbook_is_refused_with_a_sentence(book):
    assert "cannot be opened" in refuse(book, BrokenSpreadsheet)
