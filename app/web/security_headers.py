"""What every answer tells the browser to refuse: foreign content, framing, sniffing, caching."""

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
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SELF = "'self'"
NONE = "'none'"
TWO_YEARS = 63_072_000  # seconds


def security_headers(*, https: bool) -> Secure:
    """Return the headers for every answer.

    Args:
        https: whether the service is reached by https; only then may it demand it for the future.
    """
    return Secure(
        csp=_content_policy(),
        # Not no-referrer: under that, browsers send `Origin: null` with our own forms, and a form
        # without an origin is refused wherever the browser does not send Sec-Fetch-Site either.
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=PermissionsPolicy().camera().geolocation().microphone().payment().usb(),
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


class SecurityHeaders:
    """Adds the headers to every HTTP answer that has not set its own.

    The library's own middleware builds them anew for each answer and overrules a route's
    Cache-Control; this one encodes them once and lets hashed assets say that they may be kept.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = tuple(
            (name.lower().encode("ascii"), value.encode("latin-1"))
            for name, value in security_headers(https=https).headers.items()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the head of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = list(message.get("headers", ()))
                names = {name.lower() for name, _ in present}
                present += [header for header in self._headers if header[0] not in names]
                message["headers"] = present
            await send(message)

        await self._app(scope, receive, complete)
