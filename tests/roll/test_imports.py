"""Bring the roll up to a file: every row accounted for, all of it or none of it."""

from collections import Counter
from datetime import UTC, date, datetime

from app.roll import csv_file, repository
from app.roll.schemas import Caution, Fault
from tests.support.rolls import counts, load, member_row, roll_csv, roll_of, roll_xlsx

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_new_members_are_added_with_all_their_facts(database, put):
    outcome = put(
        member_row("0012", email="ann@example.org", left_on="2020-01-31", in_arrears="yes"),
    )
    assert counts(outcome) == (1, 0, 0, 0)
    assert roll_of(database)["0012"] == {
        "membership_number": "0012",
        "given_name": "",
        "family_name": "Okafor",
        "email": "ann@example.org",
        "mobile": "",
        "branch": "Leeds",
        "region": "",
        "employer": "",
        "workplace": "",
        "category": "full",
        "joined_on": date(2019, 5, 1),
        "left_on": date(2020, 1, 31),
        "in_arrears": True,
        "language": "en",
        "address": "",
        "postcode": "",
    }


def test_the_same_file_twice_changes_nothing(database, put):
    rows = [member_row(str(n), email=f"a{n}@EXAMPLE.org", category="Full") for n in range(50)]
    put(*rows)
    before = roll_of(database)
    assert counts(put(*rows)) == (0, 0, 50, 0)
    assert roll_of(database) == before


def test_who_differs_is_changed_and_who_does_not_is_left_alone(database, put):
    put(member_row("1"), member_row("2"))
    outcome = put(member_row("1", family_name="Ó Briain"), member_row("2"), member_row("3"))
    assert counts(outcome) == (1, 1, 1, 0)
    roll = roll_of(database)
    assert [roll[number]["family_name"] for number in "123"] == ["Ó Briain", "Okafor", "Okafor"]


def test_who_is_not_in_the_file_stays_on_the_roll(database, put):
    put(member_row("1"), member_row("2"))
    put(member_row("2"))
    assert set(roll_of(database)) == {"1", "2"}


def test_columns_that_the_file_lacks_are_left_as_they_are(database, put):
    put(member_row("1", mobile="07700 900123", in_arrears="yes", left_on="2020-01-01"))
    assert counts(put(member_row("1"))) == (0, 0, 1, 0)
    assert counts(put(member_row("1", family_name="Reid"))) == (0, 1, 0, 0)
    member = roll_of(database)["1"]
    assert (member["family_name"], member["mobile"]) == ("Reid", "07700 900123")
    assert (member["in_arrears"], member["left_on"]) == (True, date(2020, 1, 1))


def test_an_empty_cell_of_a_column_that_the_file_has_empties_the_fact(database, put):
    put(member_row("1", mobile="07700 900123", left_on="2020-01-01", language="cy"))
    assert counts(put(member_row("1", mobile="", left_on="", language=""))) == (0, 1, 0, 0)
    member = roll_of(database)["1"]
    assert (member["mobile"], member["left_on"], member["language"]) == ("", None, "en")


def test_a_rejected_row_leaves_the_member_as_they_were_and_its_neighbours_go_in(database, put):
    put(member_row("1"))
    before = roll_of(database)["1"]
    outcome = put(member_row("1", family_name="Reid", joined_on="soon"), member_row("2"))
    assert counts(outcome) == (1, 0, 0, 1)
    [problem] = outcome.problems
    assert (problem.row, problem.column, problem.code) == (2, "joined_on", Fault.BAD_DATE)
    assert roll_of(database)["1"] == before
    assert "2" in roll_of(database)


def test_a_number_twice_in_one_file_keeps_the_first_row_and_refuses_the_second(database, put):
    outcome = put(member_row("1"), member_row("2"), member_row("1", family_name="Reid"))
    assert counts(outcome) == (2, 0, 0, 1)
    [problem] = outcome.problems
    assert (problem.row, problem.code) == (4, Fault.REPEATED_NUMBER)
    assert "already in row 2" in problem.message
    assert roll_of(database)["1"]["family_name"] == "Okafor"


def test_a_number_twice_in_one_file_is_found_however_far_apart(put, monkeypatch):
    monkeypatch.setattr(csv_file, "BLOCK", 500)
    rows = [member_row(str(n)) for n in range(300)]
    assert counts(put(*rows, member_row("0"))) == (300, 0, 0, 1)


def test_a_joining_day_after_the_leaving_day_on_the_roll_is_refused(database, put):
    put(member_row("1", left_on="2020-01-31"), member_row("2", left_on=""))
    before = roll_of(database)["1"]
    outcome = put(member_row("1", joined_on="2024-03-01"), member_row("2", joined_on="2024-03-01"))
    assert counts(outcome) == (0, 1, 0, 1)
    [problem] = outcome.problems
    assert (problem.row, problem.column, problem.code) == (2, "left_on", Fault.LEFT_BEFORE_JOINING)
    assert roll_of(database)["1"] == before


def test_problems_are_listed_in_the_order_of_the_rows(put):
    put(member_row("9", left_on="2020-01-31"))
    outcome = put(
        member_row("9", joined_on="2024-03-01"),
        member_row("1", joined_on="soon"),
        member_row("2", branch=""),
    )
    assert [problem.row for problem in outcome.problems] == [2, 3, 4]


def test_two_spellings_of_a_branch_are_one_branch(database, put):
    put(member_row("1", branch="Leeds  North"))
    outcome = put(
        member_row("1", branch="LEEDS north"),
        member_row("2", branch=" leeds\u00a0North "),
        member_row("3", branch="Straße"),
        member_row("4", branch="STRASSE"),
    )
    assert counts(outcome) == (3, 0, 1, 0)
    assert Counter(member["branch"] for member in roll_of(database).values()) == {
        "Leeds  North": 2,
        "Straße": 2,
    }


def test_branches_come_with_their_first_member_and_not_with_a_rejected_row(database, put):
    put(member_row("1", branch="Leeds"), member_row("2", branch="Hull", joined_on="soon"))
    with database.reading() as session:
        assert repository.branch_codes(session) == ["Leeds"]


def test_a_branch_new_to_a_roll_that_has_branches_is_a_warning(put):
    assert put(member_row("1", branch="Leeds")).warnings == []
    names = [f"Branch {letter}" for letter in "ABCDEFGHIJKL"]
    warning, spike = put(*[member_row(name, branch=name) for name in names]).warnings
    assert (warning.code, spike.code) == (Caution.NEW_BRANCHES, Caution.JOINER_SPIKE)
    assert "Branch A, Branch B" in warning.message
    assert "Branch J and 2 more." in warning.message


def test_a_joining_day_still_to_come_is_accepted_with_a_warning(put):
    outcome = put(
        member_row("1", joined_on="2026-11-21"),
        member_row("2", joined_on="2026-11-22"),
        member_row("3", joined_on="2026-12-01"),
    )
    assert counts(outcome) == (3, 0, 0, 0)
    [warning] = outcome.warnings
    assert warning.code is Caution.JOINS_LATER
    assert "still to come: 2, the first of them row 3." in warning.message


def test_today_is_the_day_in_london(database):
    midnight_in_london = datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
    joins = roll_csv(member_row(joined_on="2026-07-02"))
    assert load(database, joins, now=midnight_in_london).warnings == []


def test_a_file_of_a_header_alone_changes_nothing_and_says_so(database, put):
    put(member_row("1"))
    outcome = put()
    assert counts(outcome) == (0, 0, 0, 0)
    assert [warning.code for warning in outcome.warnings] == [Caution.NO_ROWS]
    assert set(roll_of(database)) == {"1"}


def test_blank_rows_are_no_rows_but_keep_their_numbers(database):
    lines = roll_csv(member_row("1"), member_row("2", joined_on="soon")).splitlines()
    content = b"\r\n".join([lines[0], b"", lines[1], b",,,,", lines[2], b"", b""])
    outcome = load(database, content, now=NOW)
    assert counts(outcome) == (1, 0, 0, 1)
    assert [problem.row for problem in outcome.problems] == [5]


def test_a_file_with_every_column_in_another_order_and_spelling_is_read(database):
    content = (
        b"Joined On;x,CATEGORY,Branch,Family Name,membershipnumber,JOINED-ON\r\n"
        b"ignored,Full,Leeds,Okafor,0012,01/05/2019\r\n"
    )
    assert counts(load(database, content, now=NOW)) == (1, 0, 0, 0)
    assert roll_of(database)["0012"]["joined_on"] == date(2019, 5, 1)


def test_a_workbook_and_the_csv_of_the_same_members_agree(database, put):
    put(member_row("0012", in_arrears="yes"), member_row("77"))
    book = roll_xlsx(
        [
            ("Membership Number", "Family Name", "Branch", "Category", "Joined On", "In Arrears"),
            ("0012", "Okafor", "Leeds", "Full", date(2019, 5, 1), True),
            (77.0, "Okafor", "Leeds", "Full", "01/05/2019", False),
        ]
    )
    assert counts(load(database, book, file_name="a.xlsx", now=NOW)) == (0, 0, 2, 0)


def test_what_looks_like_a_formula_is_kept_as_it_is(database, put):
    put(member_row("1", given_name="=1+1", employer="@SUM(A1)", workplace="-2"))
    member = roll_of(database)["1"]
    assert (member["given_name"], member["employer"], member["workplace"]) == (
        "=1+1",
        "@SUM(A1)",
        "-2",
    )


def test_what_means_something_to_copy_is_kept_as_it_is(database, put):
    odd = ["a\\nb", "\\N", "\\.", "1 High Street\nLeeds", "ends in \\"]
    put(*[member_row(str(n), address=address) for n, address in enumerate(odd)])
    roll = roll_of(database)
    assert [roll[str(n)]["address"] for n in range(len(odd))] == odd
