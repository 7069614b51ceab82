"""What every answer tells the browser to refuse."""

import anyio
import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.web.security_headers import SecurityHeaders, security_headers


def answer(*, https: bool = False, **own: str) -> httpx.Headers:
    """The headers of an answer that set `own` itself."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.replace("_", "-"): value for name, value in own.items()}
        await PlainTextResponse("", headers=headers)(scope, receive, send)

    async def ask() -> httpx.Headers:
        transport = httpx.ASGITransport(SecurityHeaders(app, https=https))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return (await client.get("/")).headers

    return anyio.run(ask)


def test_the_content_policy_starts_from_nothing_and_allows_only_our_own():
    policy = dict(
        part.strip().split(" ", 1) for part in answer()["content-security-policy"].split(";")
    )
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("base-uri") == "'none'"
    assert policy.pop("frame-ancestors") == "'none'"
    assert set(policy.values()) == {"'self'"}
    assert {"script-src", "style-src", "form-action", "connect-src"} <= policy.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ],
)
def test_every_answer_carries_this_header(name, value):
    assert answer()[name] == value


def test_https_is_demanded_for_the_future_only_where_it_is_in_use():
    assert "strict-transport-security" not in answer(https=False)
    assert answer(https=True)["strict-transport-security"].startswith("max-age=63072000")


def test_a_hashed_asset_may_say_that_it_can_be_kept():
    kept = answer(cache_control="public, max-age=31536000, immutable")
    assert kept.get_list("cache-control") == ["public, max-age=31536000, immutable"]


def test_no_header_is_sent_twice():
    names = [name.lower() for name in answer(https=True, referrer_policy="no-referrer")]
    assert len(names) == len(set(names))
    assert security_headers(https=True).headers.keys() >= {"Content-Security-Policy"}
