"""HEAD on a page: what GET would answer, without its body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Programs are answered by the contract of the interface, and built files know HEAD themselves.
LEFT_ALONE = ("/api/", "/static/")


class HeadAsGet:
    """Serves HEAD as GET and keeps the body back: link checkers and chat apps ask so first.

    The request is changed back before its answer begins, because the server and the log read from
    it what was asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, a HEAD as a GET."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        if not is_head or scope["path"].startswith(LEFT_ALONE):
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            scope["method"] = "HEAD"
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        await self._app(scope, receive, without_body)
