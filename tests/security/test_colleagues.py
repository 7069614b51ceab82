"""What headquarters may do to colleagues' accounts, and what it may not do to a scrutineer's."""

import threading
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from app.audit.service import COMMAND_LINE
from app.security.colleagues import (
    LastOfHeadquarters,
    NotYourOwn,
    ScrutineersAreIndependent,
    close_account,
    colleagues,
    sign_out_colleague,
)
from app.security.invitations import invite, live_invitations
from app.security.models import Role
from app.security.service import Staff, UnknownStaff, find_account
from tests.support.desks import Desk, given_desk, words
from tests.support.factors import add_app, given_visit
from tests.support.routes import doors_of
from tests.support.staff import NOON, events_of, given_account, signed_in

HQ = Staff("anna", role=Role.HQ, branch=None)


@pytest.fixture
def staff(database):
    given_account(database, "anna")
    given_account(database, "bo", role=Role.BRANCH, branch="Leeds")
    given_account(database, "sam", role=Role.SCRUTINEER)


def close(database, name, *, by=HQ):
    with database.writing() as session:
        close_account(session, name, staff=by, now=NOON)


def is_open(database, name):
    with database.reading() as session:
        return find_account(session, name) is not None


def test_headquarters_closes_a_colleagues_account(database, staff):
    close(database, "bo")
    assert not is_open(database, "bo")
    last = events_of(database)[-1]
    assert (last.action, last.subject, last.actor) == ("StaffDisabled", "bo", "anna")
    with pytest.raises(UnknownStaff):
        close(database, "bo")


def test_the_scrutineer_is_out_of_headquarters_reach(database, staff, settings):
    signed_in(database, settings, "sam")
    before = len(events_of(database))
    with pytest.raises(ScrutineersAreIndependent):
        close(database, "sam")
    with database.writing() as session, pytest.raises(ScrutineersAreIndependent):
        sign_out_colleague(session, "sam", staff=HQ, now=NOON)
    assert is_open(database, "sam")
    assert len(events_of(database)) == before


def test_nobody_closes_their_own_account_nor_the_last_of_headquarters(database, staff):
    with pytest.raises(NotYourOwn):
        close(database, "anna")
    other = Staff("somebody else", role=Role.HQ, branch=None)
    with pytest.raises(LastOfHeadquarters):
        close(database, "anna", by=other)
    given_account(database, "bea")
    close(database, "bea")
    assert is_open(database, "anna")


def test_two_who_close_each_others_accounts_leave_one(database, staff):
    given_account(database, "bea")
    start, refused = threading.Barrier(2), []

    def act(mine, theirs):
        start.wait()
        try:
            close(database, theirs, by=Staff(mine, role=Role.HQ, branch=None))
        except LastOfHeadquarters as refusal:
            refused.append(refusal)

    both = [threading.Thread(target=act, args=pair) for pair in (("anna", "bea"), ("bea", "anna"))]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(refused) == 1
    assert is_open(database, "anna") != is_open(database, "bea")


def test_a_colleague_is_signed_out_of_every_browser(client, database, staff):
    bo = Desk(client, "bo")
    assert bo.get("/staff").status_code == 200
    with database.writing() as session:
        assert sign_out_colleague(session, "bo", staff=HQ, now=NOON) == 1
    assert bo.get("/staff").status_code == 303
    last = events_of(database)[-1]
    assert (last.action, last.subject, last.actor) == ("SessionsEnded", "bo", "anna")


def test_every_account_is_listed_with_what_protects_it(database, settings, staff):
    add_app(database, settings, "sam")
    close(database, "bo")
    given_visit(database, settings, "anna", now=NOON + timedelta(hours=1))
    with database.reading() as session:
        listed = colleagues(session)
    assert [each.staff.name for each in listed] == ["anna", "sam", "bo"]
    anna, sam, bo = listed
    assert (anna.held.any, anna.signed_in_at) == (False, NOON + timedelta(hours=1))
    assert (sam.held.app, sam.signed_in_at) == (True, None)
    assert bo.disabled_at == NOON


def test_the_page_lists_them_and_offers_nothing_against_a_scrutineer(client, database, staff):
    desk = Desk(client, "anna")
    page = desk.page("/hq/staff")
    cards = {words(card.h2): card for card in page.select("section.card")}
    assert not cards["sam"].select("form")
    assert not cards["anna"].select("form")
    assert [form["action"] for form in cards["bo"].select("form")] == [
        "/hq/staff/sign-out",
        "/hq/staff/close",
    ]
    assert "Second factor: None. Never signed in." in words(cards["bo"])
    assert desk.post("/hq/staff/close", data={"name": "sam"}).status_code == 403
    assert desk.post("/hq/staff/sign-out", data={"name": "sam"}).status_code == 403
    assert desk.post("/hq/staff/sign-out", data={"name": "bo"}).status_code == 303
    assert desk.post("/hq/staff/close", data={"name": "bo"}).status_code == 303
    assert "Closed" in words(desk.page("/hq/staff").select("section.card")[2])


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "", "role": "hq"}, "name"),
        ({"name": "anna", "role": "hq"}, "name"),
        ({"name": "zoë", "role": ""}, "role"),
        ({"name": "zoë", "role": "owner"}, "role"),
        ({"name": "zoë", "role": "branch"}, "branch"),
    ],
)
def test_an_invitation_that_cannot_be_says_which_field_is_wrong(
    client, database, staff, form, field
):
    answer = Desk(client, "anna").post("/hq/staff/invitations", data=form)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one(".govuk-error-summary a")["href"] == f"#{field}"
    assert page.select_one("#name")["value"] == form["name"]


def test_an_invitation_is_withdrawn_on_the_page(client, database):
    desk = given_desk(client, database)
    desk.post("/hq/staff/invitations", data={"name": "bea", "role": "hq"})
    [form] = desk.page("/hq/staff").select("form[action$=withdraw]")
    assert desk.post(form["action"]).status_code == 303
    assert not desk.page("/hq/staff").select("form[action$=withdraw]")
    assert desk.post(form["action"]).status_code == 404


def test_the_page_does_not_offer_to_withdraw_the_scrutineer_of_another(client, database, settings):
    desk = given_desk(client, database)
    with database.writing() as session:
        invite(
            session,
            "vera",
            role=Role.SCRUTINEER,
            branch=None,
            actor=COMMAND_LINE,
            settings=settings,
            now=NOON,
        )
        [invitation] = live_invitations(session, now=NOON)
    page = desk.page("/hq/staff")
    assert "Invited by command line" in page.text
    assert not page.select("form[action$=withdraw]")
    withdrawn = desk.post(f"/hq/staff/invitations/{invitation.id}/withdraw")
    assert withdrawn.status_code == 403


def test_no_page_of_headquarters_changes_a_role_a_password_or_anothers_factor(client):
    """What is not there cannot be used: nobody raises a role, nobody resets a scrutineer."""
    changing = {door.path for door in doors_of(client.app) if door.changes}
    assert {path for path in changing if path.startswith("/hq/staff")} == {
        "/hq/staff/invitations",
        "/hq/staff/invitations/{number}/withdraw",
        "/hq/staff/close",
        "/hq/staff/sign-out",
    }
