"""What is worth a look before an import is applied: each warning, and the edge where it begins."""

from datetime import UTC, datetime

import pytest

from app.roll.choices import Choices, Missing
from app.roll.schemas import Caution
from tests.support.rolls import member_row

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def would(put):
    def would(*rows, **more):
        """Return the warnings of a dry run, by code."""
        return {each.code: each.message for each in put(*rows, dry_run=True, **more).warnings}

    return would


def members(count, *, first=0, **facts):
    return [member_row(str(number), **facts) for number in range(first, first + count)]


@pytest.mark.parametrize(
    ("changed", "warned"),
    [
        pytest.param(3, True, id="three of ten are 30 %"),
        pytest.param(2, False, id="two of ten are not"),
    ],
)
def test_a_column_that_changes_for_30_percent_of_the_members_is_a_warning(
    put, would, changed, warned
):
    put(*members(10, employer="Probation Service"))
    found = would(
        *members(changed, employer="Prison Service"),
        *members(10 - changed, first=changed, employer="Probation Service"),
        *members(5, first=50, employer="Probation Service"),
    )
    assert (Caution.MANY_CHANGES in found) is warned
    if warned:
        assert found[Caution.MANY_CHANGES].startswith("employer would change for 3 of the 10")


def test_one_member_who_changes_is_no_pattern(put, would):
    put(member_row("1"))
    assert would(member_row("1", family_name="Reid")) == {}


def test_each_column_is_warned_of_by_itself(put, would):
    put(*members(4, region="North", workplace="Hull"))
    rows = members(4, region="South", workplace="York")
    outcome = put(*rows, dry_run=True)
    assert outcome.changes == {"region": 4, "workplace": 4}
    assert [each.code for each in outcome.warnings] == [Caution.MANY_CHANGES] * 2


@pytest.mark.parametrize(
    ("moved", "warned"),
    [
        pytest.param(2, ["Leeds (from 6 to 4)"], id="two of six are a third"),
        pytest.param(1, [], id="one of six is not"),
    ],
)
def test_a_branch_that_shrinks_by_a_third_is_a_warning(put, would, moved, warned):
    put(*members(6), *members(90, first=10, branch="Hull"))
    message = would(*members(moved, branch="Hull")).get(Caution.BRANCH_SIZE, "")
    assert [words for words in ("Leeds (from 6 to 4)",) if words in message] == warned
    assert "Hull" not in message


def test_a_branch_that_grows_by_a_third_is_a_warning(put, would):
    put(*members(6))
    assert Caution.BRANCH_SIZE not in would(*members(1, first=10))
    assert "Leeds (from 6 to 8)" in would(*members(2, first=10))[Caution.BRANCH_SIZE]


def test_who_is_marked_as_left_makes_a_branch_smaller_and_who_is_kept_does_not(put, would):
    put(*members(6))
    assert Caution.BRANCH_SIZE not in would(*members(4))
    left = would(*members(4), choices=Choices(missing=Missing.LEFT))
    assert "Leeds (from 6 to 4)" in left[Caution.BRANCH_SIZE]


def test_who_stands_in_a_refused_row_is_still_counted_in_the_branch(put, would):
    put(*members(3))
    refused = members(3, joined_on="soon")
    for missing in Missing:
        assert Caution.BRANCH_SIZE not in would(*refused, choices=Choices(missing=missing))


def test_who_has_left_is_not_counted_in_the_branch(put, would):
    put(*members(6, left_on=""))
    found = would(*members(2, left_on="2026-11-21"), *members(4, first=2, left_on=""))
    assert "Leeds (from 6 to 4)" in found[Caution.BRANCH_SIZE]
    assert Caution.BRANCH_SIZE not in would(*members(6, left_on="2026-11-22"))


@pytest.mark.parametrize(
    ("joiners", "on_roll", "warned"),
    [
        pytest.param(10, 100, True, id="ten on a hundred"),
        pytest.param(10, 101, False, id="ten on a hundred and one"),
        pytest.param(9, 20, False, id="nine are never a spike"),
    ],
)
def test_a_spike_of_joiners_is_a_warning(put, would, joiners, on_roll, warned):
    put(*members(on_roll))
    rows = [
        *members(joiners - 3, first=1000, joined_on="2026-04-01"),
        *members(3, first=2000, joined_on="2026-05-02"),
    ]
    found = would(*rows)
    assert (Caution.JOINER_SPIKE in found) is warned
    if warned:
        assert "7 of them have 1 April 2026 as their joining day" in found[Caution.JOINER_SPIKE]


def test_the_first_file_is_no_spike(would):
    assert would(*members(50)) == {}


def test_an_address_of_two_members_is_a_warning_whatever_its_capitals(put, would):
    put(member_row("1", email="ann@example.org"), member_row("2", email="bo@example.org"))
    found = would(
        member_row("3", email="Ann@example.org"),
        member_row("4", email=""),
        member_row("5", email=""),
    )
    assert "ann@example.org (1, 3)" in found[Caution.SHARED_EMAIL]
    assert "bo@" not in found[Caution.SHARED_EMAIL]


def test_an_address_that_moves_to_another_member_is_no_longer_shared(put, would):
    put(member_row("1", email="ann@example.org"), member_row("2", email=""))
    found = would(member_row("1", email=""), member_row("2", email="ann@example.org"))
    assert Caution.SHARED_EMAIL not in found


def test_many_shared_addresses_are_counted_and_some_are_named(would):
    rows = [member_row(f"{n}{x}", email=f"m{n}@example.org") for n in range(8) for x in "abc"]
    message = would(*rows)[Caution.SHARED_EMAIL]
    assert "m0@example.org (0a, 0c and 1 more)" in message
    assert "and 3 more." in message


def person(number, given_name, family_name="Okafor", postcode="LS1 1AA", **facts):
    return member_row(
        number, given_name=given_name, family_name=family_name, postcode=postcode, **facts
    )


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(person("2", "Jon"), True, id="Jon is John"),
        pytest.param(person("2", "J."), True, id="an initial may be anybody's"),
        pytest.param(person("2", "John", "Okaffor"), True, id="a slip of the pen"),
        pytest.param(person("2", "JOHN", "OKAFOR", "ls11aa"), True, id="capitals and spaces"),
        pytest.param(person("2", "Joan"), False, id="Joan is not John"),
        pytest.param(person("2", "John", "Reid"), False, id="another family name"),
        pytest.param(person("2", "John", postcode="LS1 1AB"), False, id="another postcode"),
        pytest.param(person("2", ""), False, id="no given name tells nothing"),
    ],
)
def test_a_new_member_with_nearly_the_name_of_another_at_the_same_postcode_is_a_warning(
    put, would, other, same
):
    put(person("1", "John"))
    assert (Caution.SAME_PEOPLE in would(other)) is same


def test_two_new_members_of_one_file_are_compared_too(would):
    message = would(person("1", "John"), person("2", "Jon"))[Caution.SAME_PEOPLE]
    assert message.startswith("1 pair of members")
    assert "such as 1 and 2." in message


def test_of_whom_the_roll_knows_already_nobody_is_told_again(put, would):
    rows = [person("1", "John"), person("2", "Jon")]
    put(*rows)
    assert would(*rows) == {}


def test_who_has_left_is_nobodys_double(put, would):
    put(person("1", "John", left_on="2020-01-01"))
    assert Caution.SAME_PEOPLE not in would(person("2", "John", left_on=""))


def test_a_large_house_is_not_compared(would):
    rows = [person(str(n), "John") for n in range(31)]
    assert would(*rows) == {}
    assert Caution.SAME_PEOPLE in would(*rows[:30])
