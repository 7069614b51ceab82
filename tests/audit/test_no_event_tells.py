"""The whole life of a ballot, and nothing told that log, checkpoints or log lines may not tell."""

import json
from datetime import timedelta

import pytest

from app.audit.checkpoints import check_log, every_checkpoint, make_checkpoint, verifiers_of
from app.audit.service import export_events
from app.ballots.codes import code_digest
from app.core.logging import set_up_logging
from app.core.signing import signer_of
from tests.conftest import NOW, SECRET
from tests.support.ballots import ballot_in, given_token
from tests.support.rolls import member_row, roll_csv

BALLOT = "/api/v1/ballots/pay-2026"
PEOPLE = {
    "770001": {"given_name": "Morwenna", "family_name": "Quillfeather"},
    "770002": {"given_name": "Ptolemy", "family_name": "Brackenridge"},
    "770003": {"given_name": "Zebedee", "family_name": "Halloumi"},
}
QUESTION = {
    "key": "offer",
    "text": "Do you accept?",
    "answers": [{"key": "yes-xq7", "text": "I do"}, {"key": "no-zk9", "text": "I do not"}],
    "supported_answer": "no-zk9",
}
RECEIPTS = [f"{number}f0c6d2e9b7a41838d1f64c2a90e7b3" for number in (51, 52)]


def the_roll(**more):
    return roll_csv(
        *(
            member_row(
                number,
                **names,
                email=f"{names['given_name']}@post.example.org".lower(),
                mobile=f"077009{number[1:]}",
                **more,
            )
            for number, names in PEOPLE.items()
        )
    )


def imported(client, token, content):
    answer = client.post(
        "/api/v1/roll/imports", token=token, files={"file": ("november.csv", content)}
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def life(client, database, settings, clock, capsys):
    """Live it; return what was secret, what everybody may read later, and the number of events."""
    set_up_logging(json=True)
    token = given_token(database, settings)
    imported(client, token, the_roll())
    imported(client, token, the_roll(region="North"))
    asked = ballot_in(now=NOW, questions=[QUESTION]).model_dump(mode="json")
    assert client.post("/api/v1/ballots", token=token, json=asked).status_code == 201
    assert client.post(f"{BALLOT}/freeze", token=token).status_code == 200
    issued = client.post(f"{BALLOT}/credentials", token=token).text
    codes = [line.split(",")[2] for line in issued.splitlines()[1:]]
    numbers = [said(database)]
    for code, receipt, answer in zip(codes, RECEIPTS, ("yes-xq7", "no-zk9"), strict=False):
        vote = {"answers": {"offer": answer}, "receipt": receipt}
        assert client.post(f"{BALLOT}/votes", token=code, json=vote).status_code == 201
    numbers.append(said(database))
    client.post(f"{BALLOT}/votes", token="AAAA-BBBB-CCCC-DDDD", json=vote)
    client.post("/sign-in", data={"name": "hq-officer", "password": "not the right one, 4711"})
    clock.now = NOW + timedelta(days=8)
    assert client.post(f"{BALLOT}/declare", token=token).status_code == 200
    with database.writing() as session:
        make_checkpoint(session, signer=signer_of(settings), now=clock.now)
    secrets = [token, "correct horse battery", "4711", SECRET, *RECEIPTS, *codes]
    secrets += [code.replace("-", "") for code in codes]
    secrets += [code_digest(code, key=SECRET).hex() for code in codes]
    for number, names in PEOPLE.items():
        secrets += [number, f"077009{number[1:]}", *names.values()]
        secrets.append(f"{names['given_name']}@post".lower())
    return secrets, numbers, capsys.readouterr().err


def said(database):
    with database.reading() as session:
        return [json.dumps(event) for event in export_events(session)]


def test_no_event_no_checkpoint_and_no_log_line_tells_a_secret(client, database, settings, life):
    secrets, _, log = life
    with database.reading() as session:
        notes = [row.note for row in every_checkpoint(session)]
        assert check_log(session, verifiers=verifiers_of(settings), kept=notes).broken is None
    events = said(database)
    actions = {json.loads(event)["action"] for event in events}
    assert {"RollImported", "BallotCreated", "CodesIssued", "ResultDeclared"} <= actions
    shown = client.get("/audit/checkpoints").text + client.get("/audit/checkpoints.txt").text
    for secret in secrets:
        assert [event for event in events if secret in event] == []
        assert not [note for note in notes if secret in note]
        assert secret not in log
        assert secret not in shown


def test_an_answer_stands_only_where_it_was_offered(database, life):
    del life
    holding = [json.loads(event) for event in said(database) if "xq7" in event or "zk9" in event]
    assert [event["action"] for event in holding] == ["BallotCreated"]


def test_a_vote_leaves_no_event_at_all(life):
    _, (before, after), _ = life
    assert before == after
