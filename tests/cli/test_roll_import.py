"""`muster roll import`: what headquarters chooses, and how far it is."""

from datetime import date

import pytest

from tests.conftest import NOW
from tests.support.rolls import load, member_row, roll_csv, roll_of


@pytest.fixture
def roll_file(tmp_path):
    def roll_file(*rows, replace=(b"", b"")):
        path = tmp_path / "members.csv"
        path.write_bytes(roll_csv(*rows).replace(*replace))
        return path

    return roll_file


def test_who_is_missing_is_counted_and_kept(muster, database, roll_file):
    load(database, roll_csv(member_row("1"), member_row("2")), now=NOW)
    done = muster("roll", "import", roll_file(member_row("1", family_name="Reid")))
    assert "On the roll and not in the file: 1, kept on the roll." in done.out
    assert "family_name changes for 1" in done.out
    assert roll_of(database)["2"]["left_on"] is None


def test_who_is_missing_is_marked_as_left_where_that_is_asked_for(muster, database, roll_file):
    load(database, roll_csv(member_row("1"), member_row("2")), now=NOW)
    path = roll_file(member_row("1"))
    done = muster("roll", "import", path, "--missing", "left", "--left-on", "2026-10-01")
    assert "On the roll and not in the file: 1, 1 marked as having left." in done.out
    assert roll_of(database)["2"]["left_on"] == date(2026, 10, 1)


def test_columns_with_other_names_and_new_numbers_are_given_in_pairs(muster, database, roll_file):
    load(database, roll_csv(member_row("1")), now=NOW)
    path = roll_file(member_row("100"), replace=(b"branch", b"chapel"))
    done = muster("roll", "import", path, "--column", "branch=chapel", "--merge", "1=100")
    assert done.status == 0
    assert set(roll_of(database)) == {"100"}


def test_what_is_no_pair_is_given_wrongly(muster, database, roll_file):
    refused = muster("roll", "import", roll_file(member_row("1")), "--column", "branch")
    assert (refused.status, refused.out) == (2, "")
    assert "“branch” has no = in it." in refused.err
    assert roll_of(database) == {}


def test_a_terminal_shows_how_far_it_is(muster, roll_file, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = muster("roll", "import", roll_file(*[member_row(str(n)) for n in range(300)]))
    assert done.status == 0
    assert "300/300" in done.err
    assert "Comparing and applying" in done.err
