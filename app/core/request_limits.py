"""What anybody may send at most: of a body by the kind of its door, of an address, of headers.

nginx has the same limits in front (deploy/nginx.conf.template); these hold without it too.
"""

import asyncio
import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.body_limit import TOO_LARGE

TOO_SLOW, ADDRESS_TOO_LONG, HEADERS_TOO_LARGE = 408, 414, 431
# Bytes. The longest address of ours is a link with its code, the largest header a session's cookie.
LONGEST_ADDRESS = 8 * 1024
LARGEST_HEADERS = 32 * 1024


@dataclass(frozen=True)
class Limit:
    """What a door reads.

    Attributes:
        largest: bytes.
        seconds: in which the whole body has to come.
    """

    largest: int
    seconds: float


VOTE = Limit(64 * 1024, seconds=30)
# Forms and JSON; the largest are the texts of a ballot's questions and messages.
FORM = Limit(1024 * 1024, seconds=30)
UPLOAD_SECONDS = 15 * 60
VOTES = re.compile(r"/vote(/.*)?|/api/v1/ballots/[^/]+/votes")
UPLOADS = re.compile(r"/(api/v1|hq)/roll/imports")


class RequestLimits:
    """Refuses what is larger, longer or slower than a door reads, before it is read whole."""

    def __init__(self, app: ASGIApp, *, largest_upload: int) -> None:
        self._app = app
        self._upload = Limit(largest_upload, seconds=UPLOAD_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or refuse its head; its body is refused as it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = _refused_head(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        limit = self.limit_of(scope["path"])
        await self._app(scope, _limited(receive, headers=Headers(scope=scope), limit=limit), send)

    def limit_of(self, path: str) -> Limit:
        """Return what the door at a path reads."""
        if VOTES.fullmatch(path):
            return VOTE
        return self._upload if UPLOADS.fullmatch(path) else FORM


def _limited(receive: Receive, *, headers: Headers, limit: Limit) -> Receive:
    """Return `receive` for a body that breaks off where it is too large or too slow.

    A length that was declared is refused before anything is read, and what comes in pieces without
    one is counted. Once the body is whole, waiting for the client to leave may take for ever.
    """
    declared = headers.get("content-length", "")
    too_large = declared.isdigit() and int(declared) > limit.largest
    read, whole = 0, False
    ends_at: float | None = None

    async def receive_within() -> Message:
        nonlocal read, whole, ends_at
        # Not our own kind: FastAPI would take it for a body that cannot be parsed.
        if too_large:
            raise HTTPException(TOO_LARGE)
        if whole:
            return await receive()
        ends_at = ends_at or asyncio.get_running_loop().time() + limit.seconds
        try:
            async with asyncio.timeout_at(ends_at):
                message = await receive()
        except TimeoutError:
            raise HTTPException(TOO_SLOW, headers={"Connection": "close"}) from None
        read += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if read > limit.largest:
            raise HTTPException(TOO_LARGE)
        return message

    return receive_within


def _refused_head(scope: Scope) -> JSONResponse | None:
    address = len(scope.get("raw_path", b"")) + len(scope.get("query_string", b""))
    if address > LONGEST_ADDRESS:
        return _refusal(ADDRESS_TOO_LONG, "address_too_long", "That address is too long.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEADERS:
        return _refusal(HEADERS_TOO_LARGE, "headers_too_large", "Those headers are too large.")
    return None


def _refusal(status: int, code: str, title: str) -> JSONResponse:
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status, "code": code, "detail": title},
        status_code=status,
        media_type="application/problem+json",
    )
