"""The nation of a ballot, over REST: what it changes, and what is refused."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.support.ballots import add_members, ballot_in, given_ballot, given_token

BALLOTS = "/api/v1/ballots"
# A thousand entitled in an important public service, of whom 390 said yes: under 40 %.
NUMBERS = {
    "rule_book": "industrial-action",
    "opened_on": "2025-06-02",
    "important_public_service": True,
    "entitled": 1000,
    "votes_cast": 600,
    "supporting": 390,
    "opposing": 200,
    "spoiled": 10,
}


@pytest.fixture
def create(client, database, settings):
    token = given_token(database, settings, name="someone")

    def create(**changes):
        body = ballot_in(opens_at=NOW + timedelta(days=2)).model_dump(mode="json")
        left_out = {"nation", "devolved_welsh_authority"} - changes.keys()
        body = {key: value for key, value in body.items() if key not in left_out}
        return client.post(BALLOTS, json=body | changes, token=token)

    return create


@pytest.mark.parametrize("nation", [None, "england", "wales", "scotland", "northern_ireland"])
def test_a_ballot_states_its_nation_or_none(create, client, nation):
    answer = create(nation=nation)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["nation"], answer.json()["devolved_welsh_authority"]) == (nation, False)


def test_a_ballot_that_says_nothing_has_no_nation(create):
    answer = create()
    assert answer.status_code == 201, answer.text
    assert (answer.json()["nation"], answer.json()["devolved_welsh_authority"]) == (None, False)


@pytest.mark.parametrize("kind", ["industrial_action", "recognition"])
def test_a_statutory_kind_is_refused_in_northern_ireland_with_a_sentence(create, kind):
    answer = create(kind=kind, nation="northern_ireland")
    assert (answer.status_code, answer.json()["code"]) == (422, "other_legislation")
    assert answer.json()["detail"].startswith("Northern Ireland has other legislation")
    assert create(kind=kind, nation="scotland").status_code == 201


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nation": "france"}, "no such nation: give one of england, wales, scotland"),
        ({"nation": "England"}, "no such nation"),
        ({"nation": ""}, "no such nation"),
        ({"nation": ["wales"]}, "nation"),
        ({"nation": 3}, "nation"),
        ({"devolved_welsh_authority": True}, "devolved Welsh authorities are in Wales"),
        ({"devolved_welsh_authority": True, "nation": "england"}, "are in Wales"),
        (
            {"opens_at": "2026-12-02T09:00:00Z", "closes_at": "2026-12-02T09:00:00Z"},
            "closes before",
        ),
        ({"cut_off_at": "2026-12-24T09:00:00Z"}, "the cut-off is after the close"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_a_sentence(create, changes, sentence):
    answer = create(**changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert sentence in answer.json()["detail"]


def test_a_devolved_welsh_authority_is_outside_the_forty_per_cent(client):
    def tests(**changes):
        answer = client.post("/api/v1/thresholds", json=NUMBERS | changes)
        assert answer.status_code == 200, answer.text
        return [test["test"] for test in answer.json()["tests"]], answer.json()["carried"]

    assert tests() == (["turnout", "support", "majority"], False)
    assert tests(nation="wales") == (["turnout", "support", "majority"], False)
    welsh = {"nation": "wales", "devolved_welsh_authority": True}
    assert tests(**welsh) == (["turnout", "majority"], True)
    assert tests(**welsh, opened_on="2017-09-12") == (["turnout", "support", "majority"], False)
    assert tests(**welsh, opened_on="2017-09-13") == (["turnout", "majority"], True)


def test_the_calculator_knows_no_statute_of_northern_ireland(client):
    refused = client.post("/api/v1/thresholds", json=NUMBERS | {"nation": "northern_ireland"})
    assert (refused.status_code, refused.json()["code"]) == (422, "other_legislation")
    own = client.post(
        "/api/v1/thresholds",
        json=NUMBERS | {"nation": "northern_ireland", "rule_book": "indicative"},
    )
    assert own.status_code == 200


def test_no_statute_stands_beside_an_indicative_ballot_in_northern_ireland(
    client, database, settings
):
    add_members(database, 6)
    given_ballot(database, settings, slug="here", nation="northern_ireland")
    given_ballot(database, settings, slug="there", nation="scotland")
    token = given_token(database, settings)
    statutes = {
        slug: client.get(f"{BALLOTS}/{slug}/turnout", token=token).json()["statute"]
        for slug in ("here", "there")
    }
    assert statutes["here"] is None
    assert statutes["there"]["required_votes"] == 3
    page = client.get("/ballots/here/timetable")
    assert page.status_code == 200
    assert "Northern Ireland has other legislation" in page.text
