"""What kind of file it is, told by what is in it; and a sentence for each that is refused."""

import hashlib
import io
import zipfile
from datetime import date, datetime, time

import pytest

from app.roll.files import open_roll_file
from app.roll.packed import LARGEST_UNPACKED
from app.roll.refusals import (
    BrokenSpreadsheet,
    EmptyFile,
    OldSpreadsheet,
    SpreadsheetTooLarge,
    WrongFileName,
)
from app.roll.schemas import Caution
from app.roll.xlsx_file import as_text
from tests.support.rolls import REQUIRED, member_row, roll_csv, roll_xlsx

OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(512)
WORKBOOK = roll_xlsx([REQUIRED, ("0012", "Okafor", "Leeds", "full", date(2019, 5, 1))])


def cells_of(content, *, file_name="members.csv"):
    with open_roll_file(io.BytesIO(content), file_name=file_name) as roll_file:
        return [(row.number, row.cells) for row in roll_file.rows]


def refusal_of(content, kind, *, file_name="members.csv"):
    with pytest.raises(kind) as refused:
        cells_of(content, file_name=file_name)
    return refused.value.detail


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with byte order mark"])
def test_csv_in_utf_8_is_read(mark):
    content = mark + roll_csv(member_row(family_name="Ó Briain"))
    assert cells_of(content)[1] == (2, ["1001", "Ó Briain", "Leeds", "full", "2019-05-01"])


def test_the_digest_is_the_sha_256_of_the_whole_file_and_the_name_has_no_folders():
    content = roll_csv(member_row())
    with open_roll_file(io.BytesIO(content), file_name="C:\\Rolls\\may.csv") as roll_file:
        assert roll_file.digest == hashlib.sha256(content).hexdigest()
        assert roll_file.name == "may.csv"


def test_an_empty_file_is_refused():
    assert "empty" in refusal_of(b"", EmptyFile)


@pytest.mark.parametrize("file_name", ["members.csv", "members.txt", "members", "members.xls"])
def test_a_workbook_under_another_name_is_refused_with_a_sentence_that_says_so(file_name):
    sentence = refusal_of(WORKBOOK, WrongFileName, file_name=file_name)
    assert f"“{file_name}” is not the CSV its name promises but a workbook" in sentence
    assert ".xlsx" in sentence


@pytest.mark.parametrize("file_name", ["members.xlsx", "MEMBERS.XLSX", "members.xls"])
def test_csv_named_like_a_workbook_is_refused_with_a_sentence_that_says_so(file_name):
    sentence = refusal_of(roll_csv(member_row()), WrongFileName, file_name=file_name)
    assert "named like a spreadsheet and is not one" in sentence


def test_an_old_workbook_is_refused_under_its_own_name():
    assert "XLS" in refusal_of(OLE, OldSpreadsheet, file_name="members.xls")


@pytest.mark.parametrize("file_name", ["members.csv", "members.xlsx"])
def test_an_old_or_locked_workbook_under_another_name_is_refused(file_name):
    assert "under another name" in refusal_of(OLE, WrongFileName, file_name=file_name)


@pytest.mark.parametrize("file_name", ["members.pdf", "members.csv", "members.xlsx"])
def test_a_pdf_is_told_what_to_export_instead(file_name):
    sentence = refusal_of(b"%PDF-1.4 members\n", WrongFileName, file_name=file_name)
    assert "is a PDF" in sentence
    assert "as an Excel workbook (XLSX) and import that." in sentence


@pytest.mark.parametrize("file_name", ["members.csv", "members.xls"])
def test_a_web_page_that_some_systems_export_as_a_spreadsheet_is_refused(file_name):
    page = b"\xef\xbb\xbf\r\n<html><table><tr><td>membership_number</td></tr></table></html>"
    assert "web page" in refusal_of(page, WrongFileName, file_name=file_name)


def test_a_workbook_is_read_as_somebody_would_have_typed_it():
    book = roll_xlsx(
        [
            ("membership_number", "mobile", "joined_on", "in_arrears"),
            ("0012", 7700900123, date(2024, 2, 29), True),
            (12345.0, "07700 900123", "29/02/2024", False),
            (),
            ("=1+1", 1.5, "", ""),
        ]
    )
    assert cells_of(book, file_name="members.xlsx")[1:] == [
        (2, ["0012", "7700900123", "2024-02-29", "yes"]),
        (3, ["12345", "07700 900123", "29/02/2024", "no"]),
        (4, ["", "", "", ""]),
        (5, ["=1+1", "1.5", "", ""]),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2024, 2, 29), "2024-02-29"),  # noqa: DTZ001 - a workbook's times have no zone
        (datetime(2024, 2, 29, 8, 30), "2024-02-29T08:30:00"),  # noqa: DTZ001
        (time(8, 30), "08:30:00"),
    ],
)
def test_a_time_of_day_is_kept_where_there_is_one(value, text):
    assert as_text(value) == text


def test_a_workbook_whose_rows_begin_further_down_keeps_its_row_numbers():
    book = roll_xlsx([REQUIRED, ("1001", "Okafor", "Leeds", "full", "2019-05-01")], first_row=4)
    assert [number for number, cells in cells_of(book, file_name="a.xlsx") if any(cells)] == [4, 5]


def test_sheets_after_the_first_are_left_out_with_a_warning_unless_they_are_empty():
    book = roll_xlsx([REQUIRED], [("Notes",)], [])
    with open_roll_file(io.BytesIO(book), file_name="a.xlsx") as roll_file:
        [warning] = roll_file.warnings
        assert warning.code is Caution.OTHER_SHEETS
        assert "Left out: Sheet2." in warning.message


def test_a_workbook_without_a_cell_has_no_rows():
    assert cells_of(roll_xlsx([]), file_name="a.xlsx") == []


def test_a_workbook_without_a_sheet_cannot_be_opened():
    assert "cannot be opened" in refusal_of(roll_xlsx(), BrokenSpreadsheet, file_name="a.xlsx")


def test_a_workbook_cut_short_cannot_be_opened():
    cut = WORKBOOK[: len(WORKBOOK) // 2]
    assert "cannot be opened" in refusal_of(cut, BrokenSpreadsheet, file_name="a.xlsx")


def test_a_packed_file_that_is_no_workbook_cannot_be_opened():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr("letter.txt", "Dear members")
    sentence = refusal_of(packed.getvalue(), BrokenSpreadsheet, file_name="a.xlsx")
    assert "cannot be opened" in sentence


def test_a_workbook_that_would_fill_the_memory_is_refused_unopened():
    # The size that the zip directory declares, which is what an honest bomb has.
    declared = WORKBOOK.rindex(b"PK\x01\x02") + 24
    huge = (LARGEST_UNPACKED + 1).to_bytes(4, "little")
    bomb = WORKBOOK[:declared] + huge + WORKBOOK[declared + 4 :]
    assert "larger than Muster reads" in refusal_of(bomb, SpreadsheetTooLarge, file_name="a.xlsx")
