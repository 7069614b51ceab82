"""A union of any size on PostgreSQL, loaded by SQL: members, frozen rolls, codes and counters.

Only for sizes at which the services that staff use would take minutes; it fills the same tables.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from app.audit.service import COMMAND_LINE
from app.ballots.codes import code_digest, new_code
from app.ballots.schemas import BallotIn
from app.ballots.service import create_ballot, key_of
from app.core.database import Database
from app.security.models import Role
from app.security.service import add_staff, issue_token
from tests.support.databases import postgres_for_tests

from .electorate import HQ, SECRET, PostgresPlace, settings_for

WATCHER = "benchmark-watcher"
# Numbers no process counts under while the benchmark runs.
EARLIER_WRITERS = (200, 201)

BRANCHES = """
INSERT INTO branch (code, folded_code)
SELECT 'Branch ' || lpad(n::text, 3, '0'), 'branch ' || lpad(n::text, 3, '0')
FROM generate_series(0, %(branches)s - 1) n
"""
MEMBERS = """
INSERT INTO member (membership_number, given_name, family_name, email, mobile, branch, region,
  employer, workplace, category, joined_on, in_arrears, language, address, postcode)
SELECT 'M' || lpad(n::text, 7, '0'), 'Invented', 'Member ' || n, 'm' || n || '@example.org', '',
  'Branch ' || lpad((n %% %(branches)s)::text, 3, '0'), 'Region ' || n %% %(branches)s %% 10,
  'Employer ' || n %% %(branches)s %% 20,
  'Office ' || n %% %(branches)s || ' ' || n / %(branches)s %% %(workplaces)s,
  'full', '2020-01-01', false, 'en', '', ''
FROM generate_series(1, %(entitled)s) n
"""
CELLS = """
INSERT INTO roll_cell (ballot_id, branch, region, employer, workplace, entitled)
SELECT %(ballot)s, branch, region, employer, workplace, count(*) FROM member
GROUP BY branch, region, employer, workplace
"""
ENTRIES = """
INSERT INTO roll_entry (ballot_id, member_id, cell_id, membership_number, category, joined_on)
SELECT %(ballot)s, m.id, c.id, m.membership_number, m.category, m.joined_on
FROM member m JOIN roll_cell c ON c.ballot_id = %(ballot)s AND c.workplace = m.workplace
"""
OTHER_CODES = """
INSERT INTO credential (digest, ballot_id, entry_id, issued_at)
SELECT sha256(convert_to('nobody holds this code ' || e.id, 'UTF8')), e.ballot_id, e.id, now()
FROM roll_entry e LEFT JOIN credential c ON c.ballot_id = e.ballot_id AND c.entry_id = e.id
WHERE e.ballot_id = %(ballot)s AND c.digest IS NULL
"""
MORE_IN_CELLS = """
UPDATE roll_cell SET entitled = %(all)s / n + CASE WHEN place <= %(all)s %% n THEN 1 ELSE 0 END
FROM (SELECT id AS cell, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS n
      FROM roll_cell) numbered
WHERE cell = id
"""
EARLIER_VOTES = """
INSERT INTO turnout_counter (ballot_id, cell_id, writer, votes_cast)
SELECT ballot_id, id, w, votes / 2 + CASE WHEN w = %(first)s THEN votes %% 2 ELSE 0 END
FROM (SELECT ballot_id, id, %(votes)s / (SELECT count(*) FROM roll_cell) votes FROM roll_cell) c,
  unnest(%(writers)s::int[]) w
"""


@dataclass(frozen=True)
class Union:
    """How large a union is, and how many of its codes will be used.

    Every member is entitled in each of its ballots. `earlier_votes` stand in the counters only,
    and what `entitled_in_cells` adds, if anything, stands in the cells only.
    """

    entitled: int
    codes: int
    ballots: int = 1
    branches: int = 100
    workplaces: int = 1
    earlier_votes: int = 0
    entitled_in_cells: int = 0


class LargePlace(PostgresPlace):
    """Copies whole files, where PostgresPlace would write every page to the log as well."""

    def copy(self, name: str) -> str:
        """Copy the template, and let its writing be over before anything is measured."""
        statement = f"CREATE DATABASE {name} TEMPLATE loaded STRATEGY FILE_COPY"
        self._run(statement, "CHECKPOINT")
        return self.server.url(name)


@contextmanager
def postgres_place(folder: Path, load: Callable[[str, Path], None]) -> Iterator[PostgresPlace]:
    """Give a PostgreSQL server (fsync on) whose template is loaded once; copies are made of it.

    Args:
        folder: where the codes are written down.
        load: fills a migrated database, and writes the codes to a file.
    """
    with postgres_for_tests() as server:
        made = server.create_migrated()
        name = made.split("@/")[1].split("?")[0]
        with psycopg.connect(plain(server.url("postgres")), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} RENAME TO loaded".encode())
        codes = folder / "codes"
        load(server.url("loaded"), codes)
        with psycopg.connect(plain(server.url("loaded")), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")
        yield LargePlace(server, codes=codes)


def plain(url: str) -> str:
    """Return a URL as the driver itself reads it."""
    return url.replace("+psycopg", "", 1)


def load_union(url: str, *, union: Union, codes: Path) -> None:
    """Fill a migrated PostgreSQL database; one line `slug code` for each code that may be used."""
    facts = {"entitled": union.entitled, "branches": union.branches, "workplaces": union.workplaces}
    lines = []
    ballots = _make_ballots(url, count=union.ballots)
    with psycopg.connect(plain(url)) as connection:
        # Rows come from the rows they point at, so the triggers that check it may rest.
        connection.execute("SET session_replication_role = replica")
        connection.execute(BRANCHES, facts)
        connection.execute(MEMBERS, facts)
        for slug, ballot in ballots.items():
            connection.execute(CELLS, {"ballot": ballot})
            connection.execute("ANALYZE")
            connection.execute(ENTRIES, {"ballot": ballot})
            issued = _issue(connection, ballot, wanted=union.codes // union.ballots)
            lines += [f"{slug} {code}" for code in issued]
            connection.execute(OTHER_CODES, {"ballot": ballot})
            digest = {"ballot": ballot, "digest": secrets.token_hex(32)}
            connection.execute(
                "UPDATE ballot SET frozen_at = now(), roll_digest = %(digest)s"
                " WHERE id = %(ballot)s",
                digest,
            )
        if union.entitled_in_cells:
            share = {"all": union.entitled_in_cells}
            connection.execute(MORE_IN_CELLS, share)
        if union.earlier_votes:
            first, *_ = writers = EARLIER_WRITERS
            counted = {"votes": union.earlier_votes, "first": first, "writers": list(writers)}
            connection.execute(EARLIER_VOTES, counted)
    codes.write_text("\n".join(lines), "ascii")


def _issue(connection: psycopg.Connection, ballot: int, *, wanted: int) -> list[str]:
    rows = connection.execute(
        "SELECT id FROM roll_entry WHERE ballot_id = %s ORDER BY md5(id::text) LIMIT %s",
        (ballot, wanted),
    ).fetchall()
    now = datetime.now(UTC)
    issued = []
    copy = "COPY credential (digest, ballot_id, entry_id, issued_at) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copy) as lines:
        for (entry,) in rows:
            code = new_code()
            issued.append(code)
            lines.write_row((code_digest(code, key=SECRET), ballot, entry, now))
    return issued


def _make_ballots(url: str, *, count: int) -> dict[str, int]:
    now = datetime.now(UTC)
    database = Database(url)
    try:
        with database.writing() as session:
            slugs = [f"pay-{number}" for number in range(count)]
            made = [create_ballot(session, _ballot(s, now=now), staff=HQ, now=now) for s in slugs]
            session.flush()
            return {ballot.slug: key_of(ballot) for ballot in made}
    finally:
        database.dispose()


def _ballot(slug: str, *, now: datetime) -> BallotIn:
    answers = [{"key": "accept", "text": "Accept"}, {"key": "reject", "text": "Reject"}]
    question = {
        "key": "offer",
        "text": "Do you accept the pay offer?",
        "answers": answers,
        "supported_answer": "reject",
    }
    return BallotIn.model_validate(
        {
            "slug": slug,
            "title": "Pay offer 2026",
            "opens_at": now - timedelta(hours=1),
            "closes_at": now + timedelta(days=7),
            "cut_off_at": now - timedelta(days=1),
            "questions": [question],
        }
    )


def watcher_token(url: str) -> str:
    """Make an account of headquarters and return its API token."""
    now = datetime.now(UTC)
    database = Database(url)
    try:
        with database.writing() as session:
            add_staff(
                session,
                name=WATCHER,
                role=Role.HQ,
                branch=None,
                password=secrets.token_urlsafe(),
                actor=COMMAND_LINE,
                now=now,
            )
            settings = settings_for(url)
            return issue_token(session, WATCHER, actor=COMMAND_LINE, settings=settings, now=now)
    finally:
        database.dispose()
