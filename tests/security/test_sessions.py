"""Sessions of signed-in browsers: they end by time, by signing out, and by being revoked."""

from datetime import timedelta

import pytest

from app.audit.service import COMMAND_LINE
from app.security.service import disable_account, revoke_everything
from app.security.sessions import visit_with_session
from app.security.sign_in import end_session
from tests.support.staff import ADDRESS, NOON, events_of, facts_of, given_account, signed_in


@pytest.fixture
def anna(database, settings):
    """The secret of a session of hers."""
    given_account(database)
    return signed_in(database, settings)[0]


def whose(database, settings, secret, *, now=NOON):
    with database.reading() as session:
        visit = visit_with_session(session, secret, origin=ADDRESS, settings=settings, now=now)
    return visit and visit.staff.name


def sign_out(database, settings, secret):
    with database.writing() as session:
        visit = visit_with_session(session, secret, origin=ADDRESS, settings=settings, now=NOON)
        end_session(session, secret, staff=visit.staff, settings=settings, now=NOON)


@pytest.mark.parametrize(
    ("after", "alive"),
    [
        pytest.param(timedelta(0), True, id="at once"),
        pytest.param(timedelta(hours=12, microseconds=-1), True, id="the last moment"),
        pytest.param(timedelta(hours=12), False, id="the end itself is too late"),
    ],
)
def test_a_session_lasts_as_long_as_the_setting_says(database, settings, anna, after, alive):
    assert settings.session_length == timedelta(hours=12)
    assert whose(database, settings, anna, now=NOON + after) == ("anna" if alive else None)


def test_a_session_that_nobody_opened_is_nobodys(database, settings, anna):
    assert whose(database, settings, anna + "x") is None
    assert whose(database, settings, "") is None


def test_a_session_means_nothing_under_another_key(database, settings, anna):
    other = settings.model_copy(update={"secret_key": type(settings.secret_key)("k" * 40)})
    assert whose(database, other, anna) is None


def test_signing_out_ends_that_session_and_no_other(database, settings, anna):
    other, _ = signed_in(database, settings)
    sign_out(database, settings, anna)
    assert whose(database, settings, anna) is None
    assert whose(database, settings, other) == "anna"
    assert events_of(database)[-1].action == "StaffSignedOut"


def test_revoking_ends_every_session_of_the_account_and_of_no_other(database, settings, anna):
    given_account(database, "bea")
    bea, _ = signed_in(database, settings, "bea")
    another, _ = signed_in(database, settings)
    with database.writing() as session:
        revoke_everything(session, "anna", actor=COMMAND_LINE, now=NOON)
    assert [whose(database, settings, each) for each in (anna, another, bea)] == [None, None, "bea"]
    assert facts_of(events_of(database)[-1]) == {"sessions": 2, "tokens": 0}


def test_a_closed_account_has_no_session(database, settings, anna):
    with database.writing() as session:
        disable_account(session, "anna", actor=COMMAND_LINE, now=NOON)
    assert whose(database, settings, anna) is None
    assert [event.action for event in events_of(database)][-2:] == [
        "SessionsRevoked",
        "StaffDisabled",
    ]
