"""How mail fares, over REST: headquarters sees every branch, a branch its own line."""

import pytest

from app.ballots.freeze import freeze_roll
from app.ballots.service import create_ballot
from app.notices.invitations import queue_invitations
from app.security.models import Role
from tests.support.ballots import HQ, NOON, add_members, ballot_in, given_token
from tests.support.mail import deliver, with_mail

HERE = "/api/v1/ballots/pay-2026/delivery"
MAIL = "/api/v1/mail"


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 5)
    add_members(database, 2, branch="York")
    add_members(database, 1, branch="Hull", email="")
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in(), staff=HQ, now=NOON)
        freeze_roll(session, ballot, staff=HQ, now=NOON)
        queue_invitations(session, ballot, staff=HQ, settings=settings, now=NOON)


@pytest.fixture
def york(database, settings):
    return given_token(database, settings, name="york", role=Role.BRANCH, branch="york")


def test_headquarters_sees_the_ballot_and_every_branch(
    client, database, settings, clock, ballot, hq, office
):
    office.refuse = {"yor1@example.org"}
    before = client.get(HERE, token=hq).json()
    assert before["invitations"]["waiting"] == 7
    deliver(database, settings, clock=clock)
    found = client.get(HERE, token=hq).json()
    assert found["invitations"] == {
        "waiting": 0,
        "refused": 1,
        "unsure": 0,
        "came_back_for_good": 0,
        "came_back_this_time": 0,
        "held_back": 0,
    }
    shown = {
        row["branch"]: (row["entitled"], row["accepted"], row["rate"]) for row in found["branches"]
    }
    assert shown == {"Hull": (1, 0, "100.00"), "Leeds": (5, 5, "0.00"), "York": (2, 1, "0.00")}


def test_a_branch_sees_its_own_line_alone(client, ballot, york):
    found = client.get(HERE, token=york).json()
    assert found["invitations"] is None
    assert [row["branch"] for row in found["branches"]] == ["York"]
    assert "Leeds" not in client.get(HERE, token=york).text


def test_an_account_of_a_branch_that_nobody_is_in_sees_nothing(client, database, settings, ballot):
    token = given_token(database, settings, name="new", role=Role.BRANCH, branch="Cardiff")
    assert client.get(HERE, token=token).json()["branches"] == []


def test_a_scrutineer_and_a_stranger_see_nothing(client, database, settings, ballot):
    token = given_token(database, settings, name="counter", role=Role.SCRUTINEER)
    assert client.get(HERE, token=token).status_code == 403
    assert client.get(HERE).status_code == 401


def test_mail_is_paused_and_resumed_for_all_ballots(
    client, database, settings, clock, ballot, hq, office
):
    assert client.get(MAIL, token=hq).json()["on"] is True
    paused = client.post(f"{MAIL}/pause", token=hq).json()
    assert (paused["paused_by"], paused["paused_at"] is None) == ("hq-officer", False)
    assert client.post(f"{MAIL}/pause", token=hq).json() == paused
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    assert client.post(f"{MAIL}/resume", token=hq).json()["paused_at"] is None
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == 7
    assert client.get(MAIL, token=hq).json()["running"] is True


@pytest.mark.parametrize("path", ["", "/pause", "/resume"])
def test_a_branch_stops_no_mail(client, ballot, york, path):
    method = "POST" if path else "GET"
    assert client.request(method, f"{MAIL}{path}", token=york).status_code == 403
