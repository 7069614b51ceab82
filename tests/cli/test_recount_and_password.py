"""`muster recount` and `muster staff password`."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.ballots.service import get_ballot
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from app.security.passwords import password_is_right
from app.security.service import find_account
from tests.conftest import NOW
from tests.support.ballots import HQ, add_members, given_ballot, given_token


@pytest.fixture
def declared(database, settings):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    later = NOW + timedelta(days=8)
    with database.reading() as session:
        row = get_ballot(session, ballot.slug)
    open_box_for_count(database, row, settings=settings, now=later)
    with database.writing() as session:
        declare_result(session, ballot.slug, staff=HQ, now=later)
    return ballot


def test_a_recount_gives_what_was_declared(muster, declared):
    answer = muster("recount", declared.slug)
    assert answer.status == 0
    assert answer.said.startswith("The papers give what was declared: ")


def test_a_recount_names_a_difference(muster, declared, database):
    with database.writing() as session:
        session.execute(text("UPDATE tally SET votes = votes + 1"))
    answer = muster("recount", declared.slug)
    assert answer.status == 1
    assert "Something was changed" in answer.said


def test_a_recount_before_the_declaration_is_refused(muster, database, settings):
    add_members(database, 3)
    given_ballot(database, settings)
    assert muster("recount", "pay-2026") == (
        1,
        "",
        "This result has not been declared, so there is nothing to compare a recount with.\n",
    )


def test_a_new_password_ends_the_sessions_of_the_old(muster, database, settings):
    given_token(database, settings, now=datetime(2026, 11, 1, tzinfo=UTC))
    new = "another battery staple\n"
    answer = muster("staff", "password", "hq-officer", "--password-stdin", typed=new)
    assert answer.said == "hq-officer signs in with the new password from now on.\n"
    assert answer.status == 0
    with database.reading() as session:
        account = find_account(session, "hq-officer")
        assert password_is_right(account.password_hash, password="another battery staple")
        live = "SELECT count(*) FROM api_token WHERE revoked_at IS NULL"
        assert session.execute(text(live)).scalar_one() == 0
