"""What every answer tells the browser to refuse: foreign content, framing, sniffing, caching."""

from collections.abc import Awaitable

from modern_csrf.asgi import BlockCrossOriginRequests
from secure import (
    CacheControl,
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
)
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SELF = "'self'"
NONE = "'none'"
TWO_YEARS = 63_072_000  # seconds
REFERRER, SAME_ORIGIN = b"referrer-policy", b"same-origin"
# Where forms are sent with a cookie. Under no-referrer a browser sends `Origin: null` with our own
# forms, and where it does not send Sec-Fetch-Site either, nothing would tell ours from another
# site's. No address here holds a secret, and none is told to another site.
STAFFS = ("/sign-in", "/sign-out", "/staff", "/hq", "/branch", "/account")
# Whose forms no cookie goes with: nothing that another site could abuse.
WITHOUT_COOKIE = (
    "/vote",
    "/my-details",
    "/lost-link",
    "/past-results",
    "/ballots",
    "/sign-in/invitation",
)

# What the library reads as ASCII, whatever was sent.
READ_AS_ASCII = {b"origin", b"sec-fetch-site", b"host"}


def security_headers(*, https: bool) -> Secure:
    """Return the headers for every answer.

    Args:
        https: whether the service is reached by https; only then may it demand it for the future.
    """
    return Secure(
        csp=_content_policy(),
        referrer=ReferrerPolicy().no_referrer(),
        xcto=XContentTypeOptions().nosniff(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=PermissionsPolicy()
        .camera()
        .display_capture()
        .geolocation()
        .microphone()
        .payment()
        .usb(),
        cache=CacheControl().no_store(),
        hsts=StrictTransportSecurity().max_age(TWO_YEARS).include_subdomains() if https else None,
    )


def _content_policy() -> ContentSecurityPolicy:
    """Allow our own files and nothing else: no inline script or style, no eval, no frame."""
    return (
        ContentSecurityPolicy()
        .default_src(NONE)
        .script_src(SELF)
        .style_src(SELF)
        .img_src(SELF)
        .font_src(SELF)
        .connect_src(SELF)
        .form_action(SELF)
        .base_uri(NONE)
        .frame_ancestors(NONE)
    )


class RefuseOtherSites(BlockCrossOriginRequests):
    """Refuses what another site makes a browser send (docs/decisions/0016).

    At the doors without a cookie a form that hides where it comes from is let in: our own do,
    because their addresses may hold a voting code and are told to nobody.
    """

    def __call__(  # type: ignore[override]  # the library's own names for the same three
        self, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and not _is_readable(scope):
            return self.reject_handler(scope, receive, send)  # type: ignore[arg-type]  # the same
        if scope["type"] == "http" and _is_under(scope["path"], WITHOUT_COOKIE):
            headers = Headers(scope=scope)
            if headers.get("origin") == "null" and "sec-fetch-site" not in headers:
                return self.app(scope, receive, send)  # type: ignore[arg-type]  # the same
        return super().__call__(scope, receive, send)  # type: ignore[arg-type]  # the same


class SecurityHeaders:
    """Adds the headers to every HTTP answer that has not set its own.

    The library's own middleware builds them anew for each answer and overrules a route's
    Cache-Control; this one encodes them once and lets hashed assets say that they may be kept.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        headers = {
            name.lower().encode("ascii"): value.encode("latin-1")
            for name, value in security_headers(https=https).headers.items()
        }
        self._headers = tuple(headers.items())
        self._for_staff = tuple((headers | {REFERRER: SAME_ORIGIN}).items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the head of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        headers = self._for_staff if _is_staffs(scope["path"]) else self._headers

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = list(message.get("headers", ()))
                names = {name.lower() for name, _ in present}
                present += [header for header in headers if header[0] not in names]
                message["headers"] = present
            await send(message)

        await self._app(scope, receive, complete)


def _is_readable(scope: Scope) -> bool:
    return all(value.isascii() for name, value in scope["headers"] if name in READ_AS_ASCII)


def _is_staffs(path: str) -> bool:
    return _is_under(path, STAFFS) and not _is_under(path, WITHOUT_COOKIE)


def _is_under(path: str, doors: tuple[str, ...]) -> bool:
    return any(path == door or path.startswith(f"{door}/") for door in doors)
