"""Files of past results as unions really keep them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.results.past_columns import NoSuchColumns, column_of, whole_number
from app.results.past_file import NotAResultsFile, NothingToRead, rows_of
from app.results.past_rows import MOST_UNITS, NoUnit, TooManyUnits, read_units
from app.rules.thresholds import Count
from app.rules.units import Unit
from tests.support.rolls import roll_xlsx

HEADER = "unit,entitled,yes,no,spoiled\n"
LEEDS = Unit("Leeds", Count(100, 72, supporting=60, opposing=10, spoiled=2))


def read(text, *, encoding="utf-8"):
    return read_units(rows_of(text.encode(encoding)))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("Leeds,100,60,10,2", id="plain"),
        pytest.param(" Leeds , 100 ,60,10 ,2  ", id="spaces"),
        pytest.param("Leeds,100,60,10,2,,,", id="stray commas at the end"),
        pytest.param(",Leeds,100,60,10,2", id="a stray comma at the beginning"),
        pytest.param('"Leeds","100","60","10","2"', id="everything quoted"),
        pytest.param('"Leeds", "100", "60", "10", "2"', id="quoted after a space"),
        pytest.param("“Leeds”,100,60,10,2", id="quotation marks of a word processor"),
        pytest.param("Leeds,100.0,60.0,10.0,2.0", id="numbers of a spreadsheet"),
        pytest.param("Leeds\u00a0,\u00a0100,60,10,2", id="spaces that do not break"),
        pytest.param("\n\n,,,,\nLeeds,100,60,10,2\n\n", id="blank rows"),
    ],
)
def test_a_row_is_read_however_it_is_written(row):
    assert read(HEADER + row).units == (LEEDS,)


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [
        (",", "utf-8-sig"),
        (";", "utf-8"),
        ("\t", "utf-16"),
        ("\t", "utf-16-le"),
        ("\t", "utf-16-be"),
        (";", "cp1252"),
    ],
)
def test_separators_and_encodings_are_told_from_the_file(separator, encoding):
    text = "Unit,Entitled,Yes,No,Spoiled\nCafé – 1,100,60,10,2\n".replace(",", separator)
    [unit] = read(text, encoding=encoding).units
    assert (unit.name, unit.count) == ("Café – 1", LEEDS.count)


def test_a_separator_inside_quotation_marks_separates_nothing():
    header = '"Unit;branch;employer;region;trust;group",Entitled,Yes,No,Spoiled'
    assert read(f"{header}\nLeeds,100,60,10,2").units == (LEEDS,)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_told_by_most_of_its_letters(encoding):
    name = "Ȁ" * 30  # in each of these the nought stands in the other byte
    [unit] = read(f"“{HEADER}{name},100,60,10,2", encoding=encoding).units
    assert (unit.name, unit.count) == (name, LEEDS.count)


def test_half_a_letter_at_the_end_of_a_file_costs_no_other():
    content = f"{HEADER}Leeds,100,60,10,2\n".encode("utf-16")
    assert read_units(rows_of(content + b"?")).units == (LEEDS,)


def test_a_workbook_is_read_too():
    rows = [["Unit", "Entitled", "Yes", "No", "Spoiled"], [" "], ["Leeds", 100, 60, 10.0, 2]]
    found = read_units(rows_of(roll_xlsx([*rows, ["York", 5, 9, 9, 9]])))
    assert found.units == (LEEDS,)
    assert [each.row for each in found.left_out] == [4]


@pytest.mark.parametrize(
    "header",
    [
        "Employer,Individuals entitled to vote,Yes votes,No votes,Spoiled papers",
        "Branch name,No. entitled,Voted Yes,Voted No,Spoilt ballot papers",
        "NAME,Number of eligible voters,FOR,AGAINST,Blank",
        "constituency,entitled,yes,no,spoiled_or_blank",
        "Workplace,Ballot papers issued,In favour,Opposed,Rejected or void",
        "Trust,Members,No. of individuals answering “Yes”,Answering “No”,Invalid papers returned",
    ],
)
def test_a_header_may_use_other_words(header):
    assert read(f"{header}\nLeeds,100,60,10,2").units == (LEEDS,)


def test_columns_may_stand_in_any_order_among_others():
    text = (
        "Turnout %,No,Yes,Region,Employer,Total votes cast,Yes %,Entitled,Outcome\n"
        "72.00,10,60,North,Leeds Trust,72,85.7,100,carried"
    )
    [unit] = read(text).units
    assert unit.name == "North, Leeds Trust"
    assert unit.count == LEEDS.count, "spoiled papers follow from the votes cast"


def test_a_stray_comma_before_a_number_does_not_move_the_columns():
    [unit] = read("entitled,yes,no,spoiled,unit\n,100,60,10,2,Leeds").units
    assert unit == LEEDS


def test_without_a_header_the_usual_order_is_taken_and_said():
    found = read("Leeds,100,60,10,2\nYork,10,6,1,0")
    assert [unit.name for unit in found.units] == ["Leeds", "York"]
    assert found.notes == (
        "The first row is no header, so the columns were read as unit, entitled, yes, no, spoiled.",
    )


def test_without_a_header_spoiled_papers_may_be_left_out():
    found = read("Leeds,100,60,10")
    assert found.units == (Unit("Leeds", Count(100, 70, supporting=60, opposing=10, spoiled=0)),)
    assert found.notes == (
        "The first row is no header, so the columns were read as unit, entitled, yes, no.",
        "There is no column for spoiled papers, so none were counted.",
    )


@pytest.mark.parametrize("nothing", ["", "-", "–", "nil", "None", "n/a"])
def test_no_spoiled_papers_may_be_said_in_words(nothing):
    [unit] = read(f"{HEADER}Leeds,100,60,10,{nothing}").units
    assert unit.count.spoiled == 0


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("54,432", 54_432),
        ("54 432", 54_432),
        ("1,234,567", 1_234_567),
        ("54’432", 54_432),
        ("0", 0),
        ("12.00", 12),
        ("12,34", None),
        ("1.234", None),
        ("-5", None),
        ("12%", None),
        ("½", None),
        ("٣", None),
        ("many", None),
        ("", None),
    ],
)
def test_whole_numbers_are_read_as_people_write_them(cell, number):
    assert whole_number(cell) == number


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("No", "no"),
        ("No.", "no"),
        ("No of No votes", "no"),
        ("no. of yes votes", "yes"),
        ("Votes", "votes_cast"),
        ("Number who voted", "votes_cast"),
        ("Total votes", "votes_cast"),
        ("Number of papers returned", "votes_cast"),
        ("Spoiled or otherwise invalid voting papers returned", "spoiled"),
        ("Yes %", None),
        ("yes_pct_published", None),
        ("Turnout", None),
        ("Total", None),
        ("Result", None),
        ("", None),
    ],
)
def test_a_heading_names_one_column_or_none(heading, column):
    assert column_of(heading) == column


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("York,,6,1,0", "It says nothing about people entitled."),
        ("York,ten,6,1,0", "“ten” is not a whole number of people entitled."),
        ("York,10,-6,1,0", "“-6” is not a whole number of Yes votes."),
        ("York,10,6,1.5,0", "“1.5” is not a whole number of No votes."),
        ("York,10,6,1,some", "“some” is not a whole number of spoiled papers."),
        ("York,9999999999,6,1,0", "“9999999999” is not a whole number of people entitled."),
        (f"York,{'x' * 41},6,1,0", f"“{'x' * 40}” is not a whole number of people entitled."),
        (
            "York,5,6,1,0",
            (
                "Votes cast cannot be 7: only 5 people are entitled, and each returns one paper at "
                "most."
            ),
        ),
        (
            "York,0,0,0,0",
            "People entitled cannot be 0: with nobody entitled there is nothing to judge.",
        ),
        (",10,6,1,0", "It names no unit."),
        (
            "leeds,10,6,1,0",
            "“leeds” stands in it twice. Only the first is counted; send each question by itself.",
        ),
        (
            "York,1,234,600,300,2",
            (
                "It has 6 cells where 5 belong. A number or a name with a comma in it must stand "
                "in quotation marks."
            ),
        ),
        ('"York,10,6,1,0', "It says nothing about people entitled."),
        ("York", "It says nothing about people entitled."),
    ],
)
def test_a_row_that_cannot_be_taken_says_why_and_costs_itself_alone(row, reason):
    found = read(f"{HEADER}Leeds,100,60,10,2\n{row}\nHull,10,6,1,0")
    assert [unit.name for unit in found.units] == ["Leeds", "Hull"]
    [left_out] = found.left_out
    assert (left_out.row, left_out.message) == (3, reason)


def test_votes_cast_that_do_not_add_up_are_refused():
    found = read("unit,entitled,votes cast,yes,no,spoiled\nA,100,72,60,10,3\nB,100,72,60,10,2")
    assert [unit.name for unit in found.units] == ["B"]
    assert "make 73, 1 too many" in found.left_out[0].message
    without = read(
        "unit,entitled,votes cast,yes,no\nA,100,60,60,10\nB,100,72,60,10\nC,100,70,60,10"
    )
    assert [(unit.name, unit.count.spoiled) for unit in without.units] == [("B", 2), ("C", 0)]
    assert without.notes == (), "spoiled papers were not passed over"


def test_a_name_with_a_comma_in_it_needs_no_quotation_marks():
    [unit] = read(f"{HEADER}Royal Mail, Leeds, North,100,60,10,2").units
    assert (unit.name, unit.count) == ("Royal Mail, Leeds, North", LEEDS.count)
    [unit] = read("entitled,unit,yes,no,spoiled\n100,Royal Mail, Leeds,60,10,2").units
    assert (unit.name, unit.count) == ("Royal Mail, Leeds", LEEDS.count)


@pytest.mark.parametrize("name", ["1968", "XL Recruitment"])
def test_a_name_may_be_a_number_or_begin_with_any_letter(name):
    [unit] = read(f"{HEADER}{name},123456789,60,10,2").units
    assert (unit.name, unit.count.entitled) == (name, 123_456_789)


def test_a_sum_is_no_unit_wherever_it_stands():
    found = read(f"{HEADER}Total,100,60,10,2\nLeeds,100,60,10,2\nGrand  total,100,60,10,2")
    assert (found.units, found.left_out) == ((LEEDS,), ())
    assert found.notes == (
        "Row 2, “Total”, was taken for a sum and is no unit.",
        "Row 4, “Grand total”, was taken for a sum and is no unit.",
    )


def test_a_file_without_spoiled_papers_is_taken_and_said():
    found = read("unit,entitled,yes,no\nLeeds,100,60,10")
    assert found.units[0].count.votes_cast == 70
    assert found.notes == ("There is no column for spoiled papers, so none were counted.",)


@pytest.mark.parametrize(
    ("content", "refusal", "said"),
    [
        (b"", NothingToRead, "nothing in it"),
        (b" \n,,,\n", NothingToRead, "nothing in it"),
        (HEADER.encode(), NothingToRead, "nothing in it"),
        (
            b"unit,entitled\nLeeds,5",
            NoSuchColumns,
            (
                "The first row names no column for yes, no. Name the columns unit, entitled, yes, "
                "no and spoiled, and send it again."
            ),
        ),
        (b"entitled,yes,no\n5,3,1", NoSuchColumns, "no column for unit."),
        (b"1,2,3,4,5", NoSuchColumns, "no column for unit, entitled, yes, no."),
        (
            b"unit,entitled,yes,yes votes,no\nA,1,1,1,0",
            NoSuchColumns,
            (
                "Two columns of the first row seem to be “yes”, so Muster cannot tell which one "
                "holds. Rename or remove one of them and send it again."
            ),
        ),
        (HEADER.encode() + b"Leeds,5,9,9,9\nYork", NoUnit, "Row 2: Votes cast cannot be 27"),
        (HEADER.encode() + b"Total,5,2,1,0", NoUnit, "No row of it could be taken."),
        (b"unit,yes\0,no", NotAResultsFile, "neither text nor"),
        (b"yes\0" * 4, NotAResultsFile, "neither text nor"),
        (bytes.fromhex("D0CF11E0A1B11AE1"), NotAResultsFile, "neither text nor"),
        (b"PK\x03\x04 and nothing more", NotAResultsFile, "neither text nor"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(content, refusal, said):
    with pytest.raises(refusal) as raised:
        read_units(rows_of(content))
    assert said in raised.value.detail


def test_more_units_than_any_union_has_are_refused():
    rows = [f"Unit {number},10,6,1,0\n" for number in range(MOST_UNITS + 1)]
    assert len(read(HEADER + "".join(rows[1:])).units) == MOST_UNITS
    with pytest.raises(TooManyUnits):
        read(HEADER + "".join(rows))


@given(st.binary(max_size=400))
def test_no_bytes_bring_it_down(content):
    try:
        found = read_units(rows_of(content))
    except (NothingToRead, NotAResultsFile, NoSuchColumns, NoUnit):
        return
    assert found.units


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)))
def test_every_row_is_a_unit_a_sum_or_left_out_with_a_reason(rows):
    text = HEADER + "Leeds,100,60,10,2\n" + "\n".join(rows)
    found = read(text)
    below = rows_of(text.encode())
    sums = [note for note in found.notes if "taken for a sum" in note]
    assert len(found.units) + len(found.left_out) + len(sums) == len(below) - 1
