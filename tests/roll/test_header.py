"""Which column is which, whatever the membership system calls it."""

import pytest

from app.roll.columns import COLUMN_NAMES, REQUIRED
from app.roll.csv_file import Row
from app.roll.header import REASON_COLUMN, read_header, read_names, signature
from app.roll.refusals import (
    EmptyFile,
    MissingColumns,
    NoHeader,
    RepeatedColumn,
    WrongMapping,
)
from app.roll.schemas import Caution


def test_columns_may_stand_in_any_order():
    header = read_header([*reversed(COLUMN_NAMES)])
    assert header.places == {name: 15 - place for place, name in enumerate(COLUMN_NAMES)}
    assert header.width == 16
    assert header.warnings == ()


@pytest.mark.parametrize(
    "spelling",
    [
        "membership_number",
        "Membership Number",
        "MEMBERSHIPNUMBER",
        "membership-number",
        " Membership_ Number\t",
        "membershipNumber",
    ],
)
def test_case_spaces_underscores_and_hyphens_do_not_matter(spelling):
    header = read_header([spelling, *REQUIRED[1:]])
    assert header.places["membership_number"] == 0


def test_a_header_of_required_columns_alone_is_enough():
    assert set(read_header(REQUIRED).places) == set(REQUIRED)


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_missing_required_column_is_named(missing):
    with pytest.raises(MissingColumns, match=f"lacks {missing}\\."):
        read_header([name for name in REQUIRED if name != missing])


def test_every_missing_column_is_named():
    with pytest.raises(MissingColumns, match="lacks branch, category and joined_on"):
        read_header(["membership_number", "family_name"])


def test_a_first_row_of_data_is_no_header():
    with pytest.raises(NoHeader, match="no header"):
        read_header(["1001", "Okafor", "Leeds", "full", "2019-05-01"])


def test_a_header_in_one_cell_is_told_what_separates_columns():
    with pytest.raises(NoHeader, match="separated by commas"):
        read_header(["|".join(REQUIRED)])


def test_a_missing_column_that_goes_by_another_name_is_pointed_at():
    names = ["membership_number", "Surname", "branch", "category", "joined_on"]
    with pytest.raises(MissingColumns, match=r"lacks family_name.*“Surname” for family_name"):
        read_header(names)


MAPPED = ["No", "Surname", "Branch", "Type", "Joined", "Old branch"]
MAPPING = {
    "membership_number": "No",
    "family_name": "surname",
    "category": "Type",
    "joined_on": "Joined",
}


def test_a_mapping_says_which_column_is_which_and_names_match_the_rest():
    header = read_header(MAPPED, mapping=MAPPING)
    assert header.places == {
        "membership_number": 0,
        "family_name": 1,
        "branch": 2,
        "category": 3,
        "joined_on": 4,
    }
    assert [warning.code for warning in header.warnings] == [Caution.UNKNOWN_COLUMN]


def test_a_mapping_goes_before_the_name_of_a_column():
    header = read_header(MAPPED, mapping=MAPPING | {"branch": "Old branch"})
    assert header.places["branch"] == 5
    [warning] = header.warnings
    assert "“Branch”" in warning.message


def test_a_column_mapped_to_nothing_is_left_out():
    header = read_header([*REQUIRED, "email"], mapping={"email": ""})
    assert "email" not in header.places


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"shoe_size": "No"}, "“shoe_size” in the mapping is not a column", id="ours"),
        pytest.param({"email": "Mail"}, "this file has no column of that name", id="theirs"),
        pytest.param({"email": "No"}, "“No” to both membership_number and email", id="twice"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_the_column_that_is_wrong(more, said):
    with pytest.raises(WrongMapping, match=said):
        read_header(MAPPED, mapping=MAPPING | more)


def test_a_mapping_to_a_name_that_stands_twice_is_refused():
    with pytest.raises(WrongMapping, match="2 columns of that name"):
        read_header([*MAPPED, "No"], mapping=MAPPING)


def test_the_reason_column_of_our_own_file_is_passed_over_in_silence():
    assert read_header([*REQUIRED, REASON_COLUMN]).warnings == ()


def test_headers_have_one_signature_however_they_are_spelled():
    assert signature(["Member No", "Branch"]) == signature(["member_no", "BRANCH"])
    assert signature(["Member No", "Branch"]) != signature(["Branch", "Member No"])
    assert signature([REASON_COLUMN, "Member No", "Branch"]) == signature(["Member No", "Branch"])


def test_two_columns_of_one_name_are_refused_however_they_are_spelled():
    with pytest.raises(RepeatedColumn, match="two columns named branch"):
        read_header([*REQUIRED, "BRANCH"])


def test_an_unknown_column_is_left_out_with_a_warning():
    header = read_header([*REQUIRED, "shoe size"])
    [warning] = header.warnings
    assert warning.code is Caution.UNKNOWN_COLUMN
    assert "“shoe size”" in warning.message
    assert header.width == 6


def test_two_unknown_columns_of_one_name_are_only_left_out():
    header = read_header([*REQUIRED, "notes", "notes"])
    assert [warning.code for warning in header.warnings] == [Caution.UNKNOWN_COLUMN] * 2


@pytest.mark.parametrize(
    ("blanks", "sentence"),
    [
        (1, "A column has no name and was left out: the header is blank there."),
        (3, "3 columns were left out: the header is blank there."),
    ],
)
def test_columns_without_a_name_are_left_out_with_one_warning(blanks, sentence):
    [warning] = read_header([*REQUIRED, *([" "] * blanks)]).warnings
    assert (warning.code, warning.message) == (Caution.UNNAMED_COLUMN, sentence)


def test_blank_rows_above_the_header_are_passed_over():
    rows = iter([Row(1, []), Row(2, ["", " "]), Row(3, list(REQUIRED)), Row(4, ["1001"])])
    assert read_names(rows) == REQUIRED
    assert next(rows).number == 4


def test_a_file_of_blank_rows_is_empty():
    with pytest.raises(EmptyFile):
        read_names(iter([Row(1, []), Row(2, [""])]))


def test_a_first_row_that_cannot_be_read_is_no_header():
    with pytest.raises(NoHeader):
        read_names(iter([Row(1, None), Row(2, list(REQUIRED))]))
