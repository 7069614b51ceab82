"""Routes that read little: what anybody may send is refused before it is read whole."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from app.core.errors import TooLarge

TOO_LARGE = 413
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def route_that_reads(largest: int) -> type[APIRoute]:
    """Return a class of routes that refuse a body of more than so many bytes.

    FastAPI's own limit answers in plain words of HTTP, which nobody at a page understands.

    Args:
        largest: in bytes.
    """

    class SmallBodyRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def refuse_or_handle(request: Request) -> Response:
                declared = request.headers.get("content-length", "")
                if declared.isdigit() and int(declared) > largest:
                    raise TooLarge
                return await handle(_counted(request, largest=largest))

            return refuse_or_handle

    return SmallBodyRoute


def _counted(request: Request, *, largest: int) -> Request:
    """Return the request with a body that breaks off where a length was not declared truly."""
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > largest:
            # Not our own kind: FastAPI would take it for a body that cannot be parsed.
            raise HTTPException(TOO_LARGE)
        return message

    return Request(request.scope, receive)
