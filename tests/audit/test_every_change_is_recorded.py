"""No change without a record: every writing route leads to one, and every table is judged.

What requests really write is watched in every test (`tests/support/recorded.py`); here stands that
the watch sees what it should, and that a new writing route without a record fails before anybody
writes a test for it.
"""

import inspect
import types
from functools import cache

import pytest
from fastapi import APIRouter, Depends
from sqlmodel import SQLModel

import app.main
from app.audit import service as audit
from app.core.database import WriteSession
from app.core.settings import Settings
from app.main import create_app
from app.roll.models import Branch
from app.routes import all_routes
from app.security import access
from app.security.access import SAFE_METHODS, every_route
from tests.support.client import AppClient
from tests.support.recorded import AUDITED, NOT_AUDITED, written_by

# Routes that send something and change nothing that is recorded, and why.
WITHOUT_A_RECORD = {
    "/api/v1/thresholds": "works something out",
    "/api/v1/past-results": "works something out",
    "/api/v1/past-results/file": "works something out",
    "/past-results": "works something out",
    "/lost-link": "a question of a stranger; what it leads to the worker records",
    "/my-details": "a question of a stranger; what it leads to the worker records",
    "/ballots/{slug}/receipt": "looks a receipt up",
    "/ballots/{slug}/receipt/proof": "looks a receipt up",
    "/api/v1/ballots/{slug}/board/proof": "looks a receipt up",
    "/hq/roll/imports/{import_id}/discard": "a file that waits; applying it is recorded",
    "/hq/webhooks/{number}/test": "a message that says nothing",
    "/api/v1/webhooks/{number}/test": "a message that says nothing",
    "/hq/ballots/{slug}/words/{message}/test": "a message to the officer who asks",
    "/sign-in/challenge": "what a passkey has to sign; signing in is recorded",
    "/staff/factors/challenge": "what a passkey has to sign; adding it is recorded",
}


@cache
def leads_to_a_record(function):
    """Whether a function calls `audit.record`, or names a function of ours that does."""
    return audit.record in reached_from(function)


def reached_from(function):
    reached, waiting = set(), [function]
    while waiting:
        here = inspect.unwrap(waiting.pop())
        code = getattr(here, "__code__", None)
        if here in reached or code is None or not here.__module__.startswith("app"):
            continue
        reached.add(here)
        if here is not audit.record:
            waiting += named_in(here, code)
    return reached


def named_in(function, code):
    """Every function of ours that a function names, by itself, in a module, or in a class."""
    names = set(code.co_names).union(
        *(set(inner.co_names) for inner in code.co_consts if isinstance(inner, types.CodeType))
    )
    for name in names & set(function.__globals__):
        thing = function.__globals__[name]
        if isinstance(thing, types.ModuleType):
            yield from (getattr(thing, each) for each in names if callable_in(thing, each))
        elif inspect.isclass(thing) and thing.__module__.startswith("app"):
            yield from (each for each in vars(thing).values() if inspect.isfunction(each))
        elif inspect.isfunction(thing):
            yield thing


def callable_in(module, name):
    return module.__name__.startswith("app") and inspect.isfunction(getattr(module, name, None))


def writing_routes(application):
    for path, route in every_route(application.routes):
        methods = set(getattr(route, "methods", None) or ()) - SAFE_METHODS
        if methods and hasattr(route, "endpoint"):
            yield path, route.endpoint


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    file = tmp_path_factory.mktemp("none") / "never-opened.sqlite3"
    return list(
        writing_routes(create_app(Settings(secret_key="x" * 40, database_url=f"sqlite:///{file}")))
    )


def test_every_writing_route_leads_to_a_record_or_says_why_not(routes):
    silent = {path for path, endpoint in routes if not leads_to_a_record(endpoint)}
    assert silent == set(WITHOUT_A_RECORD)


def test_a_writing_route_without_a_record_is_seen():
    def write(session: WriteSession) -> None:
        session.add(Branch(code="Leeds", folded_code="leeds"))

    assert not leads_to_a_record(write)


def test_every_table_is_audited_or_says_why_not():
    tables = set(SQLModel.metadata.tables)
    assert tables == AUDITED | set(NOT_AUDITED)
    assert not AUDITED & set(NOT_AUDITED)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("INSERT INTO member (a) VALUES (1)", {"member"}),
        ('UPDATE "ballot" SET title=? WHERE id = ?', {"ballot"}),
        ("DELETE FROM webhook", {"webhook"}),
        ("WITH x AS (SELECT 1) INSERT INTO credential SELECT 1", {"credential"}),
        ("UPDATE staff_account SET signed_in_at=? WHERE id = ?", set()),
        ("UPDATE staff_account SET signed_in_at=?, role=? WHERE id = ?", {"staff_account"}),
        ("INSERT INTO roll_mark (a) VALUES (1)", set()),
        ("INSERT INTO audit_event (a) VALUES (1)", {"audit_event"}),
    ],
)
def test_the_watch_knows_what_a_statement_changes(statement, tables):
    assert written_by(statement) == tables


def test_the_watch_fails_a_request_that_changes_something_without_a_record(
    settings, clock, monkeypatch
):
    def with_one_more() -> APIRouter:
        routes = all_routes()

        @routes.post("/silent", dependencies=[Depends(access.PUBLIC)])
        def write(session: WriteSession) -> None:
            session.add(Branch(code="Leeds", folded_code="leeds"))

        return routes

    monkeypatch.setattr(app.main, "all_routes", with_one_more)
    with (
        AppClient(create_app(settings, clock=clock)) as client,
        pytest.raises(AssertionError, match="POST /silent changed branch without a record"),
    ):
        client.post("/silent")
