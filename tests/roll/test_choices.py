"""What headquarters chooses: the missing stay or have left; two numbers are one person."""

from datetime import UTC, date, datetime

import pytest

from app.roll import importing
from app.roll.choices import Choices, Missing
from app.roll.merges import Standing, merged
from app.roll.refusals import RollHasChanged, WrongMerge
from app.roll.schemas import Fault
from tests.support.rolls import counts, member_row, roll_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
LEFT = Choices(missing=Missing.LEFT)


def left_days(database):
    return {number: member["left_on"] for number, member in roll_of(database).items()}


def test_who_is_missing_is_counted_and_kept_unless_headquarters_says_otherwise(database, put):
    put(member_row("1"), member_row("2", left_on="2026-11-21"), member_row("3"))
    outcome = put(member_row("1"))
    assert (outcome.missing, outcome.left) == (1, 0)
    assert left_days(database) == {"1": None, "2": TODAY, "3": None}


def test_who_is_missing_is_marked_as_left_today_or_on_a_day_that_is_chosen(database, put):
    put(member_row("1"), member_row("2"))
    dry = put(member_row("1"), choices=LEFT, dry_run=True)
    assert (dry.missing, dry.left) == (1, 1)
    assert left_days(database) == {"1": None, "2": None}
    put(member_row("1"), choices=LEFT)
    assert left_days(database) == {"1": None, "2": TODAY}
    chosen = LEFT.model_copy(update={"left_on": date(2026, 10, 1)})
    put(member_row("3"), choices=chosen)
    assert left_days(database) == {"1": date(2026, 10, 1), "2": TODAY, "3": None}


def test_nobody_is_marked_as_having_left_before_they_joined(database, put):
    put(member_row("1", joined_on="2026-12-01"))
    put(member_row("2"), choices=LEFT)
    assert left_days(database)["1"] == date(2026, 12, 1)


def test_who_stands_in_a_refused_row_is_in_the_file(database, put):
    put(member_row("1"), member_row("2"), member_row("3"))
    outcome = put(member_row("1", joined_on="soon"), member_row("2"), member_row("2"), choices=LEFT)
    assert (outcome.missing, outcome.left) == (1, 1)
    assert left_days(database) == {"1": None, "2": None, "3": TODAY}


def test_a_file_without_members_marks_nobody(database, put):
    put(member_row("1"))
    for dry_run in (True, False):
        outcome = put(choices=LEFT, dry_run=dry_run)
        assert (outcome.missing, outcome.left) == (1, 0)
    assert left_days(database) == {"1": None}


def test_a_member_with_a_new_number_stays_the_same_member(database, put):
    put(member_row("1", family_name="Okafor"))
    choices = Choices(merges=(("2", "1"),), missing=Missing.LEFT)
    outcome = put(member_row("2", family_name="Okafor"), choices=choices)
    assert counts(outcome) == (0, 1, 0, 0)
    assert outcome.changes == {"membership_number": 1}
    assert (outcome.missing, outcome.left) == (0, 0)
    assert left_days(database) == {"2": None}


def test_of_two_rows_that_are_one_person_the_one_on_the_roll_is_kept(database, put):
    put(member_row("9"))
    outcome = put(member_row("1"), member_row("9"), choices=Choices(merges=(("1", "9"),)))
    assert counts(outcome) == (0, 0, 1, 1)
    [problem] = outcome.problems
    assert (problem.row, problem.code) == (2, Fault.SAME_PERSON)
    assert set(roll_of(database)) == {"9"}


def test_a_member_of_the_roll_who_is_another_in_the_file_has_left(database, put):
    put(member_row("1"), member_row("2"))
    dry = put(member_row("1"), choices=Choices(merges=(("1", "2"),)), dry_run=True)
    real = put(member_row("1"), choices=Choices(merges=(("1", "2"),)))
    assert (dry.left, real.left) == (1, 1)
    assert left_days(database) == {"1": None, "2": TODAY}


@pytest.mark.parametrize("pair", [("1", "1"), ("7", "8"), ("2", "8")])
def test_a_merge_that_makes_no_sense_is_refused_and_nothing_is_imported(database, put, pair):
    put(member_row("1"))
    before = roll_of(database)
    with pytest.raises(WrongMerge):
        put(member_row("2"), choices=Choices(merges=(pair,)))
    assert roll_of(database) == before


def standing(number, *, row=None, on_roll=False):
    return Standing(number, row, on_roll=on_roll)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        pytest.param(
            standing("1", on_roll=True),
            standing("2", row=5),
            "Member 1 stays on the roll with the new number 2.",
            id="a new number",
        ),
        pytest.param(
            standing("1", on_roll=True),
            standing("2", row=5, on_roll=True),
            "2 stays. Member 1 is marked as having left.",
            id="two members, one of them in the file",
        ),
        pytest.param(
            standing("1", row=5),
            standing("2", row=9),
            "Row 9 is left out, and 1 stays.",
            id="two new rows",
        ),
        pytest.param(
            standing("1", row=5, on_roll=True),
            standing("2", row=9, on_roll=True),
            "Row 9 is left out, and 1 stays. Member 2 is marked as having left.",
            id="two members, both in the file",
        ),
    ],
)
def test_what_a_merge_does_is_said_beforehand_whoever_is_named_first(first, second, words):
    assert merged(first, second).in_words == merged(second, first).in_words == words


def test_a_roll_that_changes_between_comparing_and_applying_is_left_alone(
    database, put, monkeypatch
):
    """Another door to the roll that takes no lock must not make the counts untrue."""
    compare = importing.compare.compare

    def compare_before_somebody_adds(staged):
        found = compare(staged)
        insert = (
            "INSERT INTO member (membership_number, given_name, family_name, email, mobile, "
            "branch, region, employer, workplace, category, joined_on, in_arrears, language, "
            "address, postcode) VALUES ('2', '', 'Reid', '', '', 'Leeds', '', '', '', 'full', "
            "'2020-01-01', false, 'en', '', '')"
        )
        staged.session.connection().exec_driver_sql(insert)
        return found

    put(member_row("1"))
    monkeypatch.setattr(importing.compare, "compare", compare_before_somebody_adds)
    with pytest.raises(RollHasChanged):
        put(member_row("2"))
    assert set(roll_of(database)) == {"1"}
