"""One member's row: what is kept, and one test for every reason to refuse it."""

from datetime import date

import pytest

from app.roll.columns import COLUMN_NAMES
from app.roll.csv_file import Row
from app.roll.header import read_header
from app.roll.rows import RowReader
from app.roll.schemas import Fault
from tests.support.rolls import member_row

TODAY = date(2026, 11, 21)


def reader_of(columns=COLUMN_NAMES):
    return RowReader(read_header(columns), today=TODAY)


def read(**facts):
    """Read one row of every column and return what it says and what is wrong with it."""
    reader = reader_of()
    row = member_row(**facts)
    kept = reader.read(Row(2, [row.get(name, "") for name in COLUMN_NAMES]))
    return (kept.facts if kept else None), reader.problems


def kept(**facts):
    found, problems = read(**facts)
    assert problems == []
    return found


def problem_with(**facts):
    found, problems = read(**facts)
    assert found is None
    [problem] = problems
    assert problem.row == 2
    assert problem.message.endswith(".")
    return problem.column, problem.code


def test_what_a_row_leaves_empty_is_kept_as_the_roll_keeps_it():
    assert kept() == {
        "membership_number": "1001",
        "given_name": "",
        "family_name": "Okafor",
        "email": "",
        "mobile": "",
        "branch": "Leeds",
        "region": "",
        "employer": "",
        "workplace": "",
        "category": "full",
        "joined_on": date(2019, 5, 1),
        "left_on": None,
        "in_arrears": False,
        "language": "en",
        "address": "",
        "postcode": "",
    }


@pytest.mark.parametrize(
    "written",
    [
        "2024-02-29",
        "29/02/2024",
        " 2024-02-29 ",
        pytest.param("45351", id="as a spreadsheet counts days"),
        pytest.param("45351.0", id="as a spreadsheet counts days in fractions"),
        pytest.param("2024-02-29 00:00:00", id="with the midnight that a spreadsheet adds"),
        pytest.param("2024-02-29T08:30:00.000Z", id="as the moment that a system exports"),
        pytest.param("29/02/2024 08:30", id="as a moment written the British way"),
        pytest.param('="2024-02-29"', id="kept from a spreadsheet"),
    ],
)
def test_days_are_read_in_both_ways_of_writing(written):
    assert kept(joined_on=written)["joined_on"] == date(2024, 2, 29)


@pytest.mark.parametrize("written", ["yes", "Y", "TRUE", "1"])
def test_yes_is_read_however_a_system_writes_it(written):
    assert kept(in_arrears=written)["in_arrears"] is True


@pytest.mark.parametrize("written", ["no", "N", "False", "0", ""])
def test_no_is_read_however_a_system_writes_it(written):
    assert kept(in_arrears=written)["in_arrears"] is False


@pytest.mark.parametrize(
    ("column", "written", "stored"),
    [
        pytest.param("membership_number", "0001001", "0001001", id="leading zeros survive"),
        pytest.param("membership_number", " 1001 ", "1001", id="outer space is no part of it"),
        pytest.param("membership_number", "LDS/12-3", "LDS/12-3", id="numbers may hold signs"),
        pytest.param("category", "Full", "full", id="categories are in lower case"),
        pytest.param("language", "CY", "cy", id="languages too"),
        pytest.param("email", "A.Okafor@EXAMPLE.org", "A.Okafor@example.org", id="mail domain too"),
        pytest.param("membership_number", "12345.0", "12345", id="a number in fractions"),
        pytest.param("membership_number", "00123.0", "00123", id="its leading zeros too"),
        pytest.param("membership_number", '="0012"', "0012", id="kept from a spreadsheet"),
        pytest.param("membership_number", "'-12", "-12", id="kept from being a formula"),
        pytest.param("membership_number", "1.5", "1.5", id="what was never a whole number"),
        pytest.param("membership_number", "12E4", "12E4", id="a code with an E in it"),
        pytest.param("branch", "1001.0", "1001", id="a branch with a number for a name"),
        pytest.param("mobile", "7700900123", "07700900123", id="a nought that was taken away"),
        pytest.param("mobile", "7700900123.0", "07700900123", id="and a fraction added"),
        pytest.param("mobile", "'+447700900123", "+447700900123", id="an apostrophe before +"),
        pytest.param("family_name", "'t Hooft", "'t Hooft", id="an apostrophe of a name"),
        pytest.param("address", "#4 High Street", "#4 High Street", id="a number sign"),
        pytest.param("given_name", '=HYPERLINK("x")', '=HYPERLINK("x")', id="a formula is text"),
        pytest.param("mobile", "+447700900123", "+447700900123", id="a plus sign is text"),
        pytest.param("family_name", "Nu\u0301n\u0303ez", "Núñez", id="letters are composed"),
        pytest.param("family_name", "de\u00a0Souza\u2009", "de Souza", id="one kind of space"),
        pytest.param("address", "1 High Street\r\nLeeds", "1 High Street\nLeeds", id="lines"),
    ],
)
def test_a_cell_is_kept_as_it_is_but_for_its_spelling(column, written, stored):
    assert kept(**{column: written})[column] == stored


@pytest.mark.parametrize(
    "column", ["membership_number", "family_name", "branch", "category", "joined_on"]
)
@pytest.mark.parametrize("empty", ["", "  ", "\u00a0"])
def test_a_required_cell_may_not_be_empty(column, empty):
    assert problem_with(**{column: empty}) == (column, Fault.MISSING_VALUE)


@pytest.mark.parametrize(
    ("column", "longest"),
    [
        ("membership_number", 40),
        ("given_name", 200),
        ("family_name", 200),
        ("mobile", 40),
        ("branch", 100),
        ("region", 200),
        ("employer", 200),
        ("workplace", 200),
        ("category", 40),
        ("address", 1000),
        ("postcode", 20),
    ],
)
def test_a_cell_may_be_as_long_as_fits_and_not_longer(column, longest):
    assert kept(**{column: "x" * longest})[column] == "x" * longest
    assert problem_with(**{column: "x" * (longest + 1)}) == (column, Fault.TOO_LONG)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        pytest.param("branch", "ß" * 60, id="ß is ss when branches are compared"),
        pytest.param("category", "İ" * 40, id="a capital İ is two characters in lower case"),
    ],
)
def test_a_cell_that_grows_when_its_case_is_folded_must_still_fit(column, text):
    assert problem_with(**{column: text}) == (column, Fault.TOO_LONG)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        pytest.param("family_name", "Oka\0for", id="a NUL byte"),
        pytest.param("family_name", "Oka\x1bfor", id="an escape"),
        pytest.param("family_name", "Oka\nfor", id="a line break in a name"),
        pytest.param("branch", "Le\teds", id="a tab"),
        pytest.param("address", "1 High\0Street\nLeeds", id="a NUL byte in an address"),
        pytest.param("address", "1 High Street\u2028Leeds", id="a line separator"),
    ],
)
def test_what_cannot_be_seen_is_refused(column, text):
    assert problem_with(**{column: text}) == (column, Fault.CONTROL_CHARACTER)


@pytest.mark.parametrize(
    "written",
    [
        "31/02/2024",
        "2023-02-29",
        "02/29/2024",
        "1/2/2024",
        "2024/02/01",
        "20240201",
        "1 February 2024",
        "01/02/24",
        "soon",
        "2024-02-01T",
        "45351,5",
        "4535",
        "\u0662\u0660\u0662\u0664-02-01",
    ],
)
@pytest.mark.parametrize("column", ["joined_on", "left_on"])
def test_what_is_not_a_day_in_either_way_of_writing_is_refused(column, written):
    assert problem_with(**{column: written}) == (column, Fault.BAD_DATE)


@pytest.mark.parametrize("possible", ["1900-01-01", "2026-11-21", "2027-11-22"])
def test_days_from_1900_to_a_year_and_a_day_from_now_are_possible(possible):
    assert kept(joined_on=possible)["joined_on"] == date.fromisoformat(possible)


@pytest.mark.parametrize("impossible", ["1899-12-31", "2027-11-23", "0001-01-01", "9999-12-31"])
def test_other_days_are_impossible(impossible):
    assert problem_with(joined_on=impossible) == ("joined_on", Fault.IMPOSSIBLE_DATE)


def test_nobody_leaves_before_they_join_but_somebody_may_leave_that_day():
    assert kept(left_on="2019-05-01")["left_on"] == date(2019, 5, 1)
    assert problem_with(left_on="2019-04-30") == ("left_on", Fault.LEFT_BEFORE_JOINING)


@pytest.mark.parametrize("written", ["maybe", "2", "paid", "-"])
def test_what_is_neither_yes_nor_no_is_refused(written):
    assert problem_with(in_arrears=written) == ("in_arrears", Fault.BAD_YES_OR_NO)


@pytest.mark.parametrize("written", ["fr", "English", "en-GB"])
def test_a_language_that_is_not_written_here_is_refused(written):
    assert problem_with(language=written) == ("language", Fault.UNKNOWN_LANGUAGE)


@pytest.mark.parametrize(
    "written",
    [
        "okafor",
        "okafor@",
        "@example.org",
        "a b@example.org",
        "a@b@example.org",
        "okafor@localhost",
        "Ann <ann@example.org>",
        "a@example.org, b@example.org",
        "x" * 65 + "@example.org",
    ],
)
def test_what_is_not_an_e_mail_address_is_refused(written):
    assert problem_with(email=written) == ("email", Fault.BAD_EMAIL)


def test_a_refusal_quotes_what_was_written_and_cuts_what_is_long():
    _, [problem] = read(joined_on="soon")
    assert problem.message == "“soon” is not a day. Write it as 2024-02-29 or 29/02/2024."
    _, [problem] = read(email="x" * 200)
    assert f"“{'x' * 60}…”" in problem.message


def test_every_fault_of_a_row_is_named_and_the_row_is_rejected_once():
    reader = reader_of()
    row = member_row(joined_on="soon", email="nowhere", branch="")
    reader.read(Row(7, [row.get(name, "") for name in COLUMN_NAMES]))
    assert {(each.row, each.column, each.code) for each in reader.problems} == {
        (7, "email", Fault.BAD_EMAIL),
        (7, "branch", Fault.MISSING_VALUE),
        (7, "joined_on", Fault.BAD_DATE),
    }
    assert (reader.rows, reader.rejected) == (1, 1)


SHORT = ("membership_number", "family_name", "branch", "category", "joined_on")


def read_short(*rows):
    reader = reader_of(SHORT)
    found = [reader.read(Row(number, cells)) for number, cells in enumerate(rows, 2)]
    return reader, found


def a_row(number="1001"):
    return [number, "Okafor", "Leeds", "full", "2019-05-01"]


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        pytest.param(None, Fault.UNREADABLE_ROW, id="unreadable"),
        pytest.param(a_row()[:4], Fault.TOO_FEW_CELLS, id="one cell short"),
        pytest.param([*a_row(), "", "x"], Fault.TOO_MANY_CELLS, id="two cells over"),
    ],
)
def test_a_misshapen_row_is_refused_as_a_whole(cells, fault):
    reader, [found] = read_short(cells)
    assert found is None
    [problem] = reader.problems
    assert (problem.row, problem.column, problem.code) == (2, None, fault)


def test_empty_cells_after_the_last_column_do_no_harm():
    _, [found] = read_short([*a_row(), "", " "])
    assert found is not None


@pytest.mark.parametrize("blank", [[], [""], ["", " ", "", "", ""]])
def test_a_blank_row_is_passed_over_and_not_counted(blank):
    reader, found = read_short(blank, a_row())
    assert [row.number for row in found if row] == [3]
    assert (reader.rows, reader.rejected) == (1, 0)


def test_the_second_and_third_row_of_a_number_are_refused_and_name_the_first():
    reader, found = read_short(a_row("7"), a_row("8"), a_row("7"), a_row(" 7 "))
    assert [bool(row) for row in found] == [True, True, False, False]
    assert [(each.row, each.column, each.code) for each in reader.problems] == [
        (4, "membership_number", Fault.REPEATED_NUMBER),
        (5, "membership_number", Fault.REPEATED_NUMBER),
    ]
    assert all("already in row 2" in each.message for each in reader.problems)


def test_a_number_is_repeated_even_where_its_first_row_was_refused_for_something_else():
    wrong = a_row("7")
    wrong[4] = "soon"
    reader, found = read_short(wrong, a_row("7"))
    assert found == [None, None]
    assert reader.rejected == 2
