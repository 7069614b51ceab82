"""Whatever anybody sends to the interface, its answer is one that its OpenAPI document tells of.

Schemathesis makes calls that fit the document and calls that do not, for everybody who could make
them, in a union with a ballot in every state, and sends each to a service on either database.
`MUSTER_API_EXAMPLES=500` tries more of each.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.interface import CALLERS, SLUGS, ask, interface_of, operations_of, request_of

EXAMPLES = int(os.environ.get("MUSTER_API_EXAMPLES", "15"))
BOUNDED = hypothesis_settings(
    max_examples=EXAMPLES,
    # The same calls in each run: a failure in CI is one that anybody can see again.
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DESCRIBED = schemathesis.openapi.from_dict(interface_of())
OPERATIONS = {
    (found.ok().method.upper(), found.ok().path): found.ok()
    for found in DESCRIBED.get_all_operations()
}
# What a part of an address can be that means something; else it is drawn from everything.
KNOWN = {
    "slug": st.sampled_from(SLUGS),
    "number": st.sampled_from(
        ["1", "2", "3", "0", "-1", str(2**31 - 1), str(2**63), "\u0661", "1.0"]
    ),
    "membership_number": st.sampled_from(["LEE0001", "YOR0001", "LEE/1", "\0", "x" * 5000]),
    "planned_key": st.sampled_from(["era-2025-s68", "ERA_2025_S68", "\0"]),
}


def calls_of(operation):
    """Calls that fit the document, and calls that do not."""
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    return fitting | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def test_every_call_that_is_described_is_tried(services):
    client, _ = services[0]
    assert set(OPERATIONS) == {(method, path) for method, path, _ in operations_of(client.app)}


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_every_answer_is_one_that_is_documented(key, services):
    @BOUNDED
    @given(case=calls_of(OPERATIONS[key]), who=st.sampled_from(CALLERS), data=st.data())
    def call(case, who, data):
        for name in case.path_parameters or {}:
            if name in KNOWN and data.draw(st.integers(0, 3)):
                case.path_parameters[name] = data.draw(KNOWN[name])
        for client, union in services:
            answer = ask(client, request_of(case, credentials=union.credentials[who]))
            case.validate_response(answer, checks=CHECKS)

    call()


@pytest.mark.parametrize("who", ["hq", "branch", "scrutineer", "nobody"])
def test_a_ballot_in_every_state_answers_as_documented(who, services):
    """Chance does not ask everything of a draft."""
    client, union = services[0]
    surprises = [
        (path, slug, status)
        for method, path, described in operations_of(client.app)
        if method == "GET"
        and path.count("{") == path.count("{slug}") == 1
        # What is watched for as long as one likes has no end to wait for.
        and not path.endswith("/stream")
        for slug in SLUGS
        if (status := client.get(path.format(slug=slug), token=union.credentials[who]).status_code)
        not in {int(each) for each in described["responses"]}
    ]
    assert surprises == []
