"""API tokens: a program's key to an account, until it is revoked."""

import pytest

from app.audit.service import COMMAND_LINE
from app.security.models import Role
from app.security.service import (
    disable_account,
    issue_token,
    revoke_everything,
    staff_with_token,
)
from app.security.sessions import visit_with_session
from tests.support.staff import ADDRESS, NOON, events_of, given_account, signed_in


@pytest.fixture
def token(database, settings):
    given_account(database, "bo", role=Role.BRANCH, branch="Leeds")
    with database.writing() as session:
        return issue_token(session, "bo", actor=COMMAND_LINE, settings=settings, now=NOON)


def whose(database, settings, token):
    with database.reading() as session:
        return staff_with_token(session, token, origin=ADDRESS, settings=settings)


def test_a_token_says_who_it_is(database, settings, token):
    staff = whose(database, settings, token)
    assert (staff.name, staff.role, staff.branch, staff.origin) == (
        "bo",
        Role.BRANCH,
        "Leeds",
        ADDRESS,
    )
    assert events_of(database)[-1].action == "TokenIssued"


def test_an_account_may_have_several_tokens(database, settings, token):
    with database.writing() as session:
        second = issue_token(session, "bo", actor=COMMAND_LINE, settings=settings, now=NOON)
    assert second != token
    assert whose(database, settings, token) == whose(database, settings, second)


@pytest.mark.parametrize("end", [revoke_everything, disable_account])
def test_a_token_ends_with_a_revocation_and_with_its_account(database, settings, token, end):
    with database.writing() as session:
        end(session, "bo", actor=COMMAND_LINE, now=NOON)
    assert whose(database, settings, token) is None


def test_an_unknown_token_is_nobodys(database, settings, token):
    for wrong in ("", token[:-1], token.swapcase(), "Bearer " + token):
        assert whose(database, settings, wrong) is None


def test_a_cookie_is_no_token_and_a_token_no_cookie(database, settings, token):
    secret, _ = signed_in(database, settings, "bo")
    assert whose(database, settings, secret) is None
    with database.reading() as session:
        found = visit_with_session(session, token, origin=ADDRESS, settings=settings, now=NOON)
    assert found is None
