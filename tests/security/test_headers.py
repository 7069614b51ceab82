"""What every answer of the real application tells the browser, a page, data or an error."""

import pytest
from bs4 import BeautifulSoup
from fastapi import APIRouter, Depends

import app.main
from app.core.settings import Settings
from app.main import create_app
from app.routes import all_routes
from app.security import access
from app.web.security_headers import security_headers
from tests.support.client import AppClient

FORBIDDEN = 403
# Named by hand, so that none can be dropped where they are made.
NAMES = {
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "cache-control",
}


def boom() -> None:
    raise ZeroDivisionError


@pytest.fixture
def client(settings, clock, monkeypatch):
    """The application, with one page and one answer that fail."""

    def with_a_fault() -> APIRouter:
        routes = APIRouter()
        # The one router of all applications stays as it is.
        routes.routes += all_routes().routes
        for path in ("/boom", "/api/boom"):
            routes.add_api_route(path, boom, dependencies=[Depends(access.PUBLIC)])
        return routes

    monkeypatch.setattr(app.main, "all_routes", with_a_fault)
    with AppClient(create_app(settings, clock=clock)) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("GET", "/vote", {}, 200, id="a page"),
        pytest.param("GET", "/vote/AAAA-BBBB", {}, 404, id="a code that opens nothing"),
        pytest.param("GET", "/staff", {}, 303, id="a redirection"),
        pytest.param("HEAD", "/", {}, 200, id="the head alone"),
        pytest.param("GET", "/metrics", {}, 200, id="metrics"),
        pytest.param("GET", "/openapi.json", {}, 200, id="the interface"),
        pytest.param("GET", "/static/none.css", {}, 404, id="no such file"),
        pytest.param("GET", f"/{'x' * 9000}", {}, 414, id="an address that is too long"),
        pytest.param("GET", "/", {"X-Long": "x" * 40_000}, 431, id="headers that are too large"),
        pytest.param("GET", "/api/v1/rule-books", {}, 200, id="an answer"),
        pytest.param("GET", "/nowhere", {}, 404, id="no such page"),
        pytest.param("GET", "/api/v1/ballots/none", {}, 404, id="no such ballot"),
        pytest.param("POST", "/api/v1/ballots", {}, 401, id="nobody"),
        pytest.param("POST", "/api/v1/thresholds", {}, 422, id="not understood"),
        pytest.param("DELETE", "/healthz", {}, 405, id="not that method"),
        pytest.param("GET", "/boom", {}, 500, id="a page that fails"),
        pytest.param("GET", "/api/boom", {}, 500, id="an answer that fails"),
        pytest.param("POST", "/sign-in", {"Sec-Fetch-Site": "cross-site"}, 403, id="another site"),
    ],
)
def test_every_answer_carries_the_headers(client, method, path, headers, status):
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    expected = {
        name.lower(): value for name, value in security_headers(https=False).headers.items()
    }
    assert expected.keys() >= NAMES
    if path in {"/staff", "/sign-in"}:
        # Its forms must show where they come from; see docs/decisions/0016.
        expected["referrer-policy"] = "same-origin"
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_an_unexpected_error_says_a_reference_and_nothing_of_what_went_wrong(client):
    answer = client.get("/api/boom")
    assert answer.json()["code"] == "unexpected"
    assert "Reference " in answer.json()["detail"]
    assert "ZeroDivision" not in answer.text


def test_where_tls_is_in_use_it_is_demanded_for_the_future(settings: Settings, clock):
    over_tls = settings.model_copy(update={"base_url": "https://vote.example.org"})
    with AppClient(create_app(over_tls, clock=clock)) as client:
        assert client.get("/sign-in").headers["strict-transport-security"].startswith("max-age=")


def test_what_the_content_policy_allows_is_our_own_files_and_nothing_else(client):
    policy = client.get("/").headers["content-security-policy"]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == allowed["base-uri"] == allowed["frame-ancestors"] == "'none'"
    assert set(allowed.values()) == {"'none'", "'self'"}


def test_a_built_file_may_be_kept_and_carries_the_rest(client):
    css = BeautifulSoup(client.get("/").text, "html.parser").select_one("link[rel=stylesheet]")
    answer = client.get(css["href"])
    assert "immutable" in answer.headers["cache-control"]
    assert {name for name in NAMES if name not in answer.headers} == set()


def test_a_secret_in_an_address_is_told_to_nobody(client):
    secret = ("/vote/AAAA-BBBB-CCCC", "/sign-in/invitation/AAAA", "/turnout/AAAA")
    for path in (*secret, "/vote", "/lost-link", "/my-details"):
        assert client.get(path).headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/vote/code", "/lost-link", "/my-details"])
def test_a_form_without_a_cookie_need_not_say_where_it_is_from(client, path):
    """Under no-referrer a browser says `Origin: null` of our own forms."""
    assert client.post(path, data={}, headers={"Origin": "null"}).status_code != FORBIDDEN


@pytest.mark.parametrize("path", ["/vote/code", "/lost-link", "/sign-in", "/sign-out"])
def test_a_form_that_says_it_is_from_another_site_is_refused(client, path):
    for headers in (
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://x.org"},
    ):
        assert client.post(path, data={}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/hq/ballots/new", "/voted"])
def test_where_a_cookie_counts_a_form_must_say_where_it_is_from(client, path):
    assert client.post(path, data={}, headers={"Origin": "null"}).status_code == 403


@pytest.mark.parametrize("name", ["Origin", "Host", "Sec-Fetch-Site"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_header_that_is_no_text_is_refused_and_breaks_nothing(client, method, name):
    answer = client.request(method, "/sign-in", headers={name: b"\xe9vil"})
    assert answer.status_code == FORBIDDEN
