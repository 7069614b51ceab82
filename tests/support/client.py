"""A client that speaks to the real application without a network, from plain test functions."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import Any, Self

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from tests.support.pages import look_at
from tests.support.recorded import Watched, refuse_unrecorded


class AppClient(AbstractContextManager["AppClient"]):
    """Runs the application, start-up and shutdown included, and keeps cookies like a browser."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._stack = ExitStack()
        self._portal: BlockingPortal
        self._http: httpx.AsyncClient

    def __enter__(self) -> Self:
        self._portal = self._stack.enter_context(start_blocking_portal())
        lifespan = self.app.router.lifespan_context(self.app)
        self._stack.enter_context(self._portal.wrap_async_context_manager(lifespan))
        transport = httpx.ASGITransport(Watched(self.app), raise_app_exceptions=False)
        self._http = self._stack.enter_context(
            self._portal.wrap_async_context_manager(
                httpx.AsyncClient(transport=transport, base_url="http://testserver")
            )
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def request(
        self, method: str, path: str, *, token: str | None = None, **more: Any
    ) -> httpx.Response:
        """Send one request; with a token it goes into the Authorization header."""
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        response = self._portal.call(
            lambda: self._http.request(method, path, headers=headers, **more)
        )
        refuse_unrecorded()
        is_page = response.headers.get("content-type", "").startswith("text/html")
        # A part of a page is asked for by script, and stands in a page that was checked.
        if is_page and method != "HEAD" and "HX-Request" not in headers:
            look_at(response.text)
        return response

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run an async function on the application's own event loop."""
        return self._portal.call(function, *args)

    def forget_cookies(self) -> None:
        self._http.cookies.clear()


class MovableClock:
    """A clock that stands where the test puts it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
