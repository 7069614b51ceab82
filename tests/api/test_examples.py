"""Each call has an example in the OpenAPI document, and each example is what it stands for."""

import jsonschema_rs
import pytest

from tests.support.interface import ask, example_request, interface_of, operations_of

DOCUMENT = interface_of()
OPERATIONS = [
    (method, path) for path, operations in DOCUMENT["paths"].items() for method in operations
]


def allowed_by(schema, value):
    """Whether a schema of the document allows a value."""
    whole = {"components": DOCUMENT["components"], "allOf": [schema]}
    return jsonschema_rs.validator_for(whole).is_valid(value)


def missing_in(value, schema, *, where="$"):
    """The fields of a schema that a value, or a part of it, does not have."""
    options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    if len(options) == 1 and "$ref" in options[0]:
        options = [DOCUMENT["components"]["schemas"][options[0]["$ref"].rpartition("/")[2]]]
    if isinstance(value, list):
        for each in value:
            yield from missing_in(each, options[0].get("items", {}), where=f"{where}[]")
    if isinstance(value, dict) and len(options) == 1:
        for name, inner in options[0].get("properties", {}).items():
            if name in value:
                yield from missing_in(value[name], inner, where=f"{where}.{name}")
            else:
                yield f"{where}.{name}"


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_every_call_has_an_example_that_fits(method, path):
    operation = DOCUMENT["paths"][path][method]
    for parameter in operation.get("parameters", ()):
        assert allowed_by(parameter["schema"], parameter["example"]), parameter
    for described in operation.get("requestBody", {}).get("content", {}).values():
        assert allowed_by(described["schema"], described["example"])


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_every_call_shows_what_it_is_answered_when_it_succeeds(method, path):
    for status, answer in DOCUMENT["paths"][path][method]["responses"].items():
        if status.startswith("2") and status != "204":
            assert answer["content"]
            for described in answer["content"].values():
                assert allowed_by(described["schema"], described["example"]), status


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_no_answer_that_is_shown_lacks_a_field(method, path):
    """What has a default may be left out by a schema, and never is by an answer."""
    for answer in DOCUMENT["paths"][path][method]["responses"].values():
        for described in answer.get("content", {}).values():
            if "example" in described:
                assert list(missing_in(described["example"], described["schema"])) == []


def test_no_example_of_any_call_is_refused_as_unreadable(client, union):
    """They may be refused for what they say, as of a member unknown here; not for their form."""
    for method, path, operation in operations_of(client.app):
        request = example_request(method, path, operation, credentials=union.credentials["hq"])
        answer = ask(client, request)
        refused = answer.json()["code"] if answer.status_code >= 400 else None
        assert refused not in {"invalid_request", "refused", "unexpected"}, (method, path)


def test_every_call_of_staff_says_that_it_takes_a_token():
    own = DOCUMENT["paths"]["/api/v1/ballots"]
    assert own["post"]["security"] == [{"staffToken": []}]
    assert "security" not in own["get"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_every_refusal_is_described_as_a_problem(method, path):
    for status, answer in DOCUMENT["paths"][path][method]["responses"].items():
        if int(status) >= 400:
            assert list(answer["content"]) == ["application/problem+json"]
            assert answer["description"].endswith(".")
