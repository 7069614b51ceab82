"""Text that no database holds, numbers that no column holds, days that no calendar has.

Each call is sent its own example with one value in it exchanged, value by value, by headquarters,
who may do most. Nothing of it may be more than the service can answer for.
"""

import json
from copy import deepcopy

import httpx
import pytest

from tests.support.interface import ask, example_request, interface_of

ODD = [
    "",
    "\0",
    "a\0b",
    "\ud800",
    "\u202egnirts",
    "x" * 70_000,
    "-1",
    "1e400",
    10**30,
    -(2**63) - 1,
    2**63,
    1e308,
    float("nan"),
    float("inf"),
    True,
    None,
    [],
    {},
    "9999-12-31T23:59:59.999999+00:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31",
    "0001-01-01",
    "10000-01-01",
    "P999999999999D",
]
# In an address, as it goes over the wire.
ODD_PARTS = [
    "%00", "a%00b", "%ED%A0%80", "%FF", "x" * 5_000, "-1", str(2**63), str(10**30), "1e400", "NaN",
    "%D9%A1", "9999-12-31", "0001-01-01", "10000-01-01", "..", "%2e%2e%2f", "%F0%9F%97%B3",
]  # fmt: skip
NO_DOCUMENTS = [b"\xff\xfe", b"{", b"", b"[" * 100_000, b'"\\ud800"', b"1" * 5_000]
DOCUMENT = interface_of()
CALLS = [
    pytest.param(method.upper(), path, operation, id=f"{method.upper()} {path}")
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
WITH_JSON = [
    each
    for each in CALLS
    if "application/json" in each.values[2].get("requestBody", {}).get("content", {})
]
WITH_PARAMETERS = [each for each in CALLS if each.values[2].get("parameters")]


def places_in(value, *, path=()):
    """Where values stand in a body: each its keys and numbers from the outside in."""
    yield path
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inner:
            yield from places_in(each, path=(*path, key))


def exchanged(body, path, odd):
    if not path:
        return odd
    body = deepcopy(body)
    within = body
    for key in path[:-1]:
        within = within[key]
    within[path[-1]] = odd
    return body


def is_answered(client, request):
    """The status, of an answer that is the service's own word and not its breaking."""
    answer = ask(client, request)
    assert answer.status_code < 500, (request.method, request.url, request.content[:300])
    assert answer.status_code != 405
    return answer.status_code


@pytest.mark.parametrize(("method", "path", "operation"), WITH_JSON)
def test_an_odd_value_anywhere_in_a_body_is_answered(method, path, operation, client, union):
    asked = example_request(method, path, operation, credentials=union.credentials_for(path))
    asked.headers.pop("content-length")
    example = json.loads(asked.content)
    for place in places_in(example):
        for odd in ODD:
            body = json.dumps(exchanged(example, place, odd)).encode()
            is_answered(
                client, httpx.Request(method, asked.url, headers=asked.headers, content=body)
            )


@pytest.mark.parametrize(("method", "path", "operation"), WITH_PARAMETERS)
def test_an_odd_part_of_an_address_is_answered(method, path, operation, client, union):
    for parameter in operation["parameters"]:
        if parameter["in"] == "header":
            continue
        for odd in ODD_PARTS:
            request = example_request(
                method,
                path,
                operation,
                credentials=union.credentials["hq"],
                instead={parameter["name"]: odd},
            )
            is_answered(client, request)


@pytest.mark.parametrize(("method", "path", "operation"), WITH_JSON)
def test_a_body_that_is_no_document_is_answered(method, path, operation, client, union):
    asked = example_request(method, path, operation, credentials=union.credentials_for(path))
    asked.headers.pop("content-length")
    for odd in NO_DOCUMENTS:
        request = httpx.Request(method, asked.url, headers=asked.headers, content=odd)
        assert is_answered(client, request) in {400, 401, 409, 413, 422}
