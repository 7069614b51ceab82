"""Built assets as a browser gets them."""

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from app.web.static_files import BuiltFiles
from app.web.templating import STATIC, asset


def fetch(address: str, *, encoding: str = "gzip, br") -> httpx.Response:
    app = Starlette(routes=[Mount("/static", BuiltFiles(directory=STATIC))])

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.get(address, headers={"accept-encoding": encoding})

    return anyio.run(ask)


@pytest.mark.parametrize(
    ("name", "kind"), [("muster.css", "text/css"), ("live.js", "text/javascript")]
)
def test_text_travels_packed_and_arrives_whole(name, kind):
    packed = fetch(asset(name))
    plain = fetch(asset(name), encoding="identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.text == plain.text
    assert packed.headers["content-type"].startswith(kind)
    assert packed.headers["vary"] == "Accept-Encoding"


def test_a_font_goes_as_it_is():
    font = fetch(asset("atkinson-hyperlegible-next-latin-400-normal.woff2"))
    assert font.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in font.headers


def test_a_hashed_file_is_kept_for_ever():
    assert "immutable" in fetch(asset("mark.svg")).headers["cache-control"]


def test_a_file_that_is_not_there_is_not_kept():
    missing = fetch("/static/unheard-of.css")
    assert missing.status_code == 404
    assert "immutable" not in missing.headers.get("cache-control", "")
