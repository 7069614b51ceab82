"""One member's row: what is kept, and one test for every reason to refuse it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.roll import rows
from app.roll.cell_columns import columns_of, read_cell
from app.roll.cells import CellRefused
from app.roll.columns import COLUMN_NAMES, all_columns
from app.roll.csv_file import Rows
from app.roll.header import read_header
from app.roll.rows import RowReader
from app.roll.schemas import Fault
from tests.support.rolls import member_row

TODAY = date(2026, 11, 21)


def reader_of(columns=COLUMN_NAMES):
    return RowReader(read_header(columns), today=TODAY, branches={})


def block_of(*cells, first=2):
    return Rows(range(first, first + len(cells)), cells)


# What the database is given as text, and what it makes of it.
IN_PYTHON = {
    "joined_on": date.fromisoformat,
    "left_on": lambda day: day and date.fromisoformat(day),
    "in_arrears": {"1": True, "0": False}.get,
}


def read(**facts):
    """Read one row of every column and return what it says and what is wrong with it."""
    reader = reader_of()
    row = member_row(**facts)
    block = reader.read(block_of([row.get(name, "") for name in COLUMN_NAMES]))
    facts = {
        name: IN_PYTHON.get(name, str)(column[0])
        for name, column in zip(reader.fields, block.columns, strict=True)
        if column
    }
    return facts or None, reader.problems.kept


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
    reader.read(block_of([row.get(name, "") for name in COLUMN_NAMES], first=7))
    assert {(each.row, each.column, each.code) for each in reader.problems.kept} == {
        (7, "email", Fault.BAD_EMAIL),
        (7, "branch", Fault.MISSING_VALUE),
        (7, "joined_on", Fault.BAD_DATE),
    }
    assert (reader.rows, reader.problems.rejected) == (1, 1)


SHORT = ("membership_number", "family_name", "branch", "category", "joined_on")


def read_short(*rows):
    reader = reader_of(SHORT)
    return reader, reader.read(block_of(*rows))


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
    reader, block = read_short(cells, a_row())
    assert list(block.numbers) == [3]
    [problem] = reader.problems.kept
    assert (problem.row, problem.column, problem.code) == (2, None, fault)


def test_empty_cells_after_the_last_column_do_no_harm():
    _, block = read_short([*a_row(), "", " "])
    assert list(block.numbers) == [2]


@pytest.mark.parametrize("blank", [[], [""], ["", " ", "", "", ""]])
def test_a_blank_row_is_passed_over_and_not_counted(blank):
    reader, block = read_short(blank, a_row())
    assert list(block.numbers) == [3]
    assert (reader.rows, reader.problems.rejected) == (1, 0)


def test_of_a_refused_row_the_number_is_kept_where_it_has_one():
    wrong, nameless = a_row("7"), a_row("")
    wrong[4] = "soon"
    _, block = read_short(wrong, nameless, a_row("8"))
    assert block.refused == [(2, "7")]
    assert block.columns[0] == ["8"]


def test_reasons_beyond_the_most_that_are_kept_are_counted(monkeypatch):
    monkeypatch.setattr(rows, "MOST_PROBLEMS", 3)
    wrong = a_row()
    wrong[2] = wrong[4] = ""
    reader, _ = read_short(wrong, wrong, wrong)
    assert (len(reader.problems.kept), reader.problems.unlisted) == (3, 3)
    assert reader.problems.rejected == 3


CELLS = {
    "membership_number": [
        "0012",
        "LDS/5",
        "12345.0",
        '="0012"',
        "'-12",
        " 7 ",
        "1.2E+05",
        "",
        "x" * 41,
        "#N/A",
        "E12",
    ],
    "given_name": ["Siân", "Nu\u0301n\u0303ez", "de\u00a0Souza", "#REF!", "=1+1", "", "Ann\t"],
    "family_name": ["Okafor", '="Reid"', "'t Hooft", "Oka\0for", "O’Brien", "", "x" * 201, "a\nb"],
    "email": [
        "a.b@example.org",
        "A.B@example.org",
        "POSTMASTER@example.org",
        "a@EXAMPLE.org",
        "a@b",
        "a..b@example.org",
        "a@example..org",
        "-a@example.org",
        "a@-example.org",
        "a+b_c-d@example.co.uk",
        "x" * 61 + "@example.org",
        "nowhere",
        " a@example.org ",
        "a@example.org\n",
        "",
    ],
    "mobile": [
        "07700 900123",
        "7700900123",
        "'+447700900123",
        "+44 7700 900123",
        "447700900123.0",
        "4.477E+11",
        "",
    ],
    "branch": ["Leeds", "LEEDS", " leeds ", "Straße", "STRASSE", ""],
    "joined_on": ["2024-02-29", "29/02/2024", "45351", "soon", ""],
    "left_on": ["2020-01-01", "", "never"],
    "in_arrears": ["yes", "0", "maybe", ""],
    "address": ["1 High Street\r\nLeeds", "Flat #3", "a\\b", "x" * 1001, ""],
    "postcode": ["LS1 1AA", "", "x" * 21],
}


@st.composite
def rows_of_every_kind(draw):
    usual = [member_row(str(n), joined_on="2019-05-01") for n in range(3)]
    odd = draw(
        st.lists(
            st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}),
            max_size=4,
        )
    )
    return draw(st.permutations([*usual, *odd]))


@given(people=rows_of_every_kind())
def test_a_block_is_read_just_as_its_rows_one_by_one(people):
    cells = [[person.get(name, "") for name in COLUMN_NAMES] for person in people]
    at_once, one_by_one = reader_of(), reader_of()
    block = at_once.read(block_of(*cells))
    each = [one_by_one.read(block_of(row, first=number)) for number, row in enumerate(cells, 2)]
    assert list(block.numbers) == [number for one in each for number in one.numbers]
    assert block.columns == [
        [cell for one in each for cell in one.columns[place]] for place in range(len(COLUMN_NAMES))
    ]
    assert block.refused == [refused for one in each for refused in one.refused]
    assert at_once.problems.kept == one_by_one.problems.kept


def with_every_check(cell, *, column):
    try:
        return read_cell(cell, column=column), None
    except CellRefused as why:
        return None, why.message


@given(people=rows_of_every_kind())
def test_the_quick_way_finds_what_reading_each_cell_with_every_check_finds(people):
    columns = {column.name: column for column in all_columns(today=TODAY)}
    for reader in columns_of(read_header(COLUMN_NAMES), today=TODAY, branches={}):
        if reader.name == "branch":
            continue  # it is spelled as the roll spells it
        written = [person.get(reader.name, "") for person in people]
        found, refusals = reader.read(written)
        refused = {place: why.message for place, why in refusals}
        expected = [with_every_check(cell, column=columns[reader.name]) for cell in written]
        assert [(cell, refused.get(place)) for place, cell in enumerate(found)] == expected
