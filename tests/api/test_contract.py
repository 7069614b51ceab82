"""The contract: what programs outside this repository rely on, by name, shape and code.

Each table is what must stay; whatever stands beside it may come and go. Where the OpenAPI document
differs from a table, the application is at fault.
"""

from datetime import date

import pytest

from app.ballots.schemas import BallotIn
from app.core.errors import DomainError
from app.core.settings import Settings
from app.roll.columns import REQUIRED, all_columns
from app.web.refusals import STATUS_OF_KIND
from tests.support.interface import interface_of

DOCUMENT = interface_of()
BALLOT = "/api/v1/ballots/{slug}"
JSON = "application/json"

TESTS = [
    {
        "test": "turnout|support|majority",
        "required_votes": "integer",
        "actual_votes": "integer",
        "met": "boolean",
        "source": "string",
    }
]
PERIOD = {"since": "date or null", "until": "date or null", "label": "string"}
JUDGED = {
    "in_force": PERIOD,
    "tests": TESTS,
    "carried": "boolean",
    "other_periods": [PERIOD | {"tests": TESTS, "carried": "boolean"}],
}
VOTES = [{"key": "string", "text": "string", "votes": "integer"}]
UNIT = {
    "name": "string",
    "entitled": "integer",
    "votes_cast": "integer",
    "answers": VOTES,
    "spoiled": "integer",
    "tests": TESTS,
    "carried": "boolean",
}
RESULT = {
    "ballot": "string",
    "declared_at": "date-time or null",
    "entitled": "integer",
    "votes_cast": "integer",
    "questions": [
        {
            "key": "string",
            "text": "string",
            "answers": VOTES,
            "spoiled": "integer",
            "statute": [JUDGED, "null"],
            "units": [[UNIT], "null"],
        }
        | JUDGED
    ],
}
CONSTITUENCY = {
    name: ["string"] for name in ("categories", "branches", "regions", "employers", "workplaces")
}
QUESTION = {
    "key": "string",
    "text": "string",
    "answers": [{"key": "string", "text": "string"}],
    "supported_answer": "string",
}
GROUPING = "branch|region|employer|workplace"
SET_UP = {
    "title": "string",
    "kind": "indicative|industrial_action|recognition",
    "opens_at": "date-time",
    "closes_at": "date-time",
    "cut_off_at": "date-time",
    "important_public_service": "boolean",
    "scrutineer": "string or null",
    "constituency": CONSTITUENCY,
    "disaggregate_by": f"{GROUPING} or null",
    "questions": [QUESTION],
}
SHOWN = SET_UP | {"slug": "string", "state": "draft|frozen|open|closed|declared"}
TURNOUT = {
    "ballot": "string",
    "as_at": "date-time",
    "entitled": "integer",
    "votes_cast": "integer or null",
    "turnout_percent": "string or null",
    "threshold": {
        "required_votes": "integer or null",
        "votes_needed": "integer or null",
        "met": "boolean or null",
        "label": "string",
    },
    "groups": [
        {
            "name": "string",
            "entitled": "integer",
            "votes_cast": "integer or null",
            "turnout_percent": "string or null",
            "votes_needed": "integer or null",
            "withheld": "boolean",
        }
    ],
}
MEMBER = dict.fromkeys(
    (
        *("membership_number", "given_name", "family_name", "email", "mobile", "branch", "region"),
        *("employer", "workplace", "category", "language", "address", "postcode"),
    ),
    "string",
) | {"joined_on": "date", "left_on": "date or null", "in_arrears": "boolean"}
IMPORTED = {
    **dict.fromkeys(("rows", "added", "updated", "unchanged", "rejected"), "integer"),
    "dry_run": "boolean",
    "problems": [
        {"row": "integer", "column": "string or null", "code": "string", "message": "string"}
    ],
    "warnings": [{"code": "string", "message": "string"}],
}

# Method, path, status of success, what is answered.
ANSWERS = [
    ("POST", "/api/v1/roll/imports", 200, IMPORTED),
    ("GET", "/api/v1/members/{membership_number}", 200, MEMBER),
    ("POST", "/api/v1/ballots", 201, SHOWN),
    ("GET", "/api/v1/ballots", 200, [SHOWN]),
    ("GET", BALLOT, 200, SHOWN),
    (
        "POST",
        f"{BALLOT}/freeze",
        200,
        {
            "entitled": "integer",
            "excluded": [{"reason": "string", "count": "integer"}],
            "roll_digest": "string",
        },
    ),
    ("POST", f"{BALLOT}/votes", 201, {"receipt": "string"}),
    ("GET", f"{BALLOT}/turnout", 200, TURNOUT),
    ("GET", f"{BALLOT}/timetable", 200, {}),
    (
        "GET",
        f"{BALLOT}/cut-off",
        200,
        {"cut_off_at": "date-time", "joins_in_time": "boolean", "days_left": "integer"},
    ),
    ("POST", f"{BALLOT}/declare", 200, RESULT),
    ("GET", f"{BALLOT}/result", 200, RESULT),
    ("POST", "/api/v1/thresholds", 200, JUDGED),
    ("GET", "/api/v1/rule-books", 200, [{}]),
]
# What is answered with something else than JSON.
STREAMS_AND_FILES = [
    ("GET", f"{BALLOT}/turnout/stream", "text/event-stream"),
    ("GET", f"{BALLOT}/timetable.ics", "text/calendar; charset=utf-8"),
    ("POST", f"{BALLOT}/credentials", None),
]
ASKED = [
    ("POST", "/api/v1/roll/imports", "multipart/form-data", {"file": "string"}),
    ("POST", "/api/v1/ballots", JSON, SET_UP),
    ("POST", f"{BALLOT}/votes", JSON, {"answers": "object", "receipt": "string or null"}),
    (
        "POST",
        "/api/v1/thresholds",
        JSON,
        {
            "rule_book": "industrial-action|recognition|indicative",
            "opened_on": "date",
            "important_public_service": "boolean",
            "nation": "england|wales|scotland|northern_ireland or null",
            **dict.fromkeys(
                ("entitled", "votes_cast", "supporting", "opposing", "spoiled"), "integer"
            ),
        },
    ),
]
PARAMETERS = [
    ("POST", "/api/v1/roll/imports", "dry_run", "boolean"),
    ("GET", f"{BALLOT}/turnout", "group_by", GROUPING),
    ("GET", f"{BALLOT}/turnout/stream", "group_by", GROUPING),
    ("GET", f"{BALLOT}/cut-off", "on", "date or null"),
]
ROLL_FILE = (
    *("membership_number", "given_name", "family_name", "email", "mobile", "branch", "region"),
    *("employer", "workplace", "category", "joined_on", "left_on", "in_arrears", "language"),
    *("address", "postcode"),
)
# What a ballot is where nothing is said of it. Groups of fewer than the floor are withheld.
LEFT_OUT = {
    "important_public_service": False,
    "scrutineer": None,
    "constituency": {name: [] for name in CONSTITUENCY},
    "disaggregate_by": None,
    "floor": 5,
}
SETTINGS = {"database_url", "secret_key", "base_url", "smtp_url"}
CODES = {
    "unknown_code": 401,
    "ballot_not_open": 403,
    "ballot_closed": 410,
    "already_voted": 409,
    "invalid_answers": 422,
    "ballot_not_closed": 409,
    "impossible_count": 422,
}


def found(schema):
    """A schema as the tables above write it."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        either = [found(each) for each in schema["anyOf"]]
        return " or ".join(either) if all(isinstance(each, str) for each in either) else either
    if "properties" in schema:
        return {name: found(each) for name, each in schema["properties"].items()}
    if schema.get("type") == "array":
        return [found(schema["items"])]
    return "|".join(schema.get("enum", ())) or schema.get("format", schema.get("type"))


def kept(there, promised):
    """What is there of what was promised, and nothing of what stands beside it."""
    if isinstance(promised, dict) and isinstance(there, dict):
        return {name: kept(there[name], promised[name]) for name in promised if name in there}
    if isinstance(promised, list) and isinstance(there, list) and len(there) == len(promised):
        return [kept(*each) for each in zip(there, promised, strict=True)]
    # A string of which all values are known is a string.
    return promised if promised == "string" and "|" in there else there


def operation(method, path):
    return DOCUMENT["paths"][path][method.lower()]


@pytest.mark.parametrize(("method", "path", "status", "answer"), ANSWERS, ids=str)
def test_an_answer_has_the_names_and_types_of_the_contract(method, path, status, answer):
    there = found(operation(method, path)["responses"][str(status)]["content"][JSON]["schema"])
    assert kept(there, answer) == answer


@pytest.mark.parametrize(("method", "path", "kind"), STREAMS_AND_FILES)
def test_a_stream_or_a_file_is_of_the_kind_that_the_contract_says(method, path, kind):
    content = operation(method, path)["responses"]["200"].get("content", {})
    assert kind is None or kind in content


@pytest.mark.parametrize(("method", "path", "media_type", "body"), ASKED, ids=str)
def test_what_is_sent_has_the_names_and_types_of_the_contract(method, path, media_type, body):
    there = found(operation(method, path)["requestBody"]["content"][media_type]["schema"])
    assert kept(there, body) == body


@pytest.mark.parametrize(("method", "path", "media_type", "body"), ASKED, ids=str)
def test_nothing_that_the_contract_does_not_name_has_to_be_sent(method, path, media_type, body):
    schema = operation(method, path)["requestBody"]["content"][media_type]["schema"]
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert set(schema.get("required", ())) <= set(body)


def test_what_is_left_out_of_a_ballot_means_what_the_contract_says():
    made = BallotIn.model_validate(
        {
            "title": "Pay",
            "opens_at": "2026-12-01T09:00:00Z",
            "closes_at": "2026-12-08T09:00:00Z",
            "cut_off_at": "2026-11-20T09:00:00Z",
            "questions": [
                {
                    "key": "offer",
                    "text": "Do you accept?",
                    "answers": [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}],
                    "supported_answer": "no",
                }
            ],
        }
    )
    assert {name: made.model_dump()[name] for name in LEFT_OUT} == LEFT_OUT


@pytest.mark.parametrize(("method", "path", "name", "kind"), PARAMETERS)
def test_a_question_in_the_address_has_the_name_of_the_contract(method, path, name, kind):
    parameters = operation(method, path)["parameters"]
    [there] = [each for each in parameters if each["name"] == name]
    assert (there["in"], found(there["schema"])) == ("query", kind)
    assert not there.get("required")


@pytest.mark.parametrize(("code", "status"), CODES.items())
def test_a_refusal_keeps_its_code_and_its_status(code, status):
    kinds = {each for each in below(DomainError) if each.code == code}
    assert kinds
    assert {
        number
        for each in kinds
        for kind, number in STATUS_OF_KIND.items()
        if issubclass(each, kind)
    } == {status}


def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def test_a_roll_file_has_the_columns_of_the_contract_and_needs_no_other():
    columns = {column.name for column in all_columns(today=date(2026, 11, 22))}
    assert columns >= set(ROLL_FILE)
    assert set(REQUIRED) == {
        "membership_number", "family_name", "branch", "category", "joined_on",
    }  # fmt: skip


def test_settings_have_the_names_of_the_contract():
    assert Settings.model_config["env_prefix"] == "MUSTER_"
    assert Settings.model_fields.keys() >= SETTINGS


def test_a_missing_name_and_another_type_would_be_seen():
    assert kept({"entitled": "integer"}, {"entitled": "integer", "ballot": "string"}) != {
        "entitled": "integer",
        "ballot": "string",
    }
    assert kept({"entitled": "number"}, {"entitled": "integer"}) != {"entitled": "integer"}
    assert kept([{"a": "string", "b": "string"}], [{"a": "string"}]) == [{"a": "string"}]
