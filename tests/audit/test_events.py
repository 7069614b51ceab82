"""Every act of staff is an event that says who, from where, when, and never a secret."""

import ast
from functools import cache
from pathlib import Path

import pytest

from app.audit import events
from app.audit.service import COMMAND_LINE, walk_chain
from app.security.models import Role
from app.security.service import disable_account, issue_token, revoke_everything
from app.security.sign_in import end_session
from tests.support.ballots import add_members, ballot_in
from tests.support.staff import (
    ADDRESS,
    NOON,
    PASSWORD,
    events_of,
    everything_in,
    facts_of,
    given_account,
    signed_in,
)

APP = Path(__file__).parents[2] / "app"
EVENTS = [
    name
    for name, value in vars(events).items()
    if isinstance(value, type) and issubclass(value, events.Event) and value is not events.Event
]


@cache
def names_used_in_app():
    paths = [path for path in APP.rglob("*.py") if path != APP / "audit" / "events.py"]
    trees = [ast.parse(path.read_text("utf-8")) for path in paths]
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("event", EVENTS)
def test_every_kind_of_event_is_recorded_somewhere(event):
    assert event in names_used_in_app()


def test_the_life_of_an_account_is_in_the_log(database, settings):
    given_account(database, "bo", role=Role.BRANCH, branch="Leeds")
    secret, staff = signed_in(database, settings, "bo")
    with database.writing() as session:
        end_session(session, secret, staff=staff, settings=settings, now=NOON)
        issue_token(session, "bo", actor=COMMAND_LINE, settings=settings, now=NOON)
        revoke_everything(session, "bo", actor=COMMAND_LINE, now=NOON)
        disable_account(session, "bo", actor=COMMAND_LINE, now=NOON)
    log = [
        (event.action, event.actor, event.origin, facts_of(event)) for event in events_of(database)
    ]
    ended = {"sessions": 0, "tokens": 0}
    assert log == [
        ("StaffAdded", "command line", "local", {"role": "branch", "branch": "Leeds"}),
        ("StaffSignedIn", "bo", ADDRESS, {"by": "password"}),
        ("StaffSignedOut", "bo", ADDRESS, {}),
        ("TokenIssued", "command line", "local", {}),
        ("SessionsRevoked", "command line", "local", ended | {"tokens": 1}),
        ("SessionsRevoked", "command line", "local", ended),
        ("StaffDisabled", "command line", "local", {}),
    ]
    assert {event.subject for event in events_of(database)} == {"bo"}
    assert {event.at for event in events_of(database)} == {NOON}


@pytest.fixture
def hq_token(database, settings):
    given_account(database, "anna")
    with database.writing() as session:
        return issue_token(session, "anna", actor=COMMAND_LINE, settings=settings, now=NOON)


def test_what_headquarters_does_over_rest_is_in_the_log(client, database, hq_token):
    add_members(database, 2)
    before = len(events_of(database))
    ballot = ballot_in().model_dump(mode="json")
    assert client.post("/api/v1/ballots", token=hq_token, json=ballot).status_code == 201
    assert client.post("/api/v1/ballots/pay-2026/freeze", token=hq_token).status_code == 200
    codes = client.post("/api/v1/ballots/pay-2026/credentials", token=hq_token)
    assert codes.status_code == 200
    log = events_of(database)[before:]
    assert [event.action for event in log] == ["BallotCreated", "RollFrozen", "CodesIssued"]
    assert {(event.actor, event.origin) for event in log} == {("anna", "127.0.0.1")}
    assert log[1].details["entitled"] == 2
    assert facts_of(log[2]) == {"issued": 2}


def test_no_event_and_no_table_holds_a_secret(client, database, settings, hq_token):
    add_members(database, 2)
    cookie, _ = signed_in(database, settings, "anna")
    client.post("/api/v1/ballots", token=hq_token, json=ballot_in().model_dump(mode="json"))
    client.post("/api/v1/ballots/pay-2026/freeze", token=hq_token)
    issued = client.post("/api/v1/ballots/pay-2026/credentials", token=hq_token).text
    codes = [line.split(",")[2] for line in issued.splitlines()[1:]]
    assert len(codes) == 2
    held = everything_in(database)
    key = settings.secret_key.get_secret_value()
    for secret in (PASSWORD, hq_token, cookie, key, *codes, *(c.replace("-", "") for c in codes)):
        assert secret not in held
        assert secret.encode().hex() not in held
    with database.reading() as session:
        assert walk_chain(session).broken is None
