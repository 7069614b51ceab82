"""One log line and one count for each request: its route pattern, never its path or query."""

import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.metrics import REQUEST_SECONDS, REQUESTS

log = structlog.get_logger()
API_PREFIX = "/api/v1"
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
            _note(
                scope, status=status, seconds=time.perf_counter() - started, request_id=request_id
            )


def _note(scope: Scope, *, status: int, seconds: float, request_id: str) -> None:
    route, method = route_pattern(scope), scope["method"]
    if route in QUIET:
        return
    REQUESTS.labels(method, route, str(status)).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        id=request_id,
        method=method,
        route=route,
        status_code=status,
        ms=round(seconds * 1000, 1),
    )


def route_pattern(scope: Scope) -> str:
    """Return the pattern of the route that served a request, such as `/vote/{code}`."""
    pattern: str = getattr(scope.get("route"), "path", "none")
    # FastAPI names an included route without the prefix it was included under.
    prefixed = scope["path"].startswith(API_PREFIX) and not pattern.startswith(API_PREFIX)
    return f"{API_PREFIX}{pattern}" if prefixed and pattern != "none" else pattern
