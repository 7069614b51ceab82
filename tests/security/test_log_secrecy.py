"""The log of a whole journey: a ballot is set up, codes are handed out, members vote and fail."""

import json

import pytest
import structlog

from app.audit.service import COMMAND_LINE
from app.core.logging import set_up_logging
from app.security.service import issue_token
from tests.support.ballots import add_members, ballot_in
from tests.support.staff import NOON, PASSWORD, given_account

VOTES = "/api/v1/ballots/pay-2026/votes"
RECEIPT = "5f0c6d2e9b7a41838d1f64c2a90e7b35"


@pytest.fixture
def token(database, settings):
    given_account(database, "anna")
    with database.writing() as session:
        return issue_token(session, "anna", actor=COMMAND_LINE, settings=settings, now=NOON)


def journey(client, token):
    """Walk it; return every secret that passed by."""
    set_up_logging(json=True)
    client.post("/api/v1/ballots", token=token, json=ballot_in().model_dump(mode="json"))
    client.post("/api/v1/ballots/pay-2026/freeze", token=token)
    issued = client.post("/api/v1/ballots/pay-2026/credentials", token=token).text
    codes = [line.split(",")[2] for line in issued.splitlines()[1:]]
    vote = {"answers": {"offer": "reject"}, "receipt": RECEIPT}
    statuses = [
        client.post(VOTES, token=codes[0], json=vote).status_code,
        client.post(VOTES, token=codes[0], json={"answers": {"offer": "accept"}}).status_code,
        client.post(VOTES, token=codes[1], json={"answers": {"offer": "perhaps"}}).status_code,
        client.post(VOTES, token=codes[1][:-1], json=vote).status_code,
        client.post(VOTES, token=codes[1], content=b'{"answers": "reject').status_code,
    ]
    assert statuses == [201, 409, 422, 401, 422]
    client.get(f"/vote/{codes[1]}")
    client.get(f"/vote?code={codes[1]}")
    sent = {"name": "anna", "password": PASSWORD}
    assert client.post("/sign-in", data=sent).status_code == 303
    client.post("/sign-in", data=sent | {"password": PASSWORD + "!"})
    cookies = [value for name, value in client._http.cookies.items() if "session" in name]
    assert cookies
    return [token, PASSWORD, RECEIPT, *codes, *cookies, codes[1][:-1], "perhaps", '"reject']


def test_no_secret_and_no_choice_reaches_the_log(client, database, token, capsys):
    add_members(database, 2)
    secrets = journey(client, token)
    log = capsys.readouterr().err
    lines = [json.loads(line) for line in log.splitlines()]
    assert len([line for line in lines if line["event"] == "request"]) >= 12
    assert {line["refusal"] for line in lines if line["event"] == "refused"} >= {
        "already_voted",
        "unknown_code",
    }
    for secret in secrets:
        assert secret not in log
        assert secret.replace("-", "") not in log


def test_such_a_test_can_fail(capsys):
    set_up_logging(json=True)
    structlog.get_logger().info("request", path=f"/vote/{RECEIPT}")
    assert RECEIPT in capsys.readouterr().err
