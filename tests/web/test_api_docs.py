"""The page about the REST interface says what the interface is, and its examples work."""

import json
import re

import pytest

from app.core.settings import Settings
from app.main import create_app
from app.web.api_docs import groups_of
from app.web.api_examples import BODIES, answers
from tests.conftest import SECRET
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.client import AppClient
from tests.support.pages import parsed

BALLOT_VOTES = ("POST", "/api/v1/ballots/{slug}/votes")


@pytest.fixture(scope="module")
def docs(sqlite):
    """A client that reads what no database has a part in; drawing it up takes long enough."""
    url = sqlite.create_migrated()
    settings = Settings(database_url=url, secret_key=SECRET, base_url="http://testserver")
    with AppClient(create_app(settings)) as client:
        yield client
    sqlite.drop(url)


@pytest.fixture(scope="module")
def calls(docs):
    """Each documented call by method and path."""
    return {(call.method, call.path): call for _, group in groups_of(docs.app) for call in group}


@pytest.fixture(scope="module")
def page(docs):
    return parsed(docs.get("/docs").text)


def test_every_call_of_the_interface_is_on_the_page(docs, page):
    shown = {
        " ".join(line.get_text(" ", strip=True).split()) for line in page.select(".call__line")
    }
    document = docs.get("/openapi.json").json()
    described = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert shown == described
    assert "POST /api/v1/ballots/{slug}/votes" in shown


def test_the_list_at_the_top_leads_to_every_call(page):
    links = [link["href"] for link in page.select(".call-list a")]
    assert len(links) == len(page.select(".call"))
    assert set(links) <= {f"#{each['id']}" for each in page.select("[id]")}


@pytest.mark.parametrize(
    ("call", "who"),
    [
        (("POST", "/api/v1/thresholds"), "Everybody"),
        (("POST", "/api/v1/ballots/{slug}/votes"), "A member, with their voting code"),
        (("POST", "/api/v1/ballots"), "Headquarters"),
        (("POST", "/api/v1/ballots/{slug}/declare"), "Headquarters and scrutineers"),
        (("GET", "/api/v1/members/{membership_number}"), "Headquarters and branches"),
    ],
)
def test_it_says_who_may(calls, call, who):
    assert calls[call].who == who


def test_the_vote_tells_every_refusal(calls):
    answers = {answer.status: answer.text for answer in calls[BALLOT_VOTES].answers}
    assert answers["409"].startswith("already_voted")
    assert answers["410"].startswith("ballot_closed")


def test_no_page_of_the_web_form_is_documented_as_a_call(calls):
    assert [
        path for _, path in calls if path.startswith(("/vote", "/ballots", "/calculator"))
    ] == []


def test_nothing_on_it_comes_from_elsewhere(docs):
    assert re.findall(r"(?:src|href)=\"https?://", docs.get("/docs").text) == []


def test_the_example_of_a_ballot_sets_one_up(client, database, settings):
    token = given_token(database, settings)
    body = BODIES["POST", "/api/v1/ballots"]
    assert client.post("/api/v1/ballots", json=body, token=token).status_code == 201


def test_the_example_for_the_calculator_is_judged(client):
    answer = client.post("/api/v1/thresholds", json=BODIES["POST", "/api/v1/thresholds"])
    assert answer.status_code == 200
    assert answer.json()["carried"] is True


def test_the_example_of_past_results_is_judged(client):
    body = BODIES["POST", "/api/v1/past-results"]
    answer = client.post("/api/v1/past-results", json=body)
    assert answer.status_code == 200
    assert answer.json()["gained"] == ["Govia Thameslink Railway"]


def test_the_example_of_a_vote_is_counted(client, database, settings, calls):
    add_members(database, 1)
    ballot = given_ballot(database, settings)
    path = BALLOT_VOTES[1].replace("{slug}", ballot.slug)
    body = json.loads(calls[BALLOT_VOTES].body)
    assert client.post(path, json=body, token=ballot.any_code).status_code == 201


def test_every_example_that_is_written_by_hand_belongs_to_a_call(calls):
    assert BODIES.keys() <= calls.keys()
    assert answers().keys() <= {" ".join(call) for call in calls}


@pytest.mark.parametrize(
    ("call", "status", "shown"),
    [
        (("GET", "/api/v1/ballots/{slug}/turnout"), "200", '"turnout_percent": "43.72"'),
        (("POST", "/api/v1/ballots/{slug}/declare"), "202", '"awaits": "hq"'),
        (("GET", "/api/v1/ballots/{slug}/turnout/stream"), "200", "event: turnout\n"),
        (("POST", "/api/v1/ballots/{slug}/credentials"), "200", "membership_number,email,code,"),
    ],
)
def test_it_shows_what_a_call_is_answered(calls, call, status, shown):
    [example] = [each.example for each in calls[call].answers if each.status == status]
    assert shown in example


def test_a_file_that_is_sent_is_shown_as_it_is(calls):
    call = calls["POST", "/api/v1/roll/imports"]
    assert call.body.startswith("membership_number,")
    assert call.body_kind == "multipart/form-data, with this as the field “file”"
