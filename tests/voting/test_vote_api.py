"""The vote's own door over REST: what each vote is answered with, and what a stranger learns."""

import json
from datetime import timedelta

import pytest
from fastapi.exceptions import RequestValidationError
from sqlalchemy import text

from app.ballots.codes import code_digest, new_code
from app.ballots.service import create_ballot
from app.main import create_app
from app.voting.router import REFUSALS, _read, describe_vote
from app.voting.seal import box_totals
from app.voting.service import look_up_typed
from tests.conftest import NOW
from tests.support.answers import statements_of
from tests.support.ballots import HQ, OFFER, add_members, ballot_in, given_ballot, move_window
from tests.support.client import AppClient
from tests.support.votes import answers_in

VOTES = "/api/v1/ballots/pay-2026/votes"
REJECT = {"answers": {"offer": "reject"}}
RECEIPT = "5f0c6d2e9b7a41838d1f64c2a90e7b35"
MICROSECOND = timedelta(microseconds=1)
# Looked for in answers: what was sent is never sent back.
SENT = "xyzzy"


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


def refusal(answer):
    """The status and code of a refusal, which has the one shape that all refusals have."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["detail"].endswith(".")
    assert {"type", "title", "status", "code", "detail"} <= problem.keys()
    return answer.status_code, problem["code"]


def test_a_vote_is_answered_with_its_receipt_and_counted(client, database, ballot):
    answer = client.post(VOTES, token=ballot.any_code, json=REJECT | {"receipt": RECEIPT})
    assert (answer.status_code, answer.json()) == (201, {"receipt": RECEIPT})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert totals(database, ballot) == (1, 1, 1)


def test_whoever_brings_no_receipt_is_given_a_random_one(client, ballot):
    first, second = list(ballot.codes.values())[:2]
    receipts = [client.post(VOTES, token=code, json=REJECT).json() for code in (first, second)]
    assert [each.keys() for each in receipts] == [{"receipt"}] * 2
    assert receipts[0] != receipts[1]
    assert all(len(bytes.fromhex(each["receipt"])) == 16 for each in receipts)
    again = client.post(VOTES, token=first, json=REJECT | receipts[0])
    assert (again.status_code, again.json()) == (201, receipts[0])


def test_a_code_counts_however_it_is_typed(client, ballot):
    typed = f"bearer {ballot.any_code.lower().replace('-', ' ')}"
    answer = client.post(VOTES, headers={"Authorization": typed}, json=REJECT)
    assert answer.status_code == 201


def test_a_null_answer_leaves_the_question_blank_and_counts(client, database, ballot):
    answer = client.post(VOTES, token=ballot.any_code, json={"answers": {"offer": None}})
    assert answer.status_code == 201
    assert totals(database, ballot) == (1, 1, 1)
    assert answers_in(database, ballot) == ['{"offer":null}']


def test_a_second_vote_is_told_so_and_the_first_stands(client, database, ballot):
    client.post(VOTES, token=ballot.any_code, json=REJECT)
    second = client.post(VOTES, token=ballot.any_code, json={"answers": {"offer": "accept"}})
    assert refusal(second) == (409, "already_voted")
    assert answers_in(database, ballot) == ['{"offer":"reject"}']


@pytest.mark.parametrize("days", [0, 8], ids=["while it is open", "after the close"])
def test_a_vote_sent_again_with_its_receipt_is_the_same_vote(client, clock, database, ballot, days):
    vote = REJECT | {"receipt": RECEIPT}
    client.post(VOTES, token=ballot.any_code, json=vote)
    clock.now += timedelta(days=days)
    again = client.post(VOTES, token=ballot.any_code, json=vote)
    assert (again.status_code, again.json()) == (201, {"receipt": RECEIPT})
    assert totals(database, ballot) == (1, 1, 1)


def test_the_window_is_open_from_its_first_moment_to_just_before_its_last(
    client, clock, database, ballot
):
    opens_at, closes_at = NOW, NOW + timedelta(hours=1)
    move_window(database, ballot.id, opens_at=opens_at, closes_at=closes_at)
    first, second, third = ballot.codes.values()
    moments = [
        (first, opens_at - MICROSECOND, (403, "ballot_not_open")),
        (first, opens_at, 201),
        (second, closes_at - MICROSECOND, 201),
        (third, closes_at, (410, "ballot_closed")),
    ]
    for code, moment, expected in moments:
        clock.now = moment
        answer = client.post(VOTES, token=code, json=REJECT)
        assert (201 if answer.status_code == 201 else refusal(answer)) == expected
    assert totals(database, ballot) == (2, 2, 2)


def test_wrong_codes_of_every_kind_look_alike_to_the_byte(client, database, settings, ballot):
    revoked, live = list(ballot.codes.values())[:2]
    with database.writing() as session:
        session.execute(
            text("UPDATE credential SET revoked_at = issued_at WHERE digest = :digest"),
            {"digest": digest_of(revoked, settings)},
        )
    headers = [
        {"Authorization": f"Bearer {new_code()}"},
        {"Authorization": f"Bearer {revoked}"},
        {"Authorization": f"Bearer {live[:-1]}"},
        {"Authorization": "Bearer not a code \xe9".encode("latin-1")},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {live}"},
        {"Authorization": live},
        {},
    ]
    answers = [client.post(VOTES, headers=each, json=REJECT) for each in headers]
    assert {refusal(answer) for answer in answers} == {(401, "unknown_code")}
    assert len({answer.content for answer in answers}) == 1
    assert len({without_request_id(answer) for answer in answers}) == 1
    assert totals(database, ballot) == (0, 0, 0)


def digest_of(code, settings):
    return code_digest(code, key=settings.secret_key.get_secret_value())


def without_request_id(answer):
    return tuple(sorted((k, v) for k, v in answer.headers.items() if k != "x-request-id"))


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"offer": "reject", SENT: "accept"}, id="a question that is not asked"),
        pytest.param({}, id="a question left out"),
        pytest.param({"offer": "perhaps"}, id="an answer that is not offered"),
        pytest.param({"offer": ""}, id="an empty answer is not a blank one"),
        pytest.param({"offer": "reject\0"}, id="an answer with a null character"),
        pytest.param({"OFFER": "reject"}, id="a question in other letters"),
    ],
)
def test_answers_that_do_not_fit_the_paper_count_nothing(client, database, ballot, answers):
    answer = client.post(VOTES, token=ballot.any_code, json={"answers": answers})
    assert refusal(answer) == (422, "invalid_answers")
    assert totals(database, ballot) == (0, 0, 0)
    assert client.post(VOTES, token=ballot.any_code, json=REJECT).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f'{{"answers": {{"offer": "{SENT}"', id="cut off"),
        pytest.param(f'"{SENT}"', id="no object"),
        pytest.param("", id="empty"),
        pytest.param(f'{{"answers": ["{SENT}"]}}', id="answers as a list"),
        pytest.param(f'{{"answers": {{"offer": ["{SENT}"]}}}}', id="two answers to a question"),
        pytest.param('{"answers": {"offer": 1}}', id="a number for an answer"),
        pytest.param(f'{{"answers": {{"offer": null}}, "who": "{SENT}"}}', id="a field too many"),
        pytest.param(f'{{"receipt": "{SENT}"}}', id="no answers"),
        pytest.param('{"answers": {"offer": null}, "receipt": ""}', id="an empty receipt"),
        pytest.param(
            f'{{"answers": {{"offer": null}}, "receipt": "{SENT * 50}"}}', id="a long receipt"
        ),
        pytest.param('{"answers": {"offer": "\\ud800"}}', id="half a character"),
        pytest.param("[" * 5000, id="nested without end"),
    ],
)
def test_what_is_no_vote_at_all_is_refused_without_being_repeated(client, database, ballot, body):
    answer = client.post(VOTES, token=ballot.any_code, content=body.encode())
    assert refusal(answer) == (422, "invalid_request")
    assert SENT not in answer.text
    assert totals(database, ballot) == (0, 0, 0)


def test_bytes_that_are_no_text_are_refused(client, ballot):
    answer = client.post(VOTES, token=ballot.any_code, content=b'{"answers": {"offer": "\xff"}}')
    assert refusal(answer) == (422, "invalid_request")


def test_a_huge_body_is_not_read_to_its_end(client, database, ballot):
    async def endless():
        while True:
            yield b" " * 16384

    huge = json.dumps({"answers": {"offer": "x" * 70_000}})
    for content in (huge, endless()):
        answer = client.post(VOTES, token=ballot.any_code, content=content)
        assert refusal(answer) == (413, "too_large")
    assert totals(database, ballot) == (0, 0, 0)
    largest = json.dumps(REJECT).ljust(64 * 1024)
    assert client.post(VOTES, token=ballot.any_code, content=largest).status_code == 201


def test_the_fault_that_a_bad_vote_raises_holds_nothing_of_it():
    """Whoever catches it may print it."""
    with pytest.raises(RequestValidationError) as fault:
        _read(json.dumps(REJECT | {"receipt": SENT * 50}).encode())
    assert [each.keys() for each in fault.value.errors()] == [{"type", "loc", "msg"}]


def test_a_draft_is_unknown_like_a_ballot_that_never_was(client, database, ballot):
    with database.writing() as session:
        create_ballot(session, ballot_in(slug="secret-plan"), staff=HQ, now=NOW)
    addresses = ("secret-plan", "never-was", "never%00was", "x" * 300)
    answers = [
        client.post(f"/api/v1/ballots/{slug}/votes", token=ballot.any_code, json=REJECT)
        for slug in addresses
    ]
    assert {refusal(answer) for answer in answers} == {(404, "unknown_ballot")}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("answers", [{"offer": "reject"}, {"offer": "perhaps"}])
def test_the_holder_of_a_code_of_another_ballot_is_told_so_and_nobody_else(
    client, database, settings, ballot, answers
):
    other = given_ballot(database, settings, slug="other", title="Pension scheme")
    revoked = list(other.codes.values())[1]
    with database.writing() as session:
        session.execute(
            text("UPDATE credential SET revoked_at = issued_at WHERE digest = :digest"),
            {"digest": digest_of(revoked, settings)},
        )
    vote = {"answers": answers}
    told = client.post(VOTES, token=other.any_code, json=vote)
    assert refusal(told) == (401, "unknown_code")
    assert told.json()["detail"] == (
        "That voting code is for the ballot “Pension scheme” (other) and not for this one. "
        "Use it there."
    )
    for code in (revoked, new_code()):
        assert "Pension scheme" not in client.post(VOTES, token=code, json=vote).text
    assert client.post("/api/v1/ballots/other/votes", token=other.any_code, json=REJECT).is_success


def test_codes_of_another_ballot_are_throttled_like_wrong_ones(client, database, settings, ballot):
    other = given_ballot(database, settings, slug="other")
    for _ in range(settings.failures_allowed):
        client.post(VOTES, token=other.any_code, json=REJECT)
    for code in (other.any_code, new_code()):
        throttled = client.post(VOTES, token=code, json=REJECT)
        assert refusal(throttled) == (429, "too_many_failures")
        assert "other" not in throttled.text
    assert client.post(VOTES, token=ballot.any_code, json=REJECT).status_code == 201


@pytest.mark.parametrize("answers", [{"offer": "reject"}, {"offer": "perhaps"}])
def test_a_code_of_another_ballot_asks_the_database_for_the_same(
    client, database, settings, ballot, answers
):
    """As many statements, in the same order: what takes the same time."""
    other = given_ballot(database, settings, slug="other")
    heard = []
    client.post(VOTES, token=new_code(), json={"answers": answers})
    for code in (new_code(), other.any_code):
        with statements_of(client.app.state.database, for_answers=True) as asked:
            client.post(VOTES, token=code, json={"answers": answers})
        heard.append(asked)
    assert heard[0] == heard[1] != []


@pytest.mark.parametrize("answers", [{"offer": "reject"}, {"offer": "perhaps"}, {"who": None}])
def test_who_asks_comes_before_what_they_say(client, clock, database, ballot, answers):
    """A stranger, and a member out of time, learn nothing about the paper from its refusals."""
    stranger, voted, late = new_code(), *list(ballot.codes.values())[:2]
    client.post(VOTES, token=voted, json=REJECT)
    vote = {"answers": answers}
    assert refusal(client.post(VOTES, token=stranger, json=vote)) == (401, "unknown_code")
    assert refusal(client.post(VOTES, token=voted, json=vote)) == (409, "already_voted")
    clock.now = NOW - timedelta(days=1)
    assert refusal(client.post(VOTES, token=late, json=vote)) == (403, "ballot_not_open")
    clock.now = NOW + timedelta(days=8)
    assert refusal(client.post(VOTES, token=stranger, json=vote)) == (401, "unknown_code")
    assert refusal(client.post(VOTES, token=late, json=vote)) == (410, "ballot_closed")
    assert totals(database, ballot) == (1, 1, 1)


def test_a_paper_that_does_not_fit_is_told_so_from_the_opening_second(
    client, clock, database, ballot
):
    move_window(database, ballot.id, opens_at=NOW)
    vote = {"answers": {"offer": "perhaps"}}
    assert refusal(client.post(VOTES, token=ballot.any_code, json=vote))[0] == 422


def test_a_code_tells_its_page_in_which_language_the_roll_speaks(database, settings):
    add_members(database, 1)
    add_members(database, 2, branch="Cardiff", language="cy")
    ballot = given_ballot(database, settings)
    with database.writing() as session:
        erased = text("UPDATE roll_entry SET member_id = NULL WHERE membership_number = 'CAR0002'")
        session.execute(erased)
    with database.reading() as session:
        found = {
            number: look_up_typed(session, code, settings=settings).language
            for number, code in ballot.codes.items()
        }
    assert found == {"LEE0001": "en", "CAR0001": "cy", "CAR0002": None}


def test_the_vote_is_described_in_full():
    document = {}
    describe_vote(document)
    refusals = {
        status: {"description": why, "content": {"application/problem+json": {}}}
        for status, why in REFUSALS.items()
    }
    named = "#/components/schemas/"
    example = {"answers": {"offer": "reject"}, "receipt": "5f0c6d2e9b7a41838d1f64c2a90e7b35"}
    vote = {"schema": {"$ref": f"{named}VoteIn"}, "example": example}
    receipt = {"schema": {"$ref": f"{named}ReceiptOut"}}
    assert document["paths"] == {
        "/api/v1/ballots/{slug}/votes": {
            "post": {
                "tags": ["Voting"],
                "summary": "Cast a vote",
                "operationId": "cast_vote",
                "security": [{"votingCode": []}],
                "parameters": [
                    {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {"required": True, "content": {"application/json": vote}},
                "responses": {
                    "201": {
                        "description": "Counted, or counted before under the same receipt.",
                        "content": {"application/json": receipt},
                    }
                }
                | refusals,
            }
        }
    }
    assert document["components"]["securitySchemes"] == {
        "votingCode": {
            "type": "http",
            "scheme": "bearer",
            "description": "The member's voting code.",
        }
    }
    assert document["components"]["schemas"].keys() == {"VoteIn", "ReceiptOut"}


def test_two_questions_are_answered_together_or_not_at_all(client, database, settings):
    add_members(database, 1)
    ballot = given_ballot(database, settings, questions=[OFFER, OFFER | {"key": "strike"}])
    one = {"answers": {"offer": "reject"}}
    both = {"answers": {"strike": None, "offer": "accept"}}
    assert refusal(client.post(VOTES, token=ballot.any_code, json=one))[0] == 422
    assert client.post(VOTES, token=ballot.any_code, json=both).status_code == 201


def test_only_failures_are_throttled(settings, clock, ballot):
    strict = settings.model_copy(update={"failures_allowed": 2})
    with AppClient(create_app(strict, clock=clock)) as client:
        for code in ballot.codes.values():
            assert client.post(VOTES, token=code, json=REJECT).status_code == 201
        for _ in range(2):
            assert refusal(client.post(VOTES, token=new_code(), json=REJECT))[0] == 401
        over = client.post(VOTES, token=new_code(), json=REJECT)
        assert refusal(over) == (429, "too_many_failures")
        assert 0 < int(over.headers["retry-after"]) <= 600
        again = client.post(VOTES, token=ballot.any_code, json=REJECT)
        assert refusal(again) == (409, "already_voted")


def test_a_good_code_counts_from_an_address_over_its_limit(settings, clock, database, ballot):
    strict = settings.model_copy(update={"failures_allowed": 1})
    with AppClient(create_app(strict, clock=clock)) as client:
        answers = [client.post(VOTES, token=new_code(), json=REJECT) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 429, 429]
        assert client.post(VOTES, token=ballot.any_code, json=REJECT).status_code == 201
        clock.now += strict.failures_window
        assert client.post(VOTES, token=new_code(), json=REJECT).status_code == 401
    assert totals(database, ballot) == (1, 1, 1)


def test_the_interface_describes_the_vote_and_each_of_its_answers(client):
    document = client.get("/openapi.json").json()
    vote = document["paths"]["/api/v1/ballots/{slug}/votes"]["post"]
    statuses = {"201", "400", "401", "403", "404", "409", "410", "413", "422", "429", "503"}
    assert vote["responses"].keys() == statuses
    assert vote["security"] == [{"votingCode": []}]
    body = vote["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    answered = vote["responses"]["201"]["content"]["application/json"]["schema"]["$ref"]
    schemas = document["components"]["schemas"]
    assert schemas[body.rsplit("/", 1)[1]]["required"] == ["answers"]
    assert schemas[answered.rsplit("/", 1)[1]]["required"] == ["receipt"]


def test_the_log_names_the_votes_route_and_nothing_of_the_vote(client, capsys, ballot):
    client.post(VOTES, token=ballot.any_code, json=REJECT | {"receipt": RECEIPT})
    log = capsys.readouterr().err
    assert json.loads(log.splitlines()[-1])["route"] == "/api/v1/ballots/{slug}/votes"
    assert not [said for said in (ballot.any_code, RECEIPT, "reject") if said in log]


def test_a_vote_is_posted_and_nothing_else(client, ballot):
    assert client.get(VOTES, token=ballot.any_code).status_code == 405
