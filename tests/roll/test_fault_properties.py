"""Files with every fault that exports have, made by the hundred: every row is accounted for.

Whatever the letters, the separator or the kind of file, the same rows come to the same numbers;
whatever is refused as a whole changes nothing.
"""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.roll.schemas import Fault
from tests.support.rolls import REQUIRED, load, member_row, roll_csv, roll_of, roll_xlsx
from tests.support.workbooks import parts_of, repacked, with_rows

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEADER = (*REQUIRED, "left_on", "mobile", "address", "in_arrears")
TEN_MEGABYTES = 10 * 1024**2
# Stands for more than any line may hold, so that what goes wrong can be printed.
LONG = "LONG"
# The database outlives one example: each file meets the roll that those before it left.
bounded = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

numbers = st.sampled_from(
    ["1", "2", "0003", "3", "4.0", "4", '="0005"', "0005", "LDS/6", "1.23E+11", "'-7", "#N/A", ""]
)
names = st.sampled_from(
    ["Okafor", "Siân", "Núñez", "O’Brien", 'O"Brien', "=1+1", "@x", "#REF!", ""]
)
days = st.sampled_from(
    [
        "2019-05-01",
        "01/05/2020",
        "45351",
        "45351.0",
        "2024-02-29 00:00:00",
        "31/02/2024",
        "02/29/2024",
        "1066-10-14",
        "99999",
        "soon",
        "",
    ]
)
branches = st.sampled_from(["Leeds", "LEEDS ", "Hull", "1001.0", ""])
mess = st.sampled_from(
    [
        "",
        "1 High Street, Leeds; Yorks",
        "1 High Street\nLeeds",
        '=HYPERLINK("http://example.org")',
        "+447700900123",
        "7700900123",
        "\tx",
        "y" * 1100,
        LONG,
    ]
)
rows = st.tuples(
    numbers,
    names,
    branches,
    st.sampled_from(["full", "Retired", ""]),
    days,
    days,
    mess,
    mess,
    st.sampled_from(["yes", "no", "", "maybe"]),
)
files = st.lists(st.one_of(rows, st.just(())), max_size=10)
broken_lines = st.sampled_from(
    ['1,"2,3', '1,"Okafor"x,Leeds,full,2019-05-01', "1,2", ",".join("1234567890"), '"', "", " , "]
)


def csv_of(lines, *, separator=","):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerows([HEADER, *lines])
    return text.getvalue().replace(LONG, "z" * 140_000)


def figures(outcome):
    assert outcome.rows == (
        outcome.added + outcome.updated + outcome.unchanged + outcome.rejected
    ), "a row is unaccounted for"
    return (
        outcome.added,
        outcome.updated,
        outcome.unchanged,
        outcome.rejected,
        [(problem.row, problem.column, problem.code) for problem in outcome.problems],
    )


def hold_to_account(database, content, *, file_name="members.csv"):
    """Import a file, and count on the roll itself what the import says it did."""
    before = roll_of(database)
    dry = load(database, content, file_name=file_name, dry_run=True, now=NOW)
    assert roll_of(database) == before, "a dry run changed the roll"
    real = load(database, content, file_name=file_name, now=NOW)
    assert figures(real) == figures(dry)
    assert len({problem.row for problem in real.problems}) == real.rejected
    after = roll_of(database)
    assert len(after) == len(before) + real.added
    assert sum(before[number] != after[number] for number in before) == real.updated
    return dry


@bounded
@given(
    lines=files,
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
)
def test_the_same_rows_come_to_the_same_in_any_letters_and_with_any_separator(
    database, lines, separator, encoding
):
    plain = load(database, csv_of(lines).encode(), dry_run=True, now=NOW)
    # A row that is far too long cannot be read, and then each of its lines counts for itself.
    torn = sum(LONG in line and "1 High Street\nLeeds" in line for line in lines)
    assert plain.rows == torn + sum(any(cell.strip() for cell in line) for line in lines)
    content = csv_of(lines, separator=separator).encode(encoding)
    assert figures(hold_to_account(database, content)) == figures(plain)


@bounded
@given(lines=files, broken=st.lists(broken_lines, min_size=1, max_size=3))
def test_lines_that_cannot_be_right_cost_themselves_alone(database, lines, broken):
    good = load(database, csv_of(lines).encode(), dry_run=True, now=NOW)
    content = csv_of(lines) + "".join(f"{line}\r\n" for line in broken)
    whole = hold_to_account(database, content.encode())
    bad = sum(bool(line.strip(" ,")) for line in broken)
    assert whole.rejected >= good.rejected
    assert whole.rows <= good.rows + bad
    assert (whole.added, whole.updated) == (good.added, good.updated)


@bounded
@given(
    lines=files,
    typed=st.lists(
        st.tuples(
            st.sampled_from([12, 12.0, 5e17, "0012"]),
            st.sampled_from([date(2024, 2, 29), 45351, 45351.5, "2024-02-29", True]),
        ),
        max_size=4,
    ),
    faults=st.sampled_from(
        ["", '<row r="40"><c r="A40" t="e"><v>#N/A</v></c><c r="B40"><f>1/0</f></c></row>']
    ),
)
def test_a_workbook_is_held_to_account_as_a_csv_file_is(database, lines, typed, faults):
    cells = [list(line) for line in lines]
    cells += [[number, "Reid", "York", "full", day] for number, day in typed]
    book = with_rows(roll_xlsx([HEADER, *cells]), faults)
    found = hold_to_account(database, book, file_name="members.xlsx")
    assert found.rows == sum(any(str(cell).strip() for cell in line) for line in cells) + bool(
        faults
    )


@bounded
@given(
    lines=files,
    at=st.integers(0, 10_000),
    wrong=st.binary(min_size=1, max_size=4),
    as_book=st.booleans(),
)
def test_a_damaged_file_is_accounted_for_or_refused_with_a_sentence_and_changes_nothing(
    database, lines, at, wrong, as_book
):
    content = roll_xlsx([HEADER, *map(list, lines)]) if as_book else csv_of(lines).encode()
    at %= len(content)
    damaged = content[:at] + wrong + content[at + len(wrong) :]
    before = roll_of(database)
    try:
        hold_to_account(database, damaged, file_name="a.xlsx" if as_book else "a.csv")
    except Invalid as refused:
        assert refused.detail.endswith(".")  # noqa: PT017 - most damage is harmless
        assert roll_of(database) == before


@bounded
@given(lines=files, at=st.integers(0, 10))
def test_two_encodings_in_one_file_are_refused_and_change_nothing(database, lines, at):
    before = roll_of(database)
    good = csv_of(lines).encode().splitlines(keepends=True)
    at = 1 + at % len(good)
    two = [*good[:at], "9,Zoë,Leeds\r\n".encode("cp1252"), "10,Zoë,Leeds\r\n".encode(), *good[at:]]
    with pytest.raises(Invalid, match=r"two ways at once.*\.$"):
        load(database, b"".join(two), now=NOW)
    assert roll_of(database) == before


@bounded
@given(data=st.data(), lines=st.lists(rows, min_size=1, max_size=5))
def test_a_workbook_that_lost_a_part_is_refused_or_accounted_for(database, data, lines):
    parts = parts_of(roll_xlsx([HEADER, *map(list, lines)]))
    del parts[data.draw(st.sampled_from(sorted(parts)))]
    before = roll_of(database)
    try:
        hold_to_account(database, repacked(parts), file_name="a.xlsx")
    except Invalid as refused:
        assert refused.detail.endswith(".")  # noqa: PT017 - without its styles it still opens
        assert roll_of(database) == before


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("x" * TEN_MEGABYTES, id="in one line"),
        pytest.param('"' + "x" * TEN_MEGABYTES + '"', id="in quotation marks"),
        pytest.param('"' + ("x" * 999 + "\n") * 10_000, id="over many lines, never closed"),
    ],
)
def test_ten_megabytes_in_one_cell_are_one_sentence_and_the_other_rows_are_imported(database, cell):
    good = roll_csv(member_row("1"), member_row("2"))
    bad = f"3,{cell},Leeds,full,2019-05-01\r\n".encode()
    found = load(database, good + bad + b"4,Reid,Leeds,full,2019-05-01\r\n", now=NOW)
    assert found.problems[0].row == 4
    assert found.problems[0].code is Fault.UNREADABLE_ROW
    assert len(found.problems[0].message) < 200
    assert set(roll_of(database)) == {"1", "2", "4"}
    assert found.rows == found.added + found.rejected


def test_ten_megabytes_in_a_cell_of_a_workbook_are_too_long_for_it(database):
    book = roll_xlsx(
        [REQUIRED, ("1", "x" * TEN_MEGABYTES, "Leeds", "full", date(2019, 5, 1))],
    )
    found = load(database, book, file_name="members.xlsx", now=NOW)
    assert [problem.code for problem in found.problems] == [Fault.TOO_LONG]
    assert len(found.problems[0].message) < 200
    assert roll_of(database) == {}
