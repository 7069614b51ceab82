"""What cannot be undone is done only by a browser that has just proved whose it is."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from app.security.access import BrowserAccess, FactorAccess, StaffAccess
from app.security.models import Role
from tests.support.ballots import add_members, given_token
from tests.support.desks import Desk, given_desk, words
from tests.support.drafts import given_draft
from tests.support.factors import add_app, code_at, strictly
from tests.support.routes import doors_of
from tests.support.staff import NOON, PASSWORD, events_of, given_account

# Every page that does what cannot be undone. A new one stands here, and on a marker STEPPED_UP.
DANGEROUS = {
    "/hq/ballots/{slug}/freeze",
    "/staff/ballots/{slug}/codes",
    "/staff/ballots/{slug}/letters",
    "/staff/ballots/{slug}/evidence",
    "/hq/ballots/{slug}/invitations",
    "/hq/ballots/{slug}/invitations/again",
    "/hq/ballots/{slug}/texts",
    "/hq/ballots/{slug}/new-link",
    "/hq/ballots/{slug}/reminders",
    "/hq/ballots/{slug}/close/{number}/approve",
    "/hq/ballots/{slug}/close/{number}/refuse",
    "/hq/ballots/{slug}/roll/supplements",
    "/hq/ballots/{slug}/roll/exclusions/{number}/approve",
    "/hq/ballots/{slug}/roll/exclusions/{number}/refuse",
    "/staff/ballots/{slug}/declare",
    "/staff/ballots/{slug}/cancel",
    "/staff/ballots/{slug}/cancel/{number}/approve",
    "/hq/changes-of-law",
    "/hq/changes-of-law/{planned_key}/withdraw",
    "/hq/webhooks",
    "/hq/webhooks/{number}/end",
    "/hq/staff/invitations",
    "/hq/staff/invitations/{number}/withdraw",
    "/hq/staff/close",
    "/hq/staff/sign-out",
    "/staff/account/password",
    "/staff/factors/app",
    "/staff/factors/challenge",
    "/staff/factors/passkey",
    "/staff/factors/codes",
    "/staff/factors/app/remove",
    "/staff/factors/passkeys/{number}/remove",
}


@pytest.fixture
def settings(settings):
    return strictly(settings).model_copy(update={"second_factor": "optional"})


@pytest.fixture(autouse=True)
def at_noon(clock):
    clock.now = NOON


def steps_up(door):
    if isinstance(door.access, FactorAccess):
        return True
    return isinstance(door.access, StaffAccess | BrowserAccess) and door.access.stepped_up


def parsed(answer):
    return BeautifulSoup(answer.text, "html.parser")


def fields(answer):
    """What the browser sends back with the page's last form."""
    form = parsed(answer).select("main form")[-1]
    assert form["action"] == "/staff/confirm"
    return {each["name"]: each.get("value", "") for each in form.select("input")}


def past(clock):
    clock.now += timedelta(minutes=10)


def test_the_dangerous_pages_are_these_and_no_others(client):
    found = {door.path for door in doors_of(client.app) if steps_up(door) and not door.is_api}
    assert found - {"/staff/factors/new"} == DANGEROUS


def test_each_of_them_asks_a_browser_that_proved_too_long_ago(client, database, clock):
    desks = {
        Role.HQ: given_desk(client, database, "hq"),
        Role.SCRUTINEER: given_desk(client, database, "sc", role=Role.SCRUTINEER),
    }
    past(clock)
    for door in doors_of(client.app):
        if not steps_up(door) or door.is_api or door.method != "POST":
            continue
        roles = getattr(door.access, "roles", set(Role))
        for role, desk in desks.items():
            if role in roles:
                before = len(events_of(database))
                answer = desk.post(door.address, data={"why": "because"})
                assert answer.status_code == 403, door
                assert words(parsed(answer).h1) == "Confirm that it is you", door
                assert len(events_of(database)) == before, door


def test_a_fresh_sign_in_needs_no_other_proof(client, database):
    desk = given_desk(client, database)
    given_draft(database)
    add_members(database, 2)
    answer = desk.post("/hq/ballots/pay-2026/freeze")
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize(
    ("after", "asked"),
    [
        pytest.param(timedelta(minutes=10, microseconds=-1), False, id="the last moment"),
        pytest.param(timedelta(minutes=10), True, id="the end itself is too late"),
    ],
)
def test_a_proof_lasts_as_long_as_the_setting_says(client, database, clock, after, asked):
    desk = given_desk(client, database)
    clock.now += after
    answer = desk.post("/hq/staff/invitations", data={"name": "bea", "role": "hq"})
    assert answer.status_code == (403 if asked else 200)


def test_the_form_is_sent_again_as_it_was_after_the_password(client, database, clock):
    desk = given_desk(client, database)
    past(clock)
    sent = {"name": "Zoë “B”", "role": "branch", "branch": ""}
    asked = desk.post("/hq/staff/invitations", data=sent)
    kept = fields(asked)
    assert sent.items() <= kept.items()
    answer = desk.post("/staff/confirm", data=kept | {"confirm-password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (307, "/hq/staff/invitations")
    last = events_of(database)[-1]
    assert (last.action, last.details) == ("StaffProved", {"by": "password"})
    # A browser sends to that address what it sent to this one.
    again = desk.post("/hq/staff/invitations", data=kept | {"confirm-password": PASSWORD})
    assert parsed(again).select_one("#name")["value"] == sent["name"]
    assert desk.post("/hq/staff/invitations", data={"name": "c", "role": "hq"}).status_code == 200


def test_a_wrong_proof_keeps_the_form_and_changes_nothing(client, database, clock):
    desk = given_desk(client, database)
    past(clock)
    kept = fields(desk.post("/hq/staff/invitations", data={"name": "bea", "role": "hq"}))
    wrong = desk.post("/staff/confirm", data=kept | {"confirm-password": "not this one"})
    assert wrong.status_code == 401
    assert fields(wrong) == kept
    assert "not this one" not in wrong.text
    assert desk.post("/hq/staff/invitations", data={"name": "bea"}).status_code == 403


def test_whoever_has_a_factor_is_asked_for_that_and_not_for_the_password(
    client, database, settings, clock
):
    given_account(database, "anna")
    desk = Desk(client, "anna")
    secret, codes = add_app(database, settings, "anna")
    past(clock)
    kept = fields(desk.post("/hq/staff/close", data={"name": "bea"}))
    assert "confirm-password" not in kept
    refused = desk.post("/staff/confirm", data=kept | {"confirm-password": PASSWORD})
    assert refused.status_code == 401
    code = code_at(secret, clock.now)
    for status in (307, 401):
        answer = desk.post("/staff/confirm", data=kept | {"confirm-code": code})
        assert answer.status_code == status, "a code works once"
    past(clock)
    assert desk.post("/staff/confirm", data=kept | {"confirm-code": codes[0]}).status_code == 307


def test_a_form_with_a_file_is_not_kept_and_the_page_says_so(client, database, clock):
    desk = given_desk(client, database)
    past(clock)
    answer = desk.post("/hq/staff/close", data={"name": "b"}, files={"file": ("a", b"x")})
    assert answer.status_code == 403
    assert "What you sent was not kept" in answer.text
    assert {name for name in fields(answer) if not name.startswith("confirm-")} == set()
    long = desk.post("/hq/staff/close", data={"name": "b" * 70_000})
    assert "What you sent was not kept" in long.text


def test_a_page_that_needs_a_proof_opens_after_it(client, database, clock):
    desk = given_desk(client, database)
    past(clock)
    sent_away = desk.get("/staff/factors/new?next=/hq/roll")
    assert sent_away.status_code == 303
    location = sent_away.headers["location"]
    assert location.startswith("/staff/confirm?next=/staff/factors/new")
    kept = fields(desk.get(location))
    answer = desk.post("/staff/confirm", data=kept | {"confirm-password": PASSWORD})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/factors/new?next=/hq/roll"


@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_proof_leads_to_no_other_site(client, database, clock, then):
    desk = given_desk(client, database)
    form = {"confirm-then": then, "confirm-sends": "form", "confirm-password": PASSWORD}
    assert desk.post("/staff/confirm", data=form).headers["location"] == "/staff"


def test_after_too_many_wrong_passwords_the_right_one_is_not_looked_at(
    client, database, settings, clock
):
    desk = given_desk(client, database)
    past(clock)
    for _ in range(settings.failures_allowed):
        desk.post("/staff/confirm", data={"confirm-password": "not this one"})
    assert desk.post("/staff/confirm", data={"confirm-password": PASSWORD}).status_code == 429


def test_a_program_is_asked_nothing(client, database, settings, clock):

    token = given_token(database, settings)
    past(clock)
    answer = client.post("/hq/staff/invitations", token=token, data={"name": "b", "role": "hq"})
    assert answer.status_code == 200
