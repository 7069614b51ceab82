"""Back up and restore a whole database while voting goes on, and say that two hold the same.

SQLite writes itself out anew (VACUUM INTO); PostgreSQL's pg_dump reads one moment.
Either holds every vote answered before it began, and no half of one that came later.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from app.core.database import Database
from app.core.errors import Conflict, Invalid

SLICE = 5000
SQLITE_HEADER = b"SQLite format 3\0"


class NotEmpty(Conflict):
    """Neither a backup nor a restore writes over anything."""

    code = "not_empty"
    message = (
        "There is already something in this database, and a restore never writes over anything. "
        "Point MUSTER_DATABASE_URL at an empty database, or at a file that does not exist."
    )


class CopyFailed(Invalid):
    """The copy could not be made."""

    code = "copy_failed"
    message = "The copy could not be made. Nothing was changed."


def back_up(database_url: str, file: Path) -> None:
    """Write a consistent copy of a database into a new file that only its owner may read.

    Raises:
        NotEmpty: the file exists.
        CopyFailed: PostgreSQL's tools are missing or refuse, or the disk is full; no half-made file
            is left.
    """
    with _new_file(file):
        if database_url.startswith("sqlite"):
            _write_sqlite(_sqlite_file(database_url), file)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", f"--file={file}", url=database_url)


def restore(file: Path, database_url: str) -> None:
    """Put a backup into an empty place.

    Raises:
        NotEmpty: something is there.
        CopyFailed: the file is no backup of this kind of database, or the tools refuse.
    """
    if not file.is_file():
        raise CopyFailed(f"There is no file {file}. Check its name.")
    if database_url.startswith("sqlite"):
        if file.read_bytes()[: len(SQLITE_HEADER)] != SQLITE_HEADER:
            raise CopyFailed(f"{file.name} is not a backup of an SQLite database.")
        target = _sqlite_file(database_url)
        with _new_file(target):
            _copy_sqlite(file, target)
        return
    _refuse_unless_empty(database_url)
    options = ("--no-owner", "--exit-on-error", "--single-transaction", "--dbname=")
    _run("pg_restore", *options, str(file), url=database_url)


@contextmanager
def _new_file(file: Path) -> Iterator[None]:
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise NotEmpty(
            f"{file.name} exists, and neither a backup nor a restore writes over anything. "
            "Choose another name."
        ) from None
    except OSError as refused:
        raise CopyFailed(f"{file.name} cannot be made: {refused.strerror}.") from None
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _write_sqlite(source: Path, target: Path) -> None:
    """Write a database out anew, so that the copy holds no page that is out of use, and no order.

    Within a page SQLite lays rows as they came, and a copy of pages would show it.
    """
    if not source.exists():
        raise CopyFailed(f"There is no database {source.name}. Check MUSTER_DATABASE_URL.")
    with _in_a_sentence(target), closing(sqlite3.connect(source)) as old:
        old.execute("VACUUM INTO ?", (str(target),))


def _copy_sqlite(source: Path, target: Path) -> None:
    with (
        _in_a_sentence(target),
        closing(sqlite3.connect(source)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


@contextmanager
def _in_a_sentence(target: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as failed:
        # SQLite's own words, such as "database or disk is full", name no row.
        raise CopyFailed(
            f"{target.name} could not be written: {failed}. Nothing was changed, and no half-made "
            "file is left. Make room, or name a file on a disk that has some."
        ) from failed


def _sqlite_file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def _refuse_unless_empty(database_url: str) -> None:
    database = Database(database_url)
    try:
        with database.engine.connect() as connection:
            if sa.inspect(connection).get_table_names():
                raise NotEmpty
    finally:
        database.dispose()


def _run(program: str, *options: str, url: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise CopyFailed(
            f"{program} was not found. Install PostgreSQL's client tools, of the server's version "
            "or newer, and put them on the PATH."
        )
    # Through the environment, because a command line can be read by every user of the machine.
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        [path, *options], env=os.environ | _as_environment(url), capture_output=True, check=False
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise CopyFailed(f"{program} said: {words[-1] if words else 'nothing'}")


def _as_environment(database_url: str) -> dict[str, str]:
    """Return libpq's variables for an address (PostgreSQL manual, Environment Variables)."""
    url = make_url(database_url)
    host = url.host or url.query.get("host")
    given = {
        "PGHOST": str(host) if host else None,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return {name: value for name, value in given.items() if value}


def table_digests(database: Database) -> Mapping[str, str]:
    """Return a SHA-256 (hex) of the content of each table, whatever order its rows are in.

    Two databases with the same digests hold the same, even if one is SQLite and one PostgreSQL.
    The rows of one table are held in memory as digests of 32 bytes.
    """
    digests = {}
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            rows = session.execute(sa.select(table).execution_options(yield_per=SLICE))
            lines = sorted(
                hashlib.sha256(repr([_plain(value) for value in row]).encode()).digest()
                for row in rows
            )
            digests[table.name] = hashlib.sha256(b"".join(lines)).hexdigest()
    return digests


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value
