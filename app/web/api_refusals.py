"""Refusals in the OpenAPI document: which a call can meet, from who may make it and what it takes.

FastAPI documents the answers it makes itself. Ours come from kinds of refusal, which one table
maps to a status, so they are put into the document from that table and not by hand at each route.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from app.core import errors
from app.core.errors import DomainError
from app.security import access
from app.security.access import Access, StaffAccess
from app.web.refusals import STATUS_OF_KIND

PROBLEM = "application/problem+json"
PROBLEM_SCHEMA: Mapping[str, Any] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `code` is stable; `detail` is for people.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$", "example": "invalid_request"},
        "detail": {"type": "string", "minLength": 1},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "message"],
                "properties": {"where": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
# By the framework itself, of a body that is no text or no form.
UNREADABLE = 400
SAID: Mapping[int, str] = {
    UNREADABLE: "refused: the body could not be read at all.",
    422: "invalid_request, or a code of its own: what was sent does not fit. "
    "The answer names the place.",
}
# What neither the marker nor the parameters of a route show.
_STATEMENT = frozenset({401, 403, 409})
MORE: Mapping[tuple[str, str], frozenset[int]] = {
    ("GET", "/api/v1/ballots/{slug}/board"): frozenset({409}),
    ("GET", "/api/v1/ballots/{slug}/result"): frozenset({403, 409}),
    ("GET", "/api/v1/ballots/{slug}/roll-changes"): frozenset({409}),
    ("GET", "/api/v1/ballots/{slug}/turnout"): frozenset({409}),
    ("GET", "/api/v1/ballots/{slug}/turnout/history"): frozenset({409}),
    ("GET", "/api/v1/ballots/{slug}/turnout/stream"): frozenset({409}),
    ("GET", "/api/v1/ballots/{slug}/statement"): _STATEMENT,
    ("GET", "/api/v1/ballots/{slug}/statement.csv"): _STATEMENT,
    ("GET", "/api/v1/ballots/{slug}/statement.txt"): _STATEMENT,
    ("GET", "/metrics"): frozenset({403}),
    ("POST", "/api/v1/ballots/{slug}/board/proof"): frozenset({409}),
    ("POST", "/api/v1/commencements"): frozenset({404}),
    ("POST", "/api/v1/mail/bounces"): frozenset({401, 409}),
}
# Read by whoever watches the process: it asks nothing of the database.
NEEDS_NO_DATABASE = {"/healthz"}


def describe_refusals(document: dict[str, Any], *, app: FastAPI) -> None:
    """Put every refusal into the document that a call can be answered with."""
    markers = dict(_markers(app))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            key = method.upper(), path
            _describe(operation, statuses=_statuses(key, operation, access=markers[key]))
            if isinstance(markers[key], StaffAccess):
                operation["security"] = [{"staffToken": []}]
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["staffToken"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token of a staff account.",
    }
    schemas = document["components"].setdefault("schemas", {})
    schemas["Problem"] = dict(PROBLEM_SCHEMA)
    for made_by_framework in ("HTTPValidationError", "ValidationError"):
        schemas.pop(made_by_framework, None)


def _markers(app: FastAPI) -> Iterator[tuple[tuple[str, str], Access]]:
    for path, route in access.every_route(app.routes):
        if path in access.OPEN_PATHS:
            continue
        described = re.sub(r":\w+}", "}", path)  # {number:path} is {number} in the document
        for method in getattr(route, "methods", None) or ():
            yield (method, described), access.stated_access(route)


def _statuses(key: tuple[str, str], operation: Mapping[str, Any], *, access: Access) -> set[int]:
    method, path = key
    found = {int(status) for status in operation["responses"] if int(status) >= UNREADABLE}
    found |= MORE.get(key, frozenset())
    if path not in NEEDS_NO_DATABASE:
        found.add(_status(errors.Unavailable))
    if isinstance(access, StaffAccess):
        found |= {_status(errors.Unauthenticated), _status(errors.Forbidden)}
        if method != "GET":
            found.add(_status(errors.Conflict))
    if "{" in path:
        found.add(_status(errors.NotFound))
    if "requestBody" in operation:
        found |= {UNREADABLE, _status(errors.TooLarge), _status(errors.Invalid)}
    return found


def _describe(operation: dict[str, Any], *, statuses: set[int]) -> None:
    answers = operation["responses"]
    for status in sorted(statuses):
        said = answers.get(str(status), {}).get("description", "Validation Error")
        answers[str(status)] = {
            "description": _sentence(status) if said == "Validation Error" else said,
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _sentence(status: int) -> str:
    if status in SAID:
        return SAID[status]
    kind = next(kind for kind, number in STATUS_OF_KIND.items() if number == status)
    return f"{kind.code}, or a code of its own: {kind.message}"


def _status(kind: type[DomainError]) -> int:
    return STATUS_OF_KIND[kind]
