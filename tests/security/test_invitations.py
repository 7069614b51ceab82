"""Invitations: a link works once, for three days, for one name and role, and is stored nowhere."""

import threading
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select

from app.audit.service import COMMAND_LINE, Actor
from app.main import create_app
from app.security.colleagues import ScrutineersAreIndependent
from app.security.factor_models import StaffInvitation
from app.security.invitations import (
    AlreadyInvited,
    InvitationOver,
    accept_invitation,
    find_invitation,
    invite,
    inviter_of,
    live_invitations,
    withdraw_invitation,
)
from app.security.models import Role
from app.security.service import (
    BranchNeeded,
    NameTaken,
    WeakPassword,
    WrongName,
    disable_account,
    find_account,
)
from tests.support.client import AppClient
from tests.support.desks import given_desk, words
from tests.support.factors import strictly
from tests.support.staff import ADDRESS, NOON, PASSWORD, events_of, everything_in, given_account

SOON = NOON + timedelta(hours=72)


def invited(
    database, settings, name="bea", *, role=Role.HQ, branch=None, by="command line", now=NOON
):
    """Invite somebody, and return the secret of their link."""
    with database.writing() as session:
        link = invite(
            session,
            name,
            role=role,
            branch=branch,
            actor=Actor(by, origin=ADDRESS if by != COMMAND_LINE.name else "local"),
            settings=settings,
            now=now,
        )
    assert link.startswith(f"{settings.base_url}/sign-in/invitation/")
    return link.rpartition("/")[2]


def accept(database, settings, secret, *, password=PASSWORD, now=NOON):
    with database.writing() as session:
        return accept_invitation(
            session, secret, password=password, origin=ADDRESS, settings=settings, now=now
        )


def test_whoever_has_the_link_makes_the_account_that_was_meant(database, settings):
    secret = invited(database, settings, "bo", role=Role.BRANCH, branch="Leeds")
    accept(database, settings, secret)
    with database.reading() as session:
        account = find_account(session, "bo")
        assert (account.role, account.branch) == ("branch", "Leeds")
        assert inviter_of(session, "bo") == "command line"
        assert inviter_of(session, "anna") is None
    log = [(event.action, event.actor, event.origin) for event in events_of(database)]
    assert log == [
        ("StaffInvited", "command line", "local"),
        ("StaffAdded", "bo", ADDRESS),
        ("InvitationAccepted", "bo", ADDRESS),
    ]
    assert events_of(database)[-1].details["invited_by"] == "command line"


@pytest.mark.parametrize(
    ("after", "works"),
    [
        pytest.param(timedelta(hours=72, microseconds=-1), True, id="the last moment"),
        pytest.param(timedelta(hours=72), False, id="the end itself is too late"),
        pytest.param(timedelta(days=400), False, id="long after"),
    ],
)
def test_a_link_works_for_three_days(database, settings, after, works):
    secret = invited(database, settings)
    if works:
        accept(database, settings, secret, now=NOON + after)
        return
    with pytest.raises(InvitationOver):
        accept(database, settings, secret, now=NOON + after)
    with database.reading() as session:
        assert live_invitations(session, now=NOON + after) == []


def test_a_link_works_once(database, settings):
    secret = invited(database, settings)
    accept(database, settings, secret)
    with pytest.raises(InvitationOver):
        accept(database, settings, secret)
    with database.reading() as session, pytest.raises(InvitationOver):
        find_invitation(session, secret, settings=settings, now=NOON)


def test_of_two_who_open_a_link_together_one_has_the_account(database, settings):
    secret = invited(database, settings)
    outcomes, start = [], threading.Barrier(2)

    def open_it(password):
        start.wait()
        try:
            accept(database, settings, secret, password=password)
        except (InvitationOver, NameTaken) as refusal:
            outcomes.append(type(refusal))
        else:
            outcomes.append("made")

    both = [threading.Thread(target=open_it, args=[f"{n} {PASSWORD}"]) for n in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert outcomes.count("made") == 1


def test_a_withdrawn_link_works_no_more(database, settings):
    secret = invited(database, settings)
    with database.writing() as session:
        [invitation] = live_invitations(session, now=NOON)
        withdraw_invitation(session, invitation.id, actor=COMMAND_LINE, now=NOON)
    with pytest.raises(InvitationOver):
        accept(database, settings, secret)
    assert events_of(database)[-1].action == "InvitationWithdrawn"
    with database.writing() as session, pytest.raises(InvitationOver):
        withdraw_invitation(session, invitation.id, actor=COMMAND_LINE, now=NOON)


def test_headquarters_takes_no_scrutineers_invitation_back_but_its_own(database, settings):
    secret = invited(database, settings, "vera", role=Role.SCRUTINEER)
    invited(database, settings, "otto", role=Role.SCRUTINEER, by="anna")
    anna = Actor("anna", origin=ADDRESS)
    with database.writing() as session:
        by_operator, by_anna = live_invitations(session, now=NOON)
        withdraw_invitation(session, by_anna.id, actor=anna, now=NOON)
        with pytest.raises(ScrutineersAreIndependent):
            withdraw_invitation(session, by_operator.id, actor=anna, now=NOON)
    assert accept(database, settings, secret).name == "vera"


def test_a_link_ends_with_the_account_of_whoever_sent_it(database, settings):
    given_account(database, "anna")
    secret = invited(database, settings, "annas-other-self", by="anna")
    with database.writing() as session:
        assert len(live_invitations(session, now=NOON)) == 1
        disable_account(session, "anna", actor=COMMAND_LINE, now=NOON)
    with pytest.raises(InvitationOver):
        accept(database, settings, secret)
    with database.reading() as session:
        assert live_invitations(session, now=NOON) == []
        assert find_account(session, "annas-other-self") is None
    invited(database, settings, "annas-other-self")


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "a" * 5000])
def test_what_is_no_link_is_refused_in_the_same_words(database, settings, secret):
    with database.reading() as session, pytest.raises(InvitationOver) as refusal:
        find_invitation(session, secret, settings=settings, now=NOON)
    assert refusal.value.detail == InvitationOver.message


def test_a_weak_password_leaves_the_link_as_it_was(database, settings):
    secret = invited(database, settings)
    with pytest.raises(WeakPassword):
        accept(database, settings, secret, password="short")
    assert accept(database, settings, secret).name == "bea"


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"name": ""}, WrongName),
        ({"name": "a\0b"}, WrongName),
        ({"role": Role.BRANCH}, BranchNeeded),
        ({"role": Role.HQ, "branch": "Leeds"}, BranchNeeded),
        ({"name": "anna"}, NameTaken),
        ({"name": "invited"}, AlreadyInvited),
    ],
)
def test_an_account_that_could_not_be_is_not_offered(database, settings, facts, refusal):
    given_account(database, "anna")
    invited(database, settings, "invited")
    with pytest.raises(refusal):
        invited(database, settings, **facts)


def test_a_name_may_be_invited_again_when_the_first_link_is_over(database, settings):
    first = invited(database, settings)
    second = invited(database, settings, now=SOON)
    with pytest.raises(InvitationOver):
        accept(database, settings, first, now=SOON)
    accept(database, settings, second, now=SOON)


def test_the_link_is_nowhere_in_the_database(database, settings):
    secret = invited(database, settings)
    accept(database, settings, secret)
    held = everything_in(database)
    assert secret not in held
    assert secret.encode().hex() not in held
    with database.reading() as session:
        assert len(session.exec(select(StaffInvitation)).one().digest) == 32


def test_headquarters_invites_and_the_invited_sets_up_everything(database, settings, clock, client):
    desk = given_desk(client, database)
    sent = {"name": "bea", "role": "scrutineer", "branch": ""}
    shown = desk.post("/hq/staff/invitations", data=sent)
    assert "no-store" in shown.headers["cache-control"]
    page = BeautifulSoup(shown.text, "html.parser")
    link = page.select_one(".code-block").get_text().split()[-1]
    path = link.removeprefix(settings.base_url)
    assert link not in desk.get("/hq/staff").text
    client.forget_cookies()
    asked = client.get(path)
    assert "hq-officer invites you" in asked.text
    weak = client.post(path, data={"password": "short"})
    assert weak.status_code == 422
    made = client.post(path, data={"password": PASSWORD})
    assert (made.status_code, made.headers["location"]) == (303, "/staff")
    assert (
        words(
            BeautifulSoup(client.get("/staff").text, "html.parser").select_one(
                ".masthead__aside span"
            )
        )
        == "bea , scrutineer"
    )
    client.forget_cookies()
    over = client.get(path)
    assert over.status_code == 404
    assert "This invitation does not work" in over.text
    assert over.text == client.get("/sign-in/invitation/nothing").text


def test_where_a_factor_is_required_the_invited_sets_one_up_first(database, settings, clock):
    strict = strictly(settings)
    clock.now = NOON
    secret = invited(database, strict)
    with AppClient(create_app(strict, clock=clock)) as client:
        made = client.post(f"/sign-in/invitation/{secret}", data={"password": PASSWORD})
        assert made.headers["location"] == "/staff/factors/new"
        assert client.get("/staff").status_code == 303
        assert client.get("/staff/factors/new").status_code == 200
