"""`GET /api/v1/ballots/{slug}/turnout`: who sees what, and which tables it reads."""

import pytest

from app.ballots.service import create_ballot, get_ballot
from app.security.models import Role
from app.security.service import Staff
from app.turnout.service import TurnoutNotForYou, turnout_of
from tests.conftest import NOW
from tests.support.answers import statements_of
from tests.support.ballots import HQ, add_members, ballot_in, given_ballot, given_token
from tests.support.turnout import set_votes

TURNOUT = "/api/v1/ballots/pay-2026/turnout"


@pytest.fixture
def ballot(database, settings):
    add_members(database, 8, branch="Leeds")
    add_members(database, 6, branch="York", region="South", workplace="York court")
    return given_ballot(database, settings, kind="industrial_action")


@pytest.fixture
def leeds(database, settings):
    return given_token(database, settings, name="leeds", role=Role.BRANCH, branch="Leeds")


@pytest.fixture
def statements(client):
    """Every statement that the application sends to its database."""
    with statements_of(client.app.state.database) as seen:
        yield seen


def test_headquarters_sees_the_ballot_and_every_branch(client, database, ballot, hq):
    set_votes(database, ballot.id, Leeds=3, York=3)
    response = client.get(TURNOUT, token=hq)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    found = response.json()
    assert found.keys() == {
        "ballot",
        "as_at",
        "entitled",
        "roll",
        "votes_cast",
        "turnout_percent",
        "threshold",
        "statute",
        "reachable",
        "stepped_at",
        "groups",
    }
    assert (found["ballot"], found["as_at"]) == ("pay-2026", "2026-11-21T12:00:00Z")
    assert (found["entitled"], found["votes_cast"], found["turnout_percent"]) == (14, 6, "42.86")
    assert found["threshold"]["votes_needed"] == 1
    assert [(each["name"], each["votes_needed"]) for each in found["groups"]] == [
        ("Leeds", 1),
        ("York", 0),
    ]


def test_the_counters_of_every_process_are_added_up(client, database, ballot, hq):
    set_votes(database, ballot.id, writer=1, Leeds=3)
    set_votes(database, ballot.id, writer=2, Leeds=2, York=1)
    assert client.get(TURNOUT, token=hq).json()["votes_cast"] == 6


def test_another_ballots_votes_are_not_counted_here(client, database, settings, ballot, hq):
    other = given_ballot(database, settings, slug="other", kind="industrial_action")
    set_votes(database, other.id, Leeds=3)
    assert client.get(TURNOUT, token=hq).json()["votes_cast"] == 0


@pytest.mark.parametrize(
    ("grouping", "names"),
    [
        ("branch", ["Leeds", "York"]),
        ("region", ["North", "South"]),
        ("employer", ["Probation Service"]),
        ("workplace", ["Leeds office", "York court"]),
    ],
)
def test_turnout_is_grouped_four_ways(client, ballot, hq, grouping, names):
    found = client.get(TURNOUT, token=hq, params={"group_by": grouping}).json()
    assert [each["name"] for each in found["groups"]] == names


def test_another_grouping_is_refused(client, ballot, hq):
    assert client.get(TURNOUT, token=hq, params={"group_by": "surname"}).status_code == 422


def test_a_branch_officer_sees_their_own_branch_however_it_is_grouped(
    client, database, ballot, leeds
):
    set_votes(database, ballot.id, Leeds=3, York=3)
    for grouping, name in (
        ("branch", "Leeds"),
        ("region", "North"),
        ("employer", "Probation Service"),
        ("workplace", "Leeds office"),
    ):
        found = client.get(TURNOUT, token=leeds, params={"group_by": grouping}).json()
        assert (found["entitled"], found["votes_cast"]) == (8, 3)
        assert [(each["name"], each["votes_cast"]) for each in found["groups"]] == [(name, 3)]


def test_a_scrutineer_and_a_stranger_are_refused(client, database, settings, ballot):
    scrutineer = given_token(database, settings, name="scrutineer", role=Role.SCRUTINEER)
    for path in (TURNOUT, f"{TURNOUT}/stream"):
        assert client.get(path, token=scrutineer).status_code == 403
        assert client.get(path).status_code == 401


def test_the_service_refuses_a_scrutineer_by_itself(database, ballot):
    scrutineer = Staff("scrutineer", role=Role.SCRUTINEER, branch=None)
    with database.reading() as session, pytest.raises(TurnoutNotForYou):
        turnout_of(session, get_ballot(session, "pay-2026"), staff=scrutineer, now=NOW)


def test_a_draft_has_no_turnout_yet(client, database, hq):
    with database.writing() as session:
        create_ballot(session, ballot_in(), staff=HQ, now=NOW)
    for path in (TURNOUT, f"{TURNOUT}/stream"):
        response = client.get(path, token=hq)
        assert response.status_code == 409
        assert response.json()["code"] == "roll_not_frozen"
        assert response.json()["detail"].startswith("There is no turnout yet")


def test_an_unknown_ballot_is_not_found(client, hq):
    for path in ("/api/v1/ballots/none/turnout", "/api/v1/ballots/none/turnout/stream"):
        assert client.get(path, token=hq).json()["code"] == "unknown_ballot"


def test_turnout_is_read_from_counters_and_cells_alone(client, ballot, hq, statements):
    client.get(TURNOUT, token=hq)
    about_votes = [each for each in statements if "staff" not in each and "api_token" not in each]
    read = "\n".join(about_votes).lower()
    assert "turnout_counter" in read
    assert "roll_cell" in read
    for table in ("roll_mark", "ballot_paper", "roll_entry", "credential", "member"):
        assert table not in read
    assert "count(" not in read


def test_turnout_is_in_the_description_of_the_interface(client):
    paths = client.get("/openapi.json").json()["paths"]
    stream = paths["/api/v1/ballots/{slug}/turnout/stream"]["get"]
    assert "text/event-stream" in stream["responses"]["200"]["content"]
    assert "/api/v1/ballots/{slug}/turnout" in paths
