"""A union in full swing, everybody who could call its interface, and what a call is answered."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import anyio
import httpx
import requests
from fastapi import FastAPI
from schemathesis import Case

from app.ballots.service import create_ballot, get_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from app.notices.reminders import Plan, plan_reminder
from app.notices.webhooks import add_webhook
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from app.security.models import Role
from tests.conftest import SECRET
from tests.support.ballots import (
    HQ,
    NOON,
    add_members,
    ballot_in,
    given_ballot,
    given_token,
    move_window,
)
from tests.support.changes import propose
from tests.support.client import AppClient
from tests.support.extensions import propose_later
from tests.support.invitations import frozen_ballot
from tests.support.votes import cast

BOUNCE_SECRET = "a secret of the mail provider, longer than it need be"
SLUGS = ("pay-2026", "planned", "to-come", "over", "known", "watched", "no-such-ballot")
DAY = timedelta(days=1)


CALLERS = (
    "hq", "second", "branch", "scrutineer", "provider", "stranger", "nobody", "voted", "voter",
)  # fmt: skip


@dataclass(frozen=True)
class Union:
    """Who can call, each with what they send to say who they are."""

    credentials: Mapping[str, str | None]

    def credentials_for(self, path: str) -> str | None:
        """Those of the one whom a call is for."""
        if path.endswith("/votes"):
            return self.credentials["voter"]
        return self.credentials["provider" if path.endswith("/bounces") else "hq"]


def given_union(database: Database, settings: Settings) -> Union:
    """Members in two branches, a ballot in every state, proposals that wait, and all callers."""
    add_members(database, 8, branch="Leeds")
    add_members(database, 6, branch="York")
    running = given_ballot(database, settings)
    cast(database, running, ["accept", "reject", None])
    with database.writing() as session:
        planned = ballot_in(slug="planned", opens_at=NOON + DAY, closes_at=NOON + 3 * DAY)
        create_ballot(session, planned, staff=HQ, now=NOON)
    frozen_ballot(database, slug="to-come", opens_at=NOON + DAY, closes_at=NOON + 3 * DAY)
    for slug in ("over", "known"):
        ballot = given_ballot(database, settings, slug=slug, disaggregate_by="branch")
        cast(database, ballot, ["accept", "reject", "reject"])
        move_window(database, ballot.id, opens_at=NOON - 3 * DAY, closes_at=NOON - DAY)
    _declare(database, settings, slug="known")
    callers = _callers(database, settings)
    frozen_ballot(database, slug="watched", scrutineer="scrutineer")
    propose(database, "LEE0008")
    propose_later(database)
    with database.writing() as session:
        plan = Plan(at=None, hours_before=48, turnout_percent=None, branch=None)
        ballot_row = get_ballot(session, running.slug)
        plan_reminder(session, ballot_row, plan, staff=HQ, settings=settings, now=NOON)
        add_webhook(session, "https://example.org/a", staff=HQ, settings=settings, now=NOON)
    codes = list(running.codes.values())
    return Union(callers | {"voted": codes[0], "voter": codes[7]})


def _declare(database: Database, settings: Settings, *, slug: str) -> None:
    with database.reading() as session:
        ballot = get_ballot(session, slug)
    open_box_for_count(database, ballot, settings=settings, now=NOON)
    with database.writing() as session:
        declare_result(session, slug, staff=HQ, now=NOON)


def _callers(database: Database, settings: Settings) -> dict[str, str | None]:
    leeds = given_token(database, settings, name="officer", role=Role.BRANCH, branch="Leeds")
    return {
        "hq": given_token(database, settings),
        "second": given_token(database, settings, name="second-officer"),
        "branch": leeds,
        "scrutineer": given_token(database, settings, name="scrutineer", role=Role.SCRUTINEER),
        "provider": BOUNCE_SECRET,
        "stranger": "nobody-knows-this",
        "nobody": None,
    }


def operations_of(app: FastAPI) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every call of the interface: its method, path and description."""
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def interface_of() -> dict[str, Any]:
    """The OpenAPI document, of an application that nobody runs; each asker has a copy to keep."""
    return json.loads(_interface())


@cache
def _interface() -> str:
    settings = Settings(secret_key=SECRET, database_url="sqlite:///unused")
    return json.dumps(create_app(settings).openapi())


def example_request(
    method: str,
    path: str,
    operation: Mapping[str, Any],
    *,
    credentials: str | None,
    instead: Mapping[str, str] | None = None,
) -> httpx.Request:
    """The call that the document gives as an example, with other parts of the address if given.

    Args:
        instead: by the name of a part, as it stands in an address.
    """
    parts = {each["name"]: str(each["example"]) for each in operation.get("parameters", ())}
    parts |= {"slug": "pay-2026", "membership_number": "LEE0001"} | dict(instead or {})
    for each in operation.get("parameters", ()):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", parts[each["name"]])
    asked = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    query = "&".join(f"{name}={parts[name]}" for name in asked if parts[name] != "None")
    url = httpx.URL(f"http://testserver{path}{'?' if query else ''}{query}")
    headers = {} if credentials is None else {"Authorization": f"Bearer {credentials}"}
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        [text] = content["multipart/form-data"]["example"].values()
        files = {"file": ("file.csv", text.encode(), "text/csv")}
        request = httpx.Request(method, url, headers=headers, files=files)
        request.read()
        return request
    if content:
        body = content["application/json"]["example"]
        return httpx.Request(method, url, headers=headers, json=body)
    return httpx.Request(method, url, headers=headers)


def request_of(case: Case, *, credentials: str | None) -> httpx.Request:
    """What a generated case sends, under somebody's credentials or nobody's."""
    facts = case.as_transport_kwargs(base_url="http://testserver")
    sent = {
        name: facts[name]
        for name in ("method", "url", "params", "data", "json", "files")
        if name in facts
    }
    headers = dict(facts["headers"])
    headers.pop("Authorization", None)
    if credentials is not None:
        headers["Authorization"] = f"Bearer {credentials}"
    ready = requests.Request(headers=headers, **sent).prepare()
    body = ready.body.encode() if isinstance(ready.body, str) else ready.body
    return httpx.Request(
        ready.method or "", ready.url or "", headers=dict(ready.headers), content=body
    )


def ask(client: AppClient, request: httpx.Request) -> httpx.Response:
    """Send a request as it is. A stream is read until its first event, and then left."""
    return client.run(_ask, client.app, request)


async def _ask(app: FastAPI, request: httpx.Request) -> httpx.Response:
    """Speak ASGI by hand: what a client library would not send must reach the application too."""
    start: dict[str, Any] = {}
    body, heard = b"", anyio.Event()
    sent = [{"type": "http.request", "body": request.content, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if sent:
            return sent.pop()
        await heard.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal body
        if message["type"] == "http.response.start":
            start.update(message)
            return
        body += message.get("body", b"")
        if body or not message.get("more_body"):
            heard.set()

    await app(_scope(request), receive, send)
    answer = httpx.Response(
        start["status"], headers=start["headers"], content=body, request=request
    )
    answer.elapsed = timedelta()
    return answer


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
    }
