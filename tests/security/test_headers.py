"""What every answer of the real application tells the browser, a page, data or an error."""

import pytest
from fastapi import APIRouter, Depends

import app.main
from app.core.settings import Settings
from app.main import create_app
from app.routes import all_routes
from app.security import access
from app.web.security_headers import security_headers
from tests.support.client import AppClient


def boom() -> None:
    raise ZeroDivisionError


@pytest.fixture
def client(settings, clock, monkeypatch):
    """The application, with one page and one answer that fail."""

    def with_a_fault() -> APIRouter:
        routes = all_routes()
        for path in ("/boom", "/api/boom"):
            routes.add_api_route(path, boom, dependencies=[Depends(access.PUBLIC)])
        return routes

    monkeypatch.setattr(app.main, "all_routes", with_a_fault)
    with AppClient(create_app(settings, clock=clock)) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("GET", "/sign-in", {}, 200, id="a page"),
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
