"""A result is held against the roll as two officers and the latecomers left it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.results.service import CountDisagrees
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.changes import SLUG, exclude, supplement

VOTES = f"/api/v1/ballots/{SLUG}/votes"
RESULT = f"/api/v1/ballots/{SLUG}/result"
DECLARE = f"/api/v1/ballots/{SLUG}/declare"
CODES = f"/api/v1/ballots/{SLUG}/credentials"
REJECT = {"answers": {"offer": "reject"}}


@pytest.fixture
def token(database, settings):
    return given_token(database, settings)


@pytest.fixture
def ballot(database, settings):
    """Statutory, so that turnout is tested: ten entitled in Leeds, one alone in York."""
    add_members(database, 10)
    add_members(database, 1, branch="York")
    return given_ballot(database, settings, kind="industrial_action", disaggregate_by="branch")


def vote(client, code):
    assert client.post(VOTES, token=code, json=REJECT).status_code == 201


def declared(client, clock, token):
    clock.now = NOW + timedelta(days=8)
    assert client.post(DECLARE, token=token).status_code == 200
    return client.get(RESULT, token=token).json()


def turnout_test(result):
    return next(test for test in result["questions"][0]["tests"] if test["test"] == "turnout")


def test_an_exclusion_lowers_what_turnout_needs(client, database, clock, token, ballot):
    for number in ("LEE0001", "LEE0002", "LEE0003", "LEE0004", "LEE0005"):
        vote(client, ballot.codes[number])
    exclude(database, "LEE0010")
    result = declared(client, clock, token)
    assert (result["entitled"], result["votes_cast"]) == (10, 5)
    assert turnout_test(result)["required_votes"] == 5
    assert turnout_test(result)["met"] is True


def test_a_latecomer_raises_it_and_votes_like_everybody(client, database, clock, token, ballot):
    add_members(database, 2, branch="Hull")
    supplement(database)
    lines = client.post(CODES, token=token).text.splitlines()[1:]
    vote(client, lines[0].split(",")[2])
    result = declared(client, clock, token)
    assert (result["entitled"], result["votes_cast"]) == (13, 1)
    assert turnout_test(result)["required_votes"] == 7
    units = {unit["name"]: unit for unit in result["questions"][0]["units"]}
    assert (units["Hull"]["entitled"], units["Hull"]["votes_cast"]) == (2, 1)


def test_a_unit_from_which_everybody_was_taken_off_is_none(client, database, clock, token, ballot):
    vote(client, ballot.codes["LEE0001"])
    exclude(database, "YOR0001")
    result = declared(client, clock, token)
    assert [unit["name"] for unit in result["questions"][0]["units"]] == ["Leeds"]
    assert result["entitled"] == 10


def test_papers_marks_and_counters_still_have_to_agree(client, database, clock, token, ballot):
    vote(client, ballot.codes["LEE0001"])
    exclude(database, "LEE0002")
    with database.writing() as session:
        session.execute(text("UPDATE turnout_counter SET votes_cast = 2"))
    clock.now = NOW + timedelta(days=8)
    refused = client.post(DECLARE, token=token)
    assert (refused.status_code, refused.json()["code"]) == (409, CountDisagrees.code)
