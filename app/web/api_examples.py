"""An example for every call of the REST interface: what is sent, and what it is answered.

The answers stand in `api_answers.json`. They are those of an invented union to the calls below,
long lists cut to two. Nothing makes an example up: a call without one fails the tests.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
Key = tuple[str, str]

RECEIPT = "5f0c6d2e9b7a41838d1f64c2a90e7b35"
# Bodies that work as they stand. Some stand with their schema instead.
BODIES: Mapping[Key, Any] = {
    ("POST", "/api/v1/ballots"): {
        "slug": "pay-offer-2027",
        "title": "Pay offer 2027",
        "kind": "indicative",
        "opens_at": "2027-03-01T09:00:00Z",
        "closes_at": "2027-03-15T12:00:00Z",
        "cut_off_at": "2027-02-19T12:00:00Z",
        "constituency": {"categories": ["full"]},
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
    ("POST", "/api/v1/ballots/{slug}/board/proof"): {"receipt": RECEIPT},
    ("POST", "/api/v1/ballots/{slug}/roll-changes/exclusions"): {
        "membership_number": "P-1007",
        "reason": "Left the union on 20 February.",
    },
    ("POST", "/api/v1/ballots/{slug}/roll-changes/supplements"): {
        "membership_numbers": ["P-2001"],
        "reason": "Joined in time; the branch sent the form on late.",
    },
    ("POST", "/api/v1/commencements"): {
        "planned_key": "era-2025-s68",
        "day": "2027-10-01",
        "source": "Invented regulations, S.I. 2027 No. 000",
    },
    ("POST", "/api/v1/mail/bounces"): {
        "bounces": [
            {
                "message_id": "<5d1f0c3a9b7e41838d1f64c2@example.org>",
                "recipient": "bo.2001@example.org",
                "kind": "hard",
                "status": "5.1.1",
            }
        ]
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
    ("POST", "/api/v1/thresholds"): {
        "rule_book": "industrial-action",
        "opened_on": "2025-12-08",
        "entitled": 54432,
        "votes_cast": 28598,
        "supporting": 26696,
        "opposing": 1885,
        "spoiled": 17,
    },
}
# What is in the file of a call that takes one.
FILES: Mapping[Key, str] = {
    ("POST", "/api/v1/roll/imports"): (
        "membership_number,family_name,branch,category,joined_on\n"
        "P-1001,Abara,Leeds,full,2026-01-12\n"
        "P-1002,Charlton,Leeds,full,31/02/2026\n"
    ),
    ("POST", "/api/v1/past-results/file"): ("unit,entitled,yes,no,spoiled\nc2c,79,43,1,1\n"),
}
# What a part of an address is, where it has no default.
PARAMETERS: Mapping[str, Any] = {
    "action_on": "2027-04-12",
    "authorization": "Bearer the secret of MUSTER_BOUNCE_SECRET",
    "closes_on": "2027-04-05",
    "days": 7,
    "membership_number": "P-1001",
    "notice_on": "2027-03-29",
    "number": 1,
    "on": "2027-02-10",
    "opened_on": "2026-04-06",
    "opens_on": "2027-03-22",
    "planned_key": "era-2025-s68",
    "reason": "joined_after_cut_off",
    "slug": "pay-offer-2027",
}


@cache
def answers() -> Mapping[str, Any]:
    """Return by "METHOD /path" and by status what each kind of content holds."""
    kept: Mapping[str, Any] = json.loads(
        Path(__file__).with_name("api_answers.json").read_text("utf-8")
    )
    return kept


def describe_examples(document: dict[str, Any]) -> None:
    """Put an example into the document for every part of an address, every body, every answer."""
    components = document.get("components", {}).get("schemas", {})
    for key, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter.setdefault("example", _parameter(parameter))
        for described in operation.get("requestBody", {}).get("content", {}).values():
            if "example" not in described:
                described["example"] = _body(key, described["schema"], components=components)
        for status, contents in answers().get(" ".join(key), {}).items():
            described = operation["responses"][status].setdefault("content", {})
            for kind, example in contents.items():
                described.setdefault(kind, {"schema": {"type": "string"}})["example"] = example


def _operations(document: Schema) -> Iterator[tuple[Key, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield (method.upper(), path), operation


def _parameter(parameter: Schema) -> Any:  # noqa: ANN401 - JSON
    name = parameter["name"]
    if parameter["in"] == "query" and name == "number":  # of a member: text, not a proposal
        name = "membership_number"
    return PARAMETERS.get(name, parameter["schema"].get("default"))


def _body(key: Key, schema: Schema, *, components: Schema) -> Any:  # noqa: ANN401 - JSON
    if key in FILES:
        return {"file": FILES[key]}
    return BODIES.get(key) or components[schema["$ref"].rpartition("/")[2]]["example"]
