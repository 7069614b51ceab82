"""Who gets through which door: every route of the application against every role."""

import pytest

from app.audit.service import COMMAND_LINE
from app.security.access import SESSION_COOKIE, Access, BrowserAccess, StaffAccess
from app.security.models import Role
from app.security.service import issue_token
from tests.support.one_database import ON_ONE_DATABASE, one_case_on_both
from tests.support.routes import doors_of
from tests.support.staff import NOON, given_account, signed_in

BRANCHES = {Role.HQ: None, Role.BRANCH: "Leeds", Role.SCRUTINEER: None}


@pytest.fixture
def tokens(database, settings):
    """A token of one account of each role."""
    made = {}
    for role, branch in BRANCHES.items():
        given_account(database, role, role=role, branch=branch)
        with database.writing() as session:
            made[role] = issue_token(session, role, actor=COMMAND_LINE, settings=settings, now=NOON)
    return made


def staff_doors(client):
    doors = [door for door in doors_of(client.app) if isinstance(door.access, StaffAccess)]
    assert doors
    return doors


def browser_doors(client):
    doors = [door for door in doors_of(client.app) if isinstance(door.access, BrowserAccess)]
    assert doors
    return doors


def ask(client, door, **how):
    client.forget_cookies()
    return client.request(door.method, door.address, **how)


def is_turned_away(answer):
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")


def test_nobody_gets_through_a_door_for_staff(client):
    for door in staff_doors(client):
        answer = ask(client, door)
        if door.is_api:
            assert (door, answer.status_code) == (door, 401)
            assert answer.json()["code"] == "not_signed_in"
            assert answer.headers["www-authenticate"] == "Bearer"
        else:
            assert is_turned_away(answer), door


@pytest.mark.parametrize("role", Role)
def test_staff_get_through_the_doors_of_their_role_and_no_other(client, tokens, role):
    for door in staff_doors(client):
        answer = ask(client, door, token=tokens[role])
        if role in door.access.roles:
            assert answer.status_code not in {401, 403, 500}, (door, answer.text)
            assert not is_turned_away(answer), door
        else:
            assert (door, answer.status_code) == (door, 403)


def test_the_doors_of_a_browsers_own_account_open_to_no_stranger_and_no_program(client, tokens):
    for door in browser_doors(client):
        assert is_turned_away(ask(client, door)), door
        assert is_turned_away(ask(client, door, token=tokens[Role.HQ])), door


def test_public_doors_ask_nobody_who_they_are(client):
    for door in doors_of(client.app):
        if type(door.access) is Access:
            answer = ask(client, door)
            assert answer.status_code < 500, (door, answer.text)
            assert '"code":"not_signed_in"' not in answer.text, door
            assert not is_turned_away(answer), door


def test_a_cookie_changes_nothing_under_the_interface_for_programs(
    client, database, settings, tokens
):
    del tokens
    secret, _ = signed_in(database, settings, Role.HQ)
    cookie = {"Cookie": f"{SESSION_COOKIE}={secret}"}
    assert client.get("/api/v1/ballots", headers=cookie).status_code == 200
    changing = [door for door in staff_doors(client) if door.is_api and door.changes]
    assert changing
    for door in changing:
        answer = ask(client, door, headers=cookie)
        assert (door, answer.status_code) == (door, 401)


@one_case_on_both(
    "headers",
    [
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="a neighbour under our domain"),
        pytest.param({"Origin": "https://evil.example"}, id="an old browser, another origin"),
    ],
)
def test_another_site_cannot_send_anything_that_changes(client, headers):
    changing = [door for door in doors_of(client.app) if door.changes]
    assert changing
    for door in changing:
        assert (door, ask(client, door, headers=headers).status_code) == (door, 403)


@ON_ONE_DATABASE
def test_no_cookie_goes_with_a_form_that_hides_where_it_is_from(client):
    """Members' forms do, for their addresses hold codes; no cookie is read there."""
    changing = [door for door in doors_of(client.app) if door.changes]
    refused = {
        door.path
        for door in changing
        if ask(client, door, headers={"Origin": "null"}).status_code == 403
    }
    let_in = {door.path for door in changing} - refused
    assert let_in == {
        *(f"/vote/{step}" for step in ("code", "change", "check", "cast")),
        "/my-details",
        "/lost-link",
        "/past-results",
        "/ballots/{slug}/receipt",
        "/ballots/{slug}/receipt/proof",
        # Its address is a secret too, and it reads no cookie.
        "/sign-in/invitation/{secret}",
    }


def test_our_own_pages_can(client, tokens):
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}):
        answer = client.post(
            "/api/v1/ballots/unknown/freeze", token=tokens[Role.HQ], headers=headers
        )
        assert answer.status_code == 404


@one_case_on_both(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer unknown", "Basic YTpi", "Token {token}", "{token}"],
)
def test_what_is_no_token_is_nobody(client, tokens, authorization):
    headers = {"Authorization": authorization.format(token=tokens[Role.HQ])}
    assert client.post("/api/v1/ballots/x/freeze", headers=headers).status_code == 401


def test_a_wrong_token_is_not_mended_by_a_cookie(client, database, settings, tokens):
    del tokens
    secret, _ = signed_in(database, settings, Role.HQ)
    headers = {"Cookie": f"{SESSION_COOKIE}={secret}", "Authorization": "Bearer unknown"}
    reading = [door for door in staff_doors(client) if not door.changes]
    assert reading
    for door in reading:
        assert ask(client, door, headers=headers).status_code in {303, 401}, door
