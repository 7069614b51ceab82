"""Two kinds of session: one reads, one commits before the answer leaves or undoes everything."""

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
    with database.glancing() as session:
        assert session.exec(select(Branch.code)).all() == []
        line = session.connection().connection.driver_connection
        if not database.is_sqlite:
            assert line.info.transaction_status == TransactionStatus.IDLE
    # The next who is given this line undoes as ever.
    with pytest.raises(RuntimeError):
        write_and_fail(database)
    assert branches(database) == []


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
