"""Messy files, made by the hundred: no row is lost, nothing is half applied."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.roll.csv_file import read_rows
from tests.support.rolls import REQUIRED, load, roll_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEADER = (*REQUIRED, "left_on", "email", "address", "notes")
# The database outlives one example: each file meets the roll that those before it left.
messy = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

numbers = st.sampled_from(["1", "2", "3", "0003", "4", "LDS/5", ""])
days = st.sampled_from(
    ["2019-05-01", "01/05/2020", "31/02/2024", "2027-01-01", "1066-10-14", "soon", ""]
)
mess = st.sampled_from(
    ["", "x", 'O"Brien', '"', "a,b", "1 High Street\nLeeds", "\0", "=1+1", "Zoë", "y" * 1100, "\r"]
)
names = st.sampled_from(["Okafor", "Reid", "", "Siân", "Oka\0for"])
branches = st.sampled_from(["Leeds", "LEEDS ", "Hull", ""])


@st.composite
def lines(draw):
    """One line of a file: a whole row, quoted well or badly, or with cells too few or too many."""
    cells = [
        draw(numbers),
        draw(names),
        draw(branches),
        draw(st.sampled_from(["full", "Retired", ""])),
        draw(days),
        draw(days),
        draw(st.sampled_from(["", "a@example.org", "nowhere"])),
        draw(mess),
        draw(mess),
    ]
    cells = cells[: draw(st.sampled_from([9, 9, 9, 9, 8, 3]))]
    if draw(st.booleans()):
        cells = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return ",".join(cells) + draw(st.sampled_from(["", "", "", ",extra", ","]))


@st.composite
def files(draw):
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    body = draw(st.lists(st.one_of(lines(), st.just("")), max_size=12))
    return ending.join([",".join(HEADER), *body]).encode(
        draw(st.sampled_from(["utf-8", "utf-8-sig"]))
    )


@messy
@given(content=files())
def test_every_row_of_a_messy_file_is_added_updated_unchanged_or_rejected(database, content):
    before = roll_of(database)
    dry = load(database, content, dry_run=True, now=NOW)
    assert roll_of(database) == before
    real = load(database, content, now=NOW)
    assert real == dry.model_copy(update={"dry_run": False})
    assert real.rows == real.added + real.updated + real.unchanged + real.rejected
    assert len({problem.row for problem in real.problems}) == real.rejected
    after = roll_of(database)
    assert len(after) == len(before) + real.added
    both = before.keys() & after.keys()
    assert sum(before[number] != after[number] for number in both) == real.updated


@messy
@given(content=files())
def test_a_messy_file_taken_twice_changes_nothing_the_second_time(database, content):
    first = load(database, content, now=NOW)
    before = roll_of(database)
    second = load(database, content, now=NOW)
    assert roll_of(database) == before
    assert (second.added, second.updated) == (0, 0)
    assert (second.rows, second.rejected) == (first.rows, first.rejected)


@messy
@given(content=st.one_of(st.binary(max_size=300), files().map(lambda content: content + b"\x81")))
def test_whatever_is_no_roll_file_is_refused_with_a_sentence_and_changes_nothing(database, content):
    before = roll_of(database)
    with pytest.raises(Invalid, match=r"\.$"):
        load(database, content, now=NOW)
    assert roll_of(database) == before


@given(text=st.text(alphabet='ab,"\n\r\0 ', max_size=200))
def test_whatever_stands_in_a_csv_file_each_row_has_its_own_number(text):
    rows = list(read_rows(io.StringIO("a,b,c\n" + text, newline="")))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))


@given(
    good=st.lists(st.sampled_from(["1,2,3", "4,5,6"]), max_size=30),
    bad=st.sampled_from(['1,"2,3', '1,"2"x,3', '"1,2,3', '1,2,"3']),
    at=st.integers(0, 30),
)
def test_one_bad_row_among_good_ones_costs_itself_alone(good, bad, at):
    at = min(at, len(good))
    lines = ["a,b,c", *good[:at], bad, *good[at:]]
    rows = [row.cells for row in read_rows(io.StringIO("\n".join(lines), newline=""))]
    expected = [line.split(",") for line in lines]
    expected[at + 1] = None
    assert rows == expected
