"""A large live page leaves packed, where a browser takes it so; no other page does."""

import pytest

from app.web import large_pages
from tests.support.ballots import add_members, given_ballot, given_token

HERE = "/hq/ballots/pay-2026/turnout"
PLAIN = {"Accept-Encoding": "identity"}
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def hq(client, database, settings):
    for branch in ("Leeds", "York"):
        add_members(database, 20, branch=branch)
    given_ballot(database, settings)
    token = given_token(database, settings)
    return lambda path, **headers: client.get(path, token=token, headers=headers)


@pytest.fixture
def every_page_is_large(monkeypatch):
    monkeypatch.setattr(large_pages, "LARGE", 0)


@pytest.mark.usefixtures("every_page_is_large")
@pytest.mark.parametrize(
    ("path", "more"), [("", {}), ("/wall", {}), ("/panel", SCRIPT), ("/wall/panel", SCRIPT)]
)
def test_packed_or_not_a_large_live_page_says_the_same(hq, path, more):
    packed, plain = hq(HERE + path, **more), hq(HERE + path, **more, **PLAIN)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.text == plain.text


def test_a_live_page_of_few_branches_leaves_as_it_is(hq):
    assert "content-encoding" not in hq(HERE).headers


@pytest.mark.usefixtures("every_page_is_large")
@pytest.mark.parametrize("path", ["/staff", "/hq/ballots/pay-2026", "/ballots/pay-2026"])
def test_no_other_page_is_packed_lest_its_length_betray_what_it_holds(hq, path):
    answer = hq(path)
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers
