"""Signing in and out, who is sent where, and each role's first page."""

from datetime import timedelta

import pytest

from app.main import create_app
from app.security.access import SESSION_COOKIE
from app.security.models import Role
from app.web.proving import local_path
from tests.support.ballots import add_members, given_ballot
from tests.support.client import AppClient
from tests.support.desks import Desk, given_desk, words
from tests.support.drafts import given_draft
from tests.support.pages import parsed
from tests.support.staff import PASSWORD, given_account
from tests.support.turnout import set_votes

RIGHT = {"name": "anna", "password": PASSWORD}


@pytest.fixture
def anna(database):
    return given_account(database)


def test_signing_in_gives_a_cookie_that_script_and_other_sites_cannot_use(client, anna, settings):
    answer = client.post("/sign-in", data=RIGHT)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
    name_and_value, *facts = answer.headers["set-cookie"].lower().split("; ")
    assert name_and_value.startswith(f"{SESSION_COOKIE}=")
    lasts = int(settings.session_length.total_seconds())
    assert set(facts) == {"httponly", "samesite=lax", "path=/", f"max-age={lasts}"}


def test_over_https_the_cookie_goes_by_https_only(database, settings, clock, anna):
    secure = settings.model_copy(update={"base_url": "https://vote.example.org"})
    with AppClient(create_app(secure, clock=clock)) as client:
        answer = client.post("/sign-in", data=RIGHT)
    assert "secure" in answer.headers["set-cookie"].lower().split("; ")


def test_a_wrong_name_and_a_wrong_password_look_the_same(client, anna):
    wrong_password = client.post("/sign-in", data={"name": "anna", "password": "no"})
    wrong_name = client.post("/sign-in", data={"name": "anya", "password": PASSWORD})
    assert wrong_password.status_code == wrong_name.status_code == 401
    assert wrong_password.text == wrong_name.text.replace('value="anya"', 'value="anna"')
    page = parsed(wrong_password.text)
    assert page.select_one("#name")["value"] == "anna"
    assert page.select_one("#password").get("value") is None
    assert "do not match" in words(page.select_one(".govuk-error-summary"))
    assert page.title.get_text(strip=True).startswith("Error: Sign in")


def test_after_too_many_failures_nobody_gets_in_from_there_for_a_while(
    client, anna, settings, clock
):
    for _ in range(settings.failures_allowed):
        client.post("/sign-in", data={"name": "anna", "password": "no"})
    refused = client.post("/sign-in", data=RIGHT)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= settings.failures_window.total_seconds()
    assert "too many failed tries" in refused.text
    clock.now += settings.failures_window
    assert client.post("/sign-in", data=RIGHT).status_code == 303


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        pytest.param("/hq/roll", "/hq/roll", id="our own page"),
        pytest.param("/branch/x?branch=Leeds", "/branch/x?branch=Leeds", id="with a query"),
        pytest.param("https://evil.example", "/staff", id="another site"),
        pytest.param("//evil.example", "/staff", id="another site by its host alone"),
        pytest.param("/\\evil.example", "/staff", id="a backslash, which browsers read as a slash"),
        pytest.param("/\t/evil.example", "/staff", id="a tab, which browsers drop"),
        pytest.param("javascript:alert(1)", "/staff", id="script"),
        pytest.param("staff", "/staff", id="no path"),
        pytest.param("", "/staff", id="nothing"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(asked, given):
    assert local_path(asked) == given


def test_whoever_opens_a_page_signed_out_comes_back_to_it(client, anna):
    sent_away = client.get("/hq/roll")
    assert (sent_away.status_code, sent_away.headers["location"]) == (303, "/sign-in?next=/hq/roll")
    page = parsed(client.get("/sign-in?next=/hq/roll").text)
    onward = page.select_one("[name=next]")["value"]
    answer = client.post("/sign-in", data=RIGHT | {"next": onward})
    assert answer.headers["location"] == "/hq/roll"


def test_the_form_does_not_lead_to_another_site_either(client, anna):
    page = parsed(client.get("/sign-in?next=//evil.example").text)
    assert page.select_one("[name=next]")["value"] == "/staff"
    answer = client.post("/sign-in", data=RIGHT | {"next": "//evil.example"})
    assert answer.headers["location"] == "/staff"


def test_a_form_that_was_sent_signed_out_is_not_asked_for_again(client):
    """Its address may take nothing but forms."""
    answer = client.post("/hq/ballots/pay-2026/freeze")
    assert answer.headers["location"] == "/sign-in?next=/staff"


def test_a_live_page_whose_session_is_over_is_told_so(client):
    answer = client.get("/hq/ballots/pay-2026/turnout/panel", headers={"HX-Request": "true"})
    assert answer.status_code == 401


def test_whoever_is_signed_in_need_not_sign_in_again(client, database):
    anna = given_desk(client, database, "anna")
    assert anna.get("/sign-in?next=/hq/roll").headers["location"] == "/hq/roll"


def test_signing_out_ends_the_session_and_not_only_the_cookie(client, database):
    anna = given_desk(client, database, "anna")
    answer = anna.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert f'{SESSION_COOKIE}="";' in answer.headers["set-cookie"]
    assert anna.get("/staff").headers["location"] == "/sign-in?next=/staff"


def test_a_session_ends_by_itself(client, database, clock, settings):
    anna = given_desk(client, database, "anna")
    clock.now += settings.session_length - timedelta(seconds=1)
    assert anna.get("/staff").status_code == 200
    clock.now += timedelta(seconds=1)
    assert anna.get("/staff").status_code == 303


def test_another_site_cannot_send_our_forms(client, database):
    anna = given_desk(client, database, "anna")
    forged = anna.post("/sign-out", headers={"Origin": "https://evil.example"})
    assert forged.status_code == 403
    assert anna.get("/staff").status_code == 200


HQ_ONLY = ["/hq/roll", "/hq/ballots/new", "/hq/ballots/pay-2026", "/hq/ballots/pay-2026/turnout"]


@pytest.mark.parametrize("page", HQ_ONLY)
@pytest.mark.parametrize("role", [Role.BRANCH, Role.SCRUTINEER])
def test_the_pages_of_headquarters_are_for_headquarters(client, database, role, page):
    branch = "Leeds" if role is Role.BRANCH else None
    desk = given_desk(client, database, "bo", role=role, branch=branch)
    refused = desk.get(page)
    assert refused.status_code == 403
    assert "You may not do this" in refused.text


def test_a_scrutineer_has_no_branch_and_an_officer_no_codes(client, database, settings):
    add_members(database, 10)
    given_ballot(database, settings)
    scrutineer = given_desk(client, database, "sue", role=Role.SCRUTINEER)
    officer = given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds")
    assert scrutineer.get("/branch/pay-2026").status_code == 403
    for page in ("codes", "count", "declare"):
        assert officer.get(f"/staff/ballots/pay-2026/{page}").status_code == 403
        assert officer.post(f"/staff/ballots/pay-2026/{page}").status_code in {403, 405}


def test_headquarters_finds_every_ballot_with_its_turnout(client, database, settings):
    add_members(database, 20)
    ballot = given_ballot(database, settings)
    set_votes(database, ballot.id, Leeds=5)
    home = given_desk(client, database).page("/staff")
    [card] = home.select(".card")
    assert "Voting is open" in words(card)
    assert "5 of 20 have voted, 25.00 %." in words(card)
    assert "7 days left" in words(card)
    links = {words(link): link["href"] for link in card.select("a")}
    assert links["Live turnout of Pay offer 2026"] == "/hq/ballots/pay-2026/turnout"
    assert home.select_one(".site-nav [aria-current=page]")["href"] == "/staff"


def test_the_ballot_that_runs_stands_first(client, database, settings):
    add_members(database, 20)
    given_ballot(database, settings)
    given_draft(database, slug="next-year", title="Next year")
    for role, branch in ((Role.HQ, None), (Role.BRANCH, "Leeds")):
        home = given_desk(client, database, f"who-{role}", role=role, branch=branch).page("/staff")
        titles = [words(card.select_one("h2")) for card in home.select(".card") if card.h2]
        assert titles == ["Pay offer 2026", "Next year"]


def test_a_branch_officer_finds_their_branch_in_every_ballot(client, database, settings):
    add_members(database, 20)
    add_members(database, 30, branch="York")
    ballot = given_ballot(database, settings)
    set_votes(database, ballot.id, Leeds=5, York=20)
    home = given_desk(client, database, "bo", role=Role.BRANCH, branch="Leeds").page("/staff")
    assert home.h1.get_text() == "Ballots in Leeds"
    [card] = home.select(".card")
    assert "5 of 20 have voted" in words(card)
    assert card.a["href"] == "/branch/pay-2026"


def test_a_scrutineer_finds_the_ballots_that_name_them_and_no_turnout(client, database, settings):
    add_members(database, 20)
    given_account(database, "sue", role=Role.SCRUTINEER)
    given_account(database, "sam", role=Role.SCRUTINEER)
    given_ballot(database, settings, scrutineer=None, slug="nobodys", title="Nobody’s")
    ballot = given_draft(database, scrutineer="sue")
    sue = Desk(client, "sue").page("/staff")
    assert [words(title) for title in sue.select(".card h2")] == ["Pay offer 2026"]
    assert "have voted" not in words(sue.main)
    assert Desk(client, "sam").page("/staff").select(".card") == []
    assert ballot.scrutineer == "sue"


def test_only_headquarters_is_offered_webhooks_beneath_its_ballots(client, database):
    def also_here(role):
        home = given_desk(client, database, f"who-{role}", role=role).page("/staff")
        return [link["href"] for link in home.find("h2", string="Also here").find_next("ul")("a")]

    both = ["/staff/audit", "/staff/assessment"]
    assert also_here(Role.HQ) == [*both, "/hq/webhooks"]
    assert also_here(Role.SCRUTINEER) == both


def test_a_ballot_that_nobody_can_vote_in_yet_has_no_turnout_to_look_at(
    client, database, settings, clock
):
    add_members(database, 3)
    given_ballot(database, settings)
    clock.now -= timedelta(hours=2)
    [card] = given_desk(client, database).page("/staff").select(".card")
    assert [link["href"] for link in card.select(".inline-links a")] == ["/hq/ballots/pay-2026"]
