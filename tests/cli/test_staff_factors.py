"""What an operator does for officers: invite them, and take lost second factors away."""

import io
import sys

import pytest

from app.cli import main
from app.security.invitations import accept_invitation
from tests.support.factors import given_app, held, visit_of
from tests.support.staff import ADDRESS, NOON, PASSWORD, events_of, signed_in


@pytest.fixture
def muster(monkeypatch, settings, capsys):
    """Run one command in this process; returns its status and what it printed."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MUSTER_SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("MUSTER_BASE_URL", settings.base_url)

    def run(*arguments):
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        with pytest.raises(SystemExit) as leaving:
            main(list(arguments))
        return leaving.value.code or 0, capsys.readouterr()

    return run


def test_lost_factors_are_taken_away_and_the_account_is_signed_out(muster, database, settings):
    given_app(database, settings)
    cookie, _ = signed_in(database, settings)
    status, printed = muster("staff", "reset-factors", "anna")
    assert (status, printed.err) == (0, "")
    assert "anna has no second factor now" in printed.out
    assert not held(database).any
    assert held(database).codes_left == 0
    assert visit_of(database, settings, cookie) is None
    last = events_of(database)[-1]
    assert (last.action, last.actor) == ("FactorsReset", "command line")


def test_an_account_that_is_not_there_has_none_to_take(muster):
    status, printed = muster("staff", "reset-factors", "nobody")
    assert status == 1
    assert "no staff account with that name" in printed.err


def test_an_invitation_prints_its_link_alone_on_the_last_line(muster, database, settings):
    status, printed = muster("staff", "invite", "sam", "--role", "scrutineer")
    assert status == 0
    link = printed.out.splitlines()[-1]
    assert link.startswith(f"{settings.base_url}/sign-in/invitation/")
    now = events_of(database)[-1].at
    with database.writing() as session:
        made = accept_invitation(
            session,
            link.rpartition("/")[2],
            password=PASSWORD,
            origin=ADDRESS,
            settings=settings,
            now=now,
        )
    assert (made.name, made.role) == ("sam", "scrutineer")
    assert now > NOON


def test_a_branch_officer_is_invited_with_a_branch(muster):
    status, printed = muster("staff", "invite", "bo", "--role", "branch")
    assert status == 1
    assert "needs a branch" in printed.err
    status, _ = muster("staff", "invite", "bo", "--role", "branch", "--branch", "Leeds")
    assert status == 0
