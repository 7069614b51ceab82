"""The vote's own door: a thin Starlette route, because every vote goes through it.

FastAPI's machinery costs more than the ballot box itself (docs/decisions/0002), so this endpoint
reads and answers JSON by hand and describes itself to OpenAPI.
"""

from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.clock import Clock
from app.security import access
from app.security.access import client_address
from app.voting.schemas import ReceiptOut, VoteIn
from app.voting.service import CastVote, cast_vote, moment_of_arrival

PATH = "/api/v1/ballots/{slug}/votes"


async def vote_endpoint(request: Request) -> Response:
    """Cast one member's vote. The window judges the moment at which this function starts."""
    clock: Clock = request.app.state.clock
    arrived_at = clock()
    # As FastAPI's own routes do, so that logs and counts name the route.
    request.scope["route"] = VOTE_ROUTE
    body = await request.body()
    arrived_at = moment_of_arrival(arrived_at, clock())
    vote = _read(body)
    scheme, _, code = request.headers.get("authorization", "").partition(" ")
    receipt = await cast_vote(
        request.app,
        CastVote(
            slug=request.path_params["slug"],
            # What came another way is no code, and looks like every other wrong one.
            code=code if scheme.lower() == "bearer" else "",
            answers=vote.answers,
            receipt=vote.receipt,
            arrived_at=arrived_at,
            origin=client_address(request),
        ),
    )
    return Response(
        ReceiptOut(receipt=receipt).model_dump_json(),
        status_code=201,
        media_type="application/json",
    )


def _read(body: bytes) -> VoteIn:
    try:
        return VoteIn.model_validate_json(body)
    except ValidationError as wrong:
        raise RequestValidationError(
            wrong.errors(include_url=False, include_input=False, include_context=False)
        ) from None


vote_endpoint.access = access.VOTER  # type: ignore[attr-defined]  # read by check_every_route
VOTE_ROUTE = Route(PATH, vote_endpoint, methods=["POST"])

REFUSALS = {
    "401": (
        "unknown_code: the code is unknown, revoked or malformed; one of another ballot has the "
        "same code and is told in `detail` which ballot it is for."
    ),
    "403": "ballot_not_open: the request arrived before the opening.",
    "404": "unknown_ballot: there is no such ballot.",
    "409": "already_voted: this member has voted, with another receipt.",
    "410": "ballot_closed: the request arrived at the close or later.",
    "413": "too_large: more than 64 kB.",
    "422": "invalid_answers or invalid_request: the answers do not fit the paper.",
    "429": "too_many_failures: too many wrong codes, and this is another; a right one is taken.",
    "503": "not_counted: send it again with the same receipt.",
}


def describe_vote(openapi: dict[str, Any]) -> None:
    """Put the vote into an OpenAPI document, since FastAPI does not see this route."""
    schemas = openapi.setdefault("components", {}).setdefault("schemas", {})
    for model in (VoteIn, ReceiptOut):
        schemas[model.__name__] = model.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
    security = openapi["components"].setdefault("securitySchemes", {})
    security["votingCode"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "The member's voting code.",
    }
    slug = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}
    receipt = {"schema": {"$ref": "#/components/schemas/ReceiptOut"}}
    counted = {
        "description": "Counted, or counted before under the same receipt.",
        "content": {"application/json": receipt},
    }
    refused = {
        status: {"description": description, "content": {"application/problem+json": {}}}
        for status, description in REFUSALS.items()
    }
    content = {
        "schema": {"$ref": "#/components/schemas/VoteIn"},
        "example": {"answers": {"offer": "reject"}, "receipt": "5f0c6d2e9b7a41838d1f64c2a90e7b35"},
    }
    openapi.setdefault("paths", {})[PATH] = {
        "post": {
            "tags": ["Voting"],
            "summary": "Cast a vote",
            "operationId": "cast_vote",
            "security": [{"votingCode": []}],
            "parameters": [slug],
            "requestBody": {"required": True, "content": {"application/json": content}},
            "responses": {"201": counted} | refused,
        }
    }
