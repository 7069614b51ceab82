"""What anybody may send at most, at each kind of door, whatever they say about it."""

import anyio
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse

import app.core.request_limits as limits
from app.core.request_limits import FORM, VOTE, Limit, RequestLimits
from app.core.settings import Settings
from app.main import create_app
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.client import AppClient
from tests.support.routes import doors_of

KILOBYTE = 1024
LARGEST_UPLOAD = 256 * 1024 * KILOBYTE


PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'


def in_pieces(size):
    """A body whose length is not declared."""

    async def pieces():
        yield PART
        for _ in range(size // KILOBYTE + 1):
            yield b" " * KILOBYTE

    return pieces()


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "in pieces"])
@pytest.mark.parametrize(
    ("path", "largest"),
    [
        pytest.param("/api/v1/ballots/pay-2026/votes", VOTE.largest, id="a vote"),
        pytest.param("/vote/code", VOTE.largest, id="a voter's form"),
        pytest.param("/api/v1/thresholds", FORM.largest, id="JSON"),
        pytest.param("/api/v1/ballots", FORM.largest, id="a new ballot"),
        pytest.param("/sign-in", FORM.largest, id="a form of staff"),
        pytest.param("/api/v1/roll/imports", 2 * 1024 * KILOBYTE, id="a roll file"),
    ],
)
def test_a_door_reads_so_much_and_no_more(database, settings, clock, path, largest, declared):
    with_room = settings.model_copy(update={"largest_upload": 2 * 1024 * KILOBYTE})
    add_members(database, 1)
    given_ballot(database, settings)
    token = given_token(database, settings)
    body = PART + b" " * (largest + 1) if declared else in_pieces(largest + 1)
    kind = "application/x-www-form-urlencoded" if "/api/" not in path else "application/json"
    if path.endswith("imports"):
        kind = "multipart/form-data; boundary=x"
    with AppClient(create_app(with_room, clock=clock)) as client:
        answer = client.post(path, token=token, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 413
    if "/api/" in path:
        assert answer.json()["code"] == "too_large"


def test_only_the_import_of_a_roll_reads_more_than_a_form():
    app = create_app(Settings(secret_key="x" * 40, database_url="sqlite:////nowhere/x.sqlite3"))
    reads = RequestLimits(app, largest_upload=LARGEST_UPLOAD)
    wide = {
        door.path
        for door in doors_of(app)
        if door.method == "POST" and reads.limit_of(door.path).largest > FORM.largest
    }
    assert wide == {"/api/v1/roll/imports", "/hq/roll/imports"}


def status_of(pieces, *, seconds, monkeypatch):
    """What an application answers that reads a body of pieces, each after so many seconds."""
    monkeypatch.setattr(limits, "FORM", Limit(FORM.largest, seconds=0.3))
    sent = []

    async def application(scope, receive, send):
        try:
            await Request(scope, receive).body()
        except limits.HTTPException as refused:
            return await PlainTextResponse("", status_code=refused.status_code)(
                scope, receive, send
            )
        return await PlainTextResponse("")(scope, receive, send)

    waiting = list(pieces)

    async def receive():
        await anyio.sleep(seconds)
        piece = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/x", "method": "POST", "headers": [], "query_string": b""}
    anyio.run(RequestLimits(application, largest_upload=1), scope, receive, send)
    return sent[0]["status"]


def test_a_body_that_drips_is_given_up_on_as_a_whole(monkeypatch):
    """Each piece comes soon enough, and all of them together do not."""
    assert status_of([b"x"] * 100, seconds=0.05, monkeypatch=monkeypatch) == 408
    assert status_of([b"x"] * 3, seconds=0.01, monkeypatch=monkeypatch) == 200


def test_waiting_for_a_reader_to_leave_takes_as_long_as_it_takes(monkeypatch):
    """As the open stream of turnout does."""
    monkeypatch.setattr(limits, "FORM", Limit(FORM.largest, seconds=0.1))
    left = []

    async def stream(scope, receive, send):
        request = Request(scope, receive)
        await request.body()
        with pytest.raises(ClientDisconnect):
            raise ClientDisconnect if (await receive())["type"] == "http.disconnect" else ValueError
        left.append(True)

    answers = [{"type": "http.request"}, {"type": "http.disconnect"}]

    async def receive():
        if len(answers) == 1:
            await anyio.sleep(0.4)
        return answers.pop(0)

    scope = {"type": "http", "path": "/x", "method": "GET", "headers": [], "query_string": b""}
    anyio.run(RequestLimits(stream, largest_upload=1), scope, receive, None)
    assert left == [True]
