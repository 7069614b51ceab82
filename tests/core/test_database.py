"""Two kinds of session: one reads, one commits before the answer leaves or undoes everything."""

import asyncio
import threading

import pytest
from fastapi import APIRouter, Depends
from psycopg.pq import TransactionStatus
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import select

import app.main
from app.core.database import Database, WriteSession
from app.main import create_app
from app.roll.models import Branch
from app.routes import all_routes
from app.security import access
from tests.support.client import AppClient
from tests.support.databases import END_OTHERS

# A constraint that PostgreSQL checks only at the COMMIT; SQLite can put off its foreign keys.
CHECKED_LATE = (
    "CREATE TABLE late (branch VARCHAR NOT NULL "
    "REFERENCES branch (code) DEFERRABLE INITIALLY DEFERRED)"
)


def branches(database):
    with database.reading() as session:
        return session.exec(select(Branch.code)).all()


def leeds():
    return Branch(code="Leeds", folded_code="leeds")


def write_and_fail(database):
    with database.writing() as session:
        session.add(leeds())
        session.flush()
        raise RuntimeError


def test_what_is_written_is_committed(database):
    with database.writing() as session:
        session.add(leeds())
    assert branches(database) == ["Leeds"]


def test_what_is_refused_is_undone(database):
    with pytest.raises(RuntimeError):
        write_and_fail(database)
    assert branches(database) == []


def test_a_session_that_reads_never_commits(database):
    with database.reading() as session:
        session.add(leeds())
        session.flush()
    assert branches(database) == []


def test_a_session_that_reads_is_given_back_after_the_answer(settings, database, clock):
    """Also where the request ran no statement, and where it was refused."""
    app = create_app(settings, clock=clock)
    with AppClient(app) as client:
        for _ in range(50):
            assert client.get("/api/v1/ballots").status_code == 200
            assert client.get("/api/v1/ballots/none/timetable").status_code == 404
        assert app.state.database.engine.pool.checkedout() == 0


def test_a_glance_asks_postgresql_for_no_transaction(database):
    def ask(session):
        assert session.exec(select(Branch.code)).all() == []
        line = session.connection().connection.driver_connection
        if not database.is_sqlite:
            assert line.info.transaction_status == TransactionStatus.IDLE

    asyncio.run(database.glance(ask))


def test_postgresql_is_asked_on_the_loop_and_never_by_a_thread(database):
    """A thread would take the votes' time (docs/performance.md)."""
    asked_by = asyncio.run(database.glance(lambda _: threading.current_thread()))
    assert (asked_by is threading.current_thread()) is not database.is_sqlite


def test_a_glance_finds_its_way_where_postgresql_was_started_again(database):
    """Each line it keeps is dead then; nobody is told that the database is away."""

    def one(session):
        return session.execute(text("SELECT 1")).scalar_one()

    async def ask_and_start_again():
        for _ in range(3):
            assert await asyncio.gather(*[database.glance(one) for _ in range(5)]) == [1] * 5
            if not database.is_sqlite:
                cut_lines(database)

    asyncio.run(ask_and_start_again())


def cut_lines(database):
    with database.writing() as session:
        assert session.execute(text(END_OTHERS)).all()


def test_the_database_checks_what_refers_to_what(database):
    insert = text(
        "INSERT INTO roll_cell (ballot_id, branch, region, employer, workplace, entitled, added,"
        " removed) VALUES (99, 'Leeds', '', '', '', 1, 0, 0)"
    )
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(insert)


def test_a_database_that_is_not_there_is_an_error_within_seconds(tmp_path):
    nowhere = Database(f"sqlite:///{tmp_path}/no/such/folder.sqlite3")
    with pytest.raises(OperationalError):
        branches(nowhere)
    nowhere.dispose()


def test_a_commit_that_fails_is_never_answered_as_done(settings, database, clock, monkeypatch):
    with database.writing() as session:
        session.execute(text(CHECKED_LATE))

    def promise(session: WriteSession) -> str:
        session.execute(text("INSERT INTO late VALUES ('no such branch')"))
        return "done"

    def one_more() -> APIRouter:
        routes = all_routes()
        routes.add_api_route("/api/promise", promise, dependencies=[Depends(access.PUBLIC)])
        return routes

    monkeypatch.setattr(app.main, "all_routes", one_more)
    with AppClient(create_app(settings, clock=clock)) as client:
        answer = client.get("/api/promise")
    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM late")).scalar_one() == 0
