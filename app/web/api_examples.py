"""Examples for the page about the REST interface: made of its schemas, some written by hand."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

# Bodies that work as they stand; a test sends each of them.
BODIES: Mapping[tuple[str, str], Any] = {
    ("POST", "/api/v1/roll/imports"): "file=@roll.csv",
    ("POST", "/api/v1/ballots"): {
        "slug": "pay-offer-2027",
        "title": "Pay offer 2027",
        "kind": "indicative",
        "opens_at": "2027-03-01T09:00:00Z",
        "closes_at": "2027-03-15T12:00:00Z",
        "cut_off_at": "2027-02-19T12:00:00Z",
        "questions": [
            {
                "key": "offer",
                "text": "Do you accept the pay offer?",
                "answers": [
                    {"key": "accept", "text": "Accept"},
                    {"key": "reject", "text": "Reject"},
                ],
                "supported_answer": "reject",
            }
        ],
    },
    ("POST", "/api/v1/thresholds"): {
        "rule_book": "industrial-action",
        "opened_on": "2025-12-08",
        "entitled": 54432,
        "votes_cast": 28598,
        "supporting": 26696,
        "opposing": 1885,
        "spoiled": 17,
    },
    ("POST", "/api/v1/past-results"): {
        "rule_book": "industrial-action",
        "opened_on": "2022-04-26",
        "important_public_service": True,
        "units": [
            {
                "name": "Govia Thameslink Railway",
                "entitled": 2327,
                "yes": 926,
                "no": 267,
                "spoiled": 5,
            },
            {"name": "c2c", "entitled": 79, "yes": 43, "no": 1, "spoiled": 1},
        ],
    },
    ("POST", "/api/v1/past-results/file"): "file=@results.csv",
    ("POST", "/api/v1/ballots/{slug}/board/proof"): {"receipt": "5f0c6d2e9b7a41838d1f64c2a90e7b35"},
}
# What is in the file of a call that takes one.
FILES: Mapping[tuple[str, str], str] = {
    ("POST", "/api/v1/roll/imports"): (
        "membership_number,family_name,branch,category,joined_on\n"
        "P-1001,Invented,Leeds,full,2026-01-12\n"
    ),
    ("POST", "/api/v1/past-results/file"): ("unit,entitled,yes,no,spoiled\nc2c,79,43,1,1\n"),
}
# What a part of an address is.
PARAMETERS: Mapping[str, Any] = {
    "authorization": "Bearer the secret of MUSTER_BOUNCE_SECRET",
    "days": 7,
    "membership_number": "P-1001",
    "number": 1,
    "planned_key": "era-2025-s68",
    "slug": "pay-offer-2027",
}
# What a field of that name holds, where its type alone says too little.
VALUES: Mapping[str, Any] = {
    "actual_votes": 28598,
    "ballot": "pay-offer-2027",
    "entitled": 54432,
    "key": "offer",
    "label": "from 18 February 2026",
    "message": "Join date is not a day. Write it as 2026-04-06.",
    "name": "Leeds",
    "receipt": "5f0c6d2e9b7a41838d1f64c2a90e7b35",
    "required_votes": 27216,
    "roll_digest": "64 hex digits",
    "slug": "pay-offer-2027",
    "source": "Trade Union and Labour Relations (Consolidation) Act 1992 s.226",
    "supported_answer": "reject",
    "text": "Do you accept the pay offer?",
    "threshold": "50.00",
    "title": "Pay offer 2027",
    "turnout_percent": "52.54",
    "votes_cast": 28598,
}
FORMATS = {"date": "2026-04-06", "date-time": "2026-04-06T12:00:00Z", "binary": "the file"}
SIMPLE: Mapping[str, Any] = {
    "string": "text",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "null": None,
}
DEEPEST = 8


def describe_examples(document: dict[str, Any]) -> None:
    """Put an example into the document for every body and every part of an address."""
    components = document.get("components", {}).get("schemas", {})
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                _describe_parameter(parameter, components=components)
            for described in operation.get("requestBody", {}).get("content", {}).values():
                if "example" not in described:
                    key = method.upper(), path
                    described["example"] = _body(key, described["schema"], components=components)


def _describe_parameter(parameter: dict[str, Any], *, components: Schema) -> None:
    name = parameter["name"]
    if parameter["in"] == "query" and name == "number":  # of a member: text, not a proposal
        name = "membership_number"
    made = example_of(parameter["schema"], components=components)
    parameter.setdefault("example", PARAMETERS.get(name, made))


def _body(key: tuple[str, str], schema: Schema, *, components: Schema) -> Any:  # noqa: ANN401 - JSON
    if key in FILES:
        return {"file": FILES[key]}
    return BODIES.get(key) or example_of(schema, components=components)


def example_of(schema: Schema, *, components: Schema, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Return a value that a schema of OpenAPI 3.1 allows, for people to look at.

    Args:
        schema: of the value.
        components: the document's named schemas.
        name: the field it is for, if any.
        depth: how far inside the whole value it stands.
    """
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    for given in ("example", "default", "const"):
        if given in schema:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        chosen = next((each for each in choices if each.get("type") != "null"), choices[0])
        return example_of(chosen, components=components, name=name, depth=depth)
    if schema.get("type") in {"object", "array"}:
        return _container(schema, components=components, depth=depth + 1)
    return VALUES.get(name, FORMATS.get(schema.get("format", ""), _simple(schema)))


def _container(schema: Schema, *, components: Schema, depth: int) -> Any:  # noqa: ANN401 - JSON
    if depth > DEEPEST:
        return {} if schema["type"] == "object" else []
    if schema["type"] == "array":
        items = schema.get("items", {})
        return [example_of(items, components=components, depth=depth)] if items else []
    return {
        name: example_of(each, components=components, name=name, depth=depth)
        for name, each in schema.get("properties", {}).items()
    }


def _simple(schema: Schema) -> Any:  # noqa: ANN401 - JSON
    return SIMPLE.get(schema.get("type", "string"), "text")
