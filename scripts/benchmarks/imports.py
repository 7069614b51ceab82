"""`scripts/bench import`: an import with all its checks, beside a raw COPY of the same file."""

import csv
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from app.audit.service import COMMAND_LINE
from app.core.clock import system_clock
from app.core.database import Database
from app.roll.columns import COLUMN_NAMES
from app.roll.service import import_roll
from tests.support.databases import PostgresForTests, SqliteForTests, postgres_for_tests

from .crew import processes
from .findings import Figure, Findings, Limit, load_average
from .largest import plain
from .report import machine

BRANCHES = 500
LEAST_SHARE = 0.35
MOST_MEMORY = 300  # megabytes
MEGABYTE = 1024 * 1024
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
GIVEN_NAMES = ("Ann", "Bo", "Cy", "Di", "Eve", "Femi", "Gwen", "Ian", "Joy", "Kit", "Siân")
FAMILY_NAMES = ("Ash", "Beck", "Croft", "Dale", "Eden", "Field", "Glen", "Kirk", "Lea", "Moor")
PATIENCE = 1200  # seconds, for 1.3 million rows on a busy machine


class NotImported(Exception):
    """A row was refused or lost, so the figures mean nothing."""


@dataclass(frozen=True)
class Effort:
    """How large the file is, and how often it is read."""

    rounds: int
    rows: int


@dataclass(frozen=True)
class Import:
    """One import: seconds it took, and the most memory its process ever held, in bytes."""

    seconds: float
    peak_memory: int


def run_import_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Import one file into an empty roll by each way, in turn.

    Raises:
        NotImported: a row was refused or lost.
    """
    load_before = load_average()
    copies: list[float] = []
    imports: dict[str, list[Import]] = {"PostgreSQL": [], "SQLite": []}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-bench-")))
        file = folder / "roll.csv"
        write_roll(file, rows=effort.rows)
        tell(f"{effort.rows:,} rows, {file.stat().st_size / MEGABYTE:.0f} MB")
        postgres = stack.enter_context(postgres_for_tests())
        places: dict[str, PostgresForTests | SqliteForTests] = {
            "PostgreSQL": postgres,
            "SQLite": SqliteForTests(folder),
        }
        facts = machine(postgres.url("postgres"), load_before=load_before)
        for number in range(1, effort.rounds + 1):
            copies.append(_copy(postgres, file, rows=effort.rows))
            for name, place in places.items():
                imports[name].append(_import(place, file, rows=effort.rows))
            took = {name: each[-1].seconds for name, each in imports.items()}
            said = ", ".join(f"{name} {effort.rows / took[name]:,.0f} rows/s" for name in took)
            tell(f"round {number}: COPY {effort.rows / copies[-1]:,.0f} rows/s, {said}")
    return _findings(effort, facts | {"load_after": load_average()}, copies, imports)


def _findings(
    effort: Effort,
    facts: Mapping[str, Any],
    copies: list[float],
    imports: Mapping[str, list[Import]],
) -> Findings:
    rates = {
        "raw COPY, rows/s": [effort.rows / seconds for seconds in copies],
        "import on PostgreSQL, rows/s": [effort.rows / e.seconds for e in imports["PostgreSQL"]],
        "import on SQLite, rows/s": [effort.rows / e.seconds for e in imports["SQLite"]],
    }
    # Round by round, because other programs slow both of a round down.
    shares = [copy / each.seconds for copy, each in zip(copies, imports["PostgreSQL"], strict=True)]
    return Findings(
        "Import",
        [
            f"{effort.rows:,} new members in {BRANCHES} branches, {len(COLUMN_NAMES)} columns,",
            "into an empty roll; every import in a process of its own. COPY goes into the same",
            "table with its keys and indexes, and checks nothing else.",
        ],
        facts,
        [
            *(Figure(words, each, places=0) for words, each in rates.items()),
            *(
                Figure(f"peak memory on {name}, MB", [e.peak_memory / MEGABYTE for e in each])
                for name, each in imports.items()
            ),
            Figure("import on PostgreSQL / raw COPY", shares, places=3),
        ],
        [
            Limit("import on PostgreSQL / raw COPY", median(shares), least=LEAST_SHARE),
            Limit("peak memory on PostgreSQL, MB", _most(imports["PostgreSQL"]), most=MOST_MEMORY),
            Limit("peak memory on SQLite, MB", _most(imports["SQLite"]), most=MOST_MEMORY),
        ],
    )


def _most(imports: list[Import]) -> float:
    return max(each.peak_memory for each in imports) / MEGABYTE


def write_roll(file: Path, *, rows: int) -> None:
    """Write a membership file of invented people."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMN_NAMES)
        writer.writerows(_rows(rows))


def _rows(rows: int) -> Iterable[tuple[str, ...]]:
    for n in range(rows):
        branch = n % BRANCHES
        given, family = GIVEN_NAMES[n % 11], f"{FAMILY_NAMES[n % 10]}{FAMILY_NAMES[n // 11 % 10]}"
        person = (given, family, f"m{n}@example.org", f"07700 9{n % 100_000:05}")
        place = (f"Branch {branch:03}", f"Region {branch % 10}", "Probation Service")
        standing = (f"Office {branch}", "full", f"20{n % 20:02}-0{n % 9 + 1}-1{n % 9}", "", "no")
        home = (f"{n % 90} Made-up Street", f"ZZ{n // 20_000} {n // 2000 % 10}{_letters(n)}")
        yield (f"{n:07}", *person, *place, *standing, "en", *home)


def _letters(number: int) -> str:
    """Return two letters; some ten people in a row share a postcode."""
    return LETTERS[number // 200 % 10] + LETTERS[number // 10 % 20]


def _copy(postgres: PostgresForTests, file: Path, *, rows: int) -> float:
    """Return the seconds that PostgreSQL itself needs for the file."""
    url = postgres.create_migrated()
    columns = ", ".join(COLUMN_NAMES)
    copy = f"COPY member ({columns}) FROM STDIN (FORMAT csv, HEADER true)"
    with psycopg.connect(plain(url)) as connection, file.open("rb") as content:
        connection.execute(
            "INSERT INTO branch SELECT b, lower(b) FROM (SELECT 'Branch ' || lpad(n::text, 3, '0')"
            " AS b FROM generate_series(0, %s) n) names",
            (BRANCHES - 1,),
        )
        connection.commit()
        began_at = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(copy.encode()) as lines:
            while chunk := content.read(MEGABYTE):
                lines.write(chunk)
        connection.commit()
        seconds = time.perf_counter() - began_at
        found = connection.execute("SELECT count(*) FROM member").fetchone()
    postgres.drop(url)
    if found != (rows,):
        raise NotImported(f"COPY brought {found} of {rows} rows.")
    return seconds


def _import(place: PostgresForTests | SqliteForTests, file: Path, *, rows: int) -> Import:
    url = place.create_migrated()
    # A process of its own each time: the most memory it ever held is this import's.
    with processes(1) as pool:
        found = pool.submit(import_once, url, file, rows).result(timeout=PATIENCE)
    place.drop(url)
    return found


def import_once(url: str, file: Path, rows: int) -> Import:
    """Import a file and measure this process.

    Raises:
        NotImported: a row was refused.
    """
    database = Database(url)
    began_at = time.perf_counter()
    with file.open("rb") as content:
        outcome = import_roll(
            database,
            content,
            file_name=file.name,
            dry_run=False,
            actor=COMMAND_LINE,
            now=system_clock(),
        )
    seconds = time.perf_counter() - began_at
    database.dispose()
    if (outcome.added, outcome.rejected) != (rows, 0):
        raise NotImported(f"{outcome.added} added, {outcome.rejected} rejected of {rows} rows.")
    return Import(seconds, peak_memory=_peak_memory())


def _peak_memory() -> int:
    """Return the most resident memory this process ever held, in bytes; nought where unknown."""
    status = Path("/proc/self/status")
    if os.name != "posix" or not status.exists():
        return 0
    lines = status.read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
