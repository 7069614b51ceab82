"""Staff accounts: whom they are made for, and what is kept of a password."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.audit.service import COMMAND_LINE
from app.security.models import Role, StaffAccount
from app.security.service import (
    BranchNeeded,
    NameTaken,
    UnknownStaff,
    WeakPassword,
    WrongName,
    disable_account,
    find_account,
    issue_token,
    revoke_everything,
)
from tests.support.staff import NOON, PASSWORD, events_of, given_account


def find(database, name):
    with database.reading() as session:
        return find_account(session, name)


def test_an_account_keeps_an_argon2_hash_and_not_the_password(database):
    given_account(database, "anna", password=PASSWORD)
    stored = find(database, "anna").password_hash
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_two_accounts_with_one_password_have_different_hashes(database):
    given_account(database, "anna")
    given_account(database, "bea")
    assert find(database, "anna").password_hash != find(database, "bea").password_hash


def test_a_name_is_given_once(database):
    given_account(database, "anna")
    with pytest.raises(NameTaken):
        given_account(database, "anna", role=Role.SCRUTINEER)
    assert [event.action for event in events_of(database)] == ["StaffAdded"]


def test_the_name_of_a_closed_account_is_not_given_again(database):
    given_account(database, "anna")
    with database.writing() as session:
        disable_account(session, "anna", actor=COMMAND_LINE, now=NOON)
    with pytest.raises(NameTaken):
        given_account(database, "anna")


@pytest.mark.parametrize("name", ["command line", "Command  Line", "muster", "mail provider"])
def test_nobody_is_called_what_the_audit_log_calls_muster_itself(database, name):
    with pytest.raises(WrongName):
        given_account(database, name)
    assert find(database, name) is None


def test_another_broken_constraint_is_not_mistaken_for_a_taken_name(database):
    with pytest.raises(IntegrityError):
        given_account(database, "anna", password=PASSWORD, now=None)


@pytest.mark.parametrize(
    ("role", "branch"),
    [
        pytest.param(Role.BRANCH, None, id="a branch officer without a branch"),
        pytest.param(Role.BRANCH, "", id="a branch officer with an empty branch"),
        pytest.param(Role.HQ, "Leeds", id="headquarters with a branch"),
        pytest.param(Role.SCRUTINEER, "Leeds", id="a scrutineer with a branch"),
    ],
)
def test_a_branch_officer_has_a_branch_and_nobody_else(database, role, branch):
    with pytest.raises(BranchNeeded):
        given_account(database, role=role, branch=branch)


def test_the_database_too_refuses_a_branch_officer_without_a_branch(database):
    account = StaffAccount(name="b", role="branch", password_hash="", created_at=NOON)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(account)


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        pytest.param("elevenchars", True, id="11 characters are too few"),
        pytest.param("twelve chars", False, id="12 are enough"),
    ],
)
def test_a_password_has_at_least_twelve_characters(database, password, weak):
    if weak:
        with pytest.raises(WeakPassword):
            given_account(database, password=password)
    else:
        assert given_account(database, password=password).name == "anna"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param(" anna", id="a space in front"),
        pytest.param("an\0na", id="a NUL, which PostgreSQL cannot even look up"),
        pytest.param("an\u202ena", id="a mark that turns the rest around"),
        pytest.param("a" * 101, id="101 characters"),
    ],
)
def test_a_name_can_be_seen_and_fits(database, name):
    with pytest.raises(WrongName):
        given_account(database, name)
    assert find(database, name) is None


def test_a_name_of_a_hundred_letters_with_accents_fits(database):
    name = "Siân " * 19 + "Siân!"
    assert len(name) == 100
    assert given_account(database, name).name == name


@pytest.mark.parametrize("act", [revoke_everything, disable_account])
def test_nothing_is_ended_for_an_account_that_is_not_there(database, act):
    with pytest.raises(UnknownStaff), database.writing() as session:
        act(session, "nobody", actor=COMMAND_LINE, now=NOON)
    assert events_of(database) == []


def test_no_token_is_issued_to_an_account_that_is_not_there(database, settings):
    with pytest.raises(UnknownStaff), database.writing() as session:
        issue_token(session, "nobody", actor=COMMAND_LINE, settings=settings, now=NOON)
