"""What the database promises of its files: readers keep no writer, and what is deleted is gone."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

import app.core.database
from app.core.database import Database
from app.roll.models import Branch

WORD = "A branch whose name stands nowhere else"


def add_branch(database, code):
    with database.writing() as session:
        session.add(Branch(code=code, folded_code=code.casefold()))


def test_whoever_reads_keeps_nobody_from_writing(database):
    add_branch(database, "Leeds")
    with database.reading() as session:
        assert session.exec(select(Branch.code)).all() == ["Leeds"]
        add_branch(database, "York")
        assert session.exec(select(Branch.code)).first() == "Leeds"


def test_whoever_opens_a_new_file_waits_for_another_who_prepares_it(tmp_path):
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        ends = Timer(0.3, other.execute, ["COMMIT"])
        ends.start()
        database = Database(f"sqlite:///{path}")
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        database.dispose()
        ends.join()


def test_a_new_file_that_another_keeps_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(app.core.database, "SQLITE_WAITS", 0.1)
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database = Database(f"sqlite:///{path}")
        with pytest.raises(OperationalError), database.engine.connect():
            pass
        database.dispose()


@pytest.fixture
def on_sqlite(sqlite):
    url = sqlite.create_migrated()
    database = Database(url)
    yield database
    database.dispose()
    sqlite.drop(url)


def test_of_what_sqlite_deleted_nothing_is_left_in_the_file(on_sqlite):
    add_branch(on_sqlite, WORD)
    with on_sqlite.writing() as session:
        session.delete(session.exec(select(Branch)).one())
    with on_sqlite.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert WORD.encode() not in Path(on_sqlite.url.removeprefix("sqlite:///")).read_bytes()
