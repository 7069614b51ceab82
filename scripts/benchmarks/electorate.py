"""Databases full of invented members with codes: made once a run, copied for each round."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import insert

from app.ballots.credentials import issue_codes
from app.ballots.freeze import freeze_roll
from app.ballots.schemas import BallotIn
from app.ballots.service import create_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.roll.models import Branch, Member
from app.security.models import Role
from app.security.service import Staff
from tests.support.databases import PostgresForTests, SqliteForTests, postgres_for_tests

SLUG = "pay-2026"
SECRET = "a secret of invented members, for benchmarks only"  # noqa: S105 - opens nothing
BRANCHES = 100
SLICE = 5000
HQ = Staff("benchmark", role=Role.HQ, branch=None)


def settings_for(url: str) -> Settings:
    """Return settings of a server over one database."""
    return Settings.model_validate({"database_url": url, "secret_key": SECRET})


class Place(Protocol):
    """Where copies of a loaded database are made."""

    codes: Path

    def copy(self, name: str) -> str:
        """Return the URL of a fresh copy in which nobody has voted."""

    def drop(self, name: str) -> None:
        """Remove a copy."""


@dataclass
class PostgresPlace:
    """A server of our own; each copy is made from a template."""

    server: PostgresForTests
    codes: Path

    def copy(self, name: str) -> str:
        """Copy the template, and let its writing be over before anything is measured."""
        self._run(f"CREATE DATABASE {name} TEMPLATE loaded", "CHECKPOINT")
        return self.server.url(name)

    def drop(self, name: str) -> None:
        """Remove a copy."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, *statements: str) -> None:
        with psycopg.connect(_plain(self.server.url("postgres")), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@dataclass
class SqlitePlace:
    """A folder; each copy is a file."""

    folder: Path
    codes: Path

    def copy(self, name: str) -> str:
        """Copy the file."""
        shutil.copyfile(self.folder / "loaded.sqlite3", self._file(name))
        return f"sqlite:///{self._file(name)}"

    def drop(self, name: str) -> None:
        """Remove a copy and what stands beside it."""
        for file in self.folder.glob(f"{name}.sqlite3*"):
            file.unlink()

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"


@contextmanager
def loaded_places(folder: Path, *, members: int) -> Iterator[dict[str, Place]]:
    """Give a loaded PostgreSQL server (fsync on) and a folder with a loaded SQLite file."""
    with postgres_for_tests() as server:
        with psycopg.connect(_plain(server.url("postgres")), autocommit=True) as connection:
            made = server.create_migrated()
            name = made.split("@/")[1].split("?")[0]
            connection.execute(f"ALTER DATABASE {name} RENAME TO loaded".encode())
        postgres_codes = folder / "postgres.codes"
        load_electorate(server.url("loaded"), members=members, codes=postgres_codes)
        with psycopg.connect(_plain(server.url("loaded")), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        sqlite_codes = folder / "sqlite.codes"
        made = SqliteForTests(folder).create_migrated()
        load_electorate(made, members=members, codes=sqlite_codes)
        Path(made.removeprefix("sqlite:///")).rename(folder / "loaded.sqlite3")
        yield {
            "postgres": PostgresPlace(server, codes=postgres_codes),
            "sqlite": SqlitePlace(folder, codes=sqlite_codes),
        }


def _plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


def load_electorate(url: str, *, members: int, codes: Path) -> None:
    """Fill a migrated database through the services that staff use, and write the codes down."""
    database = Database(url)
    now = datetime.now(UTC)
    try:
        with database.writing() as session:
            names = [f"Branch {n:03}" for n in range(BRANCHES)]
            branches = [{"code": name, "folded_code": name.casefold()} for name in names]
            session.execute(insert(Branch), branches)
            for start in range(0, members, SLICE):
                people = [_member(n) for n in range(start, min(start + SLICE, members))]
                session.execute(insert(Member), people)
            ballot = create_ballot(session, _ballot(now), staff=HQ, now=now)
            freeze_roll(session, ballot, staff=HQ, now=now)
            issued = issue_codes(session, ballot, staff=HQ, settings=settings_for(url), now=now)
        codes.write_text("\n".join(each.code for each in issued), "ascii")
        if database.is_sqlite:
            with database.engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")
                connection.commit()
            raw = database.engine.raw_connection()
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()
    finally:
        database.dispose()


def _member(number: int) -> dict[str, object]:
    return {
        "membership_number": f"M{number:07}",
        "given_name": "Invented",
        "family_name": f"Member {number}",
        "email": f"m{number}@example.org",
        "branch": f"Branch {number % BRANCHES:03}",
        "region": f"Region {number % 10}",
        "employer": "Probation Service",
        "workplace": f"Office {number % BRANCHES:03}",
        "category": "full",
        "joined_on": date(2020, 1, 1),
    }


def _ballot(now: datetime) -> BallotIn:
    answers = [{"key": "accept", "text": "Accept"}, {"key": "reject", "text": "Reject"}]
    question = {
        "key": "offer",
        "text": "Do you accept the pay offer?",
        "answers": answers,
        "supported_answer": "reject",
    }
    return BallotIn.model_validate(
        {
            "slug": SLUG,
            "title": "Pay offer 2026",
            "opens_at": now - timedelta(hours=1),
            "closes_at": now + timedelta(days=7),
            "cut_off_at": now - timedelta(days=1),
            "questions": [question],
        }
    )
