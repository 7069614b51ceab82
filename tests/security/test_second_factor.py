"""Where a second factor is required: a password alone opens nothing but what asks for it."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from app.audit.service import COMMAND_LINE
from app.main import create_app
from app.security.access import SESSION_COOKIE, Access, BrowserAccess, StaffAccess
from app.security.factors import reset_factors
from app.security.models import Role
from tests.support.client import AppClient
from tests.support.desks import words
from tests.support.factors import Phone, code_at, given_app, held, strictly, visit_of
from tests.support.routes import doors_of
from tests.support.staff import NOON, PASSWORD, events_of, given_account, signed_in

BRANCHES = {Role.HQ: None, Role.BRANCH: "Leeds", Role.SCRUTINEER: None}


@pytest.fixture
def settings(settings):
    return strictly(settings)


@pytest.fixture(autouse=True)
def at_noon(clock):
    clock.now = NOON


def parsed(answer):
    return BeautifulSoup(answer.text, "html.parser")


def set_up(client, clock, *, next_page="/staff"):
    """Set the app up as a person does; returns its secret and the page that follows."""
    page = parsed(client.get("/staff/factors/new"))
    secret = page.select_one(".code-block").get_text("", strip=True)
    kept = page.select_one("[name=kept]")["value"]
    form = {"kept": kept, "code": code_at(secret, clock.now), "next": next_page}
    return secret, client.post("/staff/factors/app", data=form)


@pytest.mark.parametrize("role", [Role.HQ, Role.SCRUTINEER])
def test_an_account_without_a_factor_gets_no_further_than_setting_one_up(
    client, clock, database, role
):
    given_account(database, "anna", role=role)
    phone = Phone(client, clock)
    assert phone.answer.headers["location"] == "/staff/factors/new"
    assert client.get("/staff").headers["location"] == "/sign-in?next=/staff"
    assert client.get("/sign-in?next=/staff").headers["location"] == "/staff/factors/new"
    assert client.get("/staff/factors/new").status_code == 200


def test_setting_up_the_app_signs_in_and_shows_ten_codes(client, clock, database):
    given_account(database, "anna")
    Phone(client, clock)
    before = client.get("/staff/factors/new").request.headers["cookie"]
    _, answer = set_up(client, clock, next_page="/hq/roll")
    codes = [words(code) for code in parsed(answer).select(".recovery-codes li")]
    assert len(codes) == 10
    assert all(re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", code) for code in codes)
    assert parsed(answer).select_one("main a.govuk-button")["href"] == "/hq/roll"
    assert client.get("/hq/roll").status_code == 200
    old = client.get("/hq/roll", headers={"Cookie": before})
    assert old.status_code == 303, "the cookie from before the proof opens nothing"
    assert [event.action for event in events_of(database)][1:] == [
        "FactorAdded",
        "RecoveryCodesMade",
        "StaffSignedIn",
    ]
    assert held(database).codes_left == 10


def test_an_app_whose_code_is_wrong_is_not_set_up_and_keeps_its_picture(client, clock, database):
    given_account(database, "anna")
    Phone(client, clock)
    page = parsed(client.get("/staff/factors/new"))
    kept = page.select_one("[name=kept]")["value"]
    answer = client.post("/staff/factors/app", data={"kept": kept, "code": "000000"})
    assert answer.status_code == 422
    again = parsed(answer)
    assert again.select_one("[name=kept]")["value"] == kept
    assert again.select_one(".code-block").text == page.select_one(".code-block").text
    assert not held(database).any


def test_an_account_with_a_factor_gets_no_further_than_being_asked_for_it(
    client, clock, database, settings
):
    secret, _ = given_app(database, settings, "anna")
    phone = Phone(client, clock)
    assert phone.answer.headers["location"] == "/sign-in/factor"
    assert client.get("/staff").headers["location"] == "/sign-in?next=/staff"
    assert client.get("/staff/factors/new").status_code == 303, "nor can it set up another"
    assert client.post("/staff/factors/codes").status_code == 303
    assert phone.show_code(secret).headers["location"] == "/staff"
    assert client.get("/staff").status_code == 200


def test_a_half_open_session_opens_no_door_for_staff(client, database, settings):
    """Not only the pages: whatever route there is, the session is nobody's."""
    for role, branch in BRANCHES.items():
        given_app(database, settings, role, role=role, branch=branch)
        secret, _ = signed_in(database, settings, role)
        cookie = {"Cookie": f"{SESSION_COOKIE}={secret}"}
        assert visit_of(database, settings, secret).proved_at is None
        asked = 0
        for door in doors_of(client.app):
            proves = isinstance(door.access, BrowserAccess) and not door.access.proved
            if proves or type(door.access) is Access:
                continue
            client.forget_cookies()
            answer = client.request(door.method, door.address, headers=cookie)
            assert answer.status_code in {303, 401}, (door, answer.text)
            asked += 1
        assert asked > 100


def test_the_password_alone_reads_no_draft(client, database, settings):
    given_app(database, settings, "anna")
    secret, _ = signed_in(database, settings, "anna")
    cookie = {"Cookie": f"{SESSION_COOKIE}={secret}"}
    assert client.get("/api/v1/members/1", headers=cookie).status_code == 401


@pytest.mark.parametrize("typed", ["", "000000", "AAAA-AAAA-AAAA"])
def test_a_wrong_code_is_refused_and_recorded(client, clock, database, settings, typed):
    given_app(database, settings, "anna")
    Phone(client, clock)
    answer = client.post("/sign-in/factor", data={"code": typed})
    assert answer.status_code == 401
    assert "That was not right" in words(parsed(answer).select_one(".govuk-error-summary"))
    assert client.get("/staff").status_code == 303
    assert events_of(database)[-1].action == "FactorRefused"


def test_a_code_of_the_app_signs_in_once(client, clock, database, settings):
    secret, _ = given_app(database, settings, "anna")
    assert Phone(client, clock).show_code(secret).status_code == 303
    assert Phone(client, clock).show_code(secret).status_code == 401
    clock.now += timedelta(seconds=30)
    assert Phone(client, clock).show_code(secret).status_code == 303


def test_a_recovery_code_signs_in_once(client, clock, database, settings):
    _, codes = given_app(database, settings, "anna")
    for status in (303, 401):
        Phone(client, clock)
        answer = client.post("/sign-in/factor", data={"code": codes[0].lower()})
        assert answer.status_code == status
    assert {event.details.get("by") for event in events_of(database)} >= {"recovery code"}


def test_after_too_many_wrong_codes_nothing_more_is_looked_at(client, clock, database, settings):
    secret, _ = given_app(database, settings, "anna")
    phone = Phone(client, clock)
    for _ in range(settings.failures_allowed):
        assert client.post("/sign-in/factor", data={"code": "000000"}).status_code == 401
    refused = phone.show_code(secret)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    clock.now += settings.failures_window
    assert phone.show_code(secret).status_code == 303


def test_signing_in_leads_back_to_the_page_and_to_no_other_site(client, clock, database, settings):
    secret, _ = given_app(database, settings, "anna")
    form = {"name": "anna", "password": PASSWORD, "next": "/hq/roll"}
    asked = client.post("/sign-in", data=form).headers["location"]
    assert asked == "/sign-in/factor?next=/hq/roll"
    page = parsed(client.get(asked))
    assert page.select_one("[name=next]")["value"] == "/hq/roll"
    typed = {"code": code_at(secret, NOON), "next": "//evil.example"}
    assert client.post("/sign-in/factor", data=typed).headers["location"] == "/staff"


def test_whoever_has_only_typed_the_password_can_sign_out(client, clock, database, settings):
    given_app(database, settings, "anna")
    Phone(client, clock)
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    assert client.get("/sign-in/factor").headers["location"].startswith("/sign-in?next=")


def test_a_branch_officer_needs_no_factor_and_may_have_one(client, clock, database, settings):
    given_account(database, "bo", role=Role.BRANCH, branch="Leeds")
    assert Phone(client, clock, "bo").answer.headers["location"] == "/staff"
    secret, answer = set_up(client, clock)
    assert answer.status_code == 200
    clock.now += timedelta(minutes=1)
    phone = Phone(client, clock, "bo")
    assert phone.answer.headers["location"] == "/sign-in/factor"
    assert phone.show_code(secret).status_code == 303
    assert client.post("/staff/factors/app/remove").status_code == 303
    assert Phone(client, clock, "bo").answer.headers["location"] == "/staff"
    assert held(database, "bo").codes_left == 0


def test_the_last_factor_of_headquarters_stays(client, clock, database, settings):
    secret, _ = given_app(database, settings, "anna")
    Phone(client, clock).show_code(secret)
    refused = client.post("/staff/factors/app/remove")
    assert refused.status_code == 409
    assert "Add another first" in refused.text
    assert held(database).app


@pytest.mark.parametrize("role", [Role.HQ, Role.SCRUTINEER])
@pytest.mark.parametrize(
    "eased", [{"second_factor": "optional"}, {"demo": True}], ids=["optional", "demo"]
)
def test_where_it_is_not_required_a_password_signs_in(database, settings, clock, role, eased):
    given_account(database, "anna", role=role)
    with AppClient(create_app(settings.model_copy(update=eased), clock=clock)) as client:
        assert Phone(client, clock).answer.headers["location"] == "/staff"
        assert client.get("/staff").status_code == 200


def test_where_it_is_optional_whoever_has_one_is_asked(database, settings, clock):
    eased = settings.model_copy(update={"second_factor": "optional"})
    secret, _ = given_app(database, eased, "anna")
    with AppClient(create_app(eased, clock=clock)) as client:
        phone = Phone(client, clock)
        assert phone.answer.headers["location"] == "/sign-in/factor"
        assert client.get("/staff").status_code == 303
        assert phone.show_code(secret).headers["location"] == "/staff"


def test_an_operator_takes_lost_factors_away_which_signs_out(client, clock, database, settings):
    secret, codes = given_app(database, settings, "anna")
    Phone(client, clock).show_code(secret)
    assert client.get("/staff").status_code == 200
    with database.writing() as session:
        reset_factors(session, "anna", actor=COMMAND_LINE, now=NOON)
    assert client.get("/staff").status_code == 303
    last = events_of(database)[-1]
    assert (last.action, last.subject, last.actor) == ("FactorsReset", "anna", "command line")
    assert last.details | {"factors_before": 1, "codes_before": 10, "sessions": 1} == last.details
    phone = Phone(client, clock)
    assert phone.answer.headers["location"] == "/staff/factors/new"
    assert client.post("/sign-in/factor", data={"code": codes[1]}).status_code == 401


def test_new_recovery_codes_are_shown_once_and_end_the_old(client, clock, database, settings):
    secret, old = given_app(database, settings, "anna")
    Phone(client, clock).show_code(secret)
    page = parsed(client.post("/staff/factors/codes"))
    new = [words(code) for code in page.select(".recovery-codes li")]
    assert len(new) == 10
    assert new[0] not in client.get("/staff/account").text
    Phone(client, clock)
    assert client.post("/sign-in/factor", data={"code": old[0]}).status_code == 401
    assert client.post("/sign-in/factor", data={"code": new[0]}).status_code == 303
    assert "9 codes of 10 work still" in words(parsed(client.get("/staff/account")).main)


def test_every_door_for_staff_is_tried_with_half_a_session(client):
    kinds = {type(door.access) for door in doors_of(client.app)}
    assert kinds >= {Access, StaffAccess, BrowserAccess}
