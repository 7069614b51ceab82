"""What the database promises of its files: readers keep no writer, and what is deleted is gone."""

from pathlib import Path

import pytest
from sqlmodel import select

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
