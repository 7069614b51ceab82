"""What an operator does for officers: invite them, and take lost second factors away."""

from app.security.invitations import accept_invitation
from tests.support.factors import given_app, held, visit_of
from tests.support.staff import ADDRESS, NOON, PASSWORD, events_of, signed_in


def test_lost_factors_are_taken_away_and_the_account_is_signed_out(muster, database, settings):
    given_app(database, settings)
    cookie, _ = signed_in(database, settings)
    answer = muster("staff", "reset-factors", "anna")
    assert (answer.status, answer.err) == (0, "")
    assert "anna has no second factor now" in answer.out
    assert not held(database).any
    assert held(database).codes_left == 0
    assert visit_of(database, settings, cookie) is None
    last = events_of(database)[-1]
    assert (last.action, last.actor) == ("FactorsReset", "command line")


def test_an_account_that_is_not_there_has_none_to_take(muster):
    answer = muster("staff", "reset-factors", "nobody")
    assert answer.status == 1
    assert "no staff account with that name" in answer.err


def test_an_invitation_prints_its_link_alone_on_the_last_line(muster, database, settings):
    answer = muster("staff", "invite", "sam", "--role", "scrutineer")
    assert answer.status == 0
    link = answer.out.splitlines()[-1]
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
    answer = muster("staff", "invite", "bo", "--role", "branch")
    assert answer.status == 1
    assert "needs a branch" in answer.err
    answer = muster("staff", "invite", "bo", "--role", "branch", "--branch", "Leeds")
    assert answer.status == 0
