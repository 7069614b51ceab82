"""One log line a request: id, route pattern, status, milliseconds. Never the path or query."""

import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()
QUIET = {"/healthz", "/readyz", "/metrics", "/static"}


class RequestLog:
    """Pure ASGI, because this stands in front of every vote."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, then write its line."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(6)
        started = time.perf_counter()
        status = 500

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            if route not in QUIET:
                took = round((time.perf_counter() - started) * 1000, 1)
                log.info(
                    "request",
                    id=request_id,
                    method=scope["method"],
                    route=route,
                    status_code=status,
                    ms=took,
                )
