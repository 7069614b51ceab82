"""What others ask of the roll: who joined since a day, and which branches there are."""

from datetime import UTC, date, datetime

from app.roll import repository
from app.rules.entitlement import Standing
from tests.support.rolls import member_row

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_who_joined_since_a_day_is_listed_with_their_standing_latest_first(database, put):
    put(
        member_row("1", joined_on="2026-10-31"),
        member_row("2", joined_on="2026-11-01", given_name="Ann"),
        member_row("3", joined_on="2026-11-20", branch="Hull"),
        member_row("4", joined_on="2026-11-20", category="retired"),
    )
    since = date(2026, 11, 1)
    with database.reading() as session:
        joined = repository.members_joined_since(session, day=since, branch=None)
        assert [each.membership_number for each in joined] == ["3", "4", "2"]
        [retired, ann] = repository.members_joined_since(session, day=since, branch=" LEEDS")
        assert retired.standing.category == "retired"
        assert (ann.given_name, ann.family_name) == ("Ann", "Okafor")
        assert ann.standing == Standing(
            category="full",
            joined_on=since,
            left_on=None,
            in_arrears=False,
            branch="Leeds",
            region="",
            employer="",
            workplace="",
        )
        assert repository.members_joined_since(session, day=since, branch="Nowhere") == []


def test_a_branch_is_found_by_any_spelling_and_branches_are_in_order(database, put):
    put(member_row("1", branch="leeds"), member_row("2", branch="Hull"))
    with database.reading() as session:
        assert repository.branch_codes(session) == ["Hull", "leeds"]
        assert repository.find_branch(session, " LEEDS ").code == "leeds"
        assert repository.find_branch(session, "York") is None
