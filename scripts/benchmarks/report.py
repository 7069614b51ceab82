"""Figures into words: medians of the rounds, ratios, limits, and the machine they hold for."""

import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from .findings import BUSY, Limit, limit_as_json, print_limits
from .generator import Load

WORDS = {
    "no-database": "no database, FastAPI's own route",
    "thin-no-database": "no database, Muster's thin route",
    "muster-postgres": "Muster on PostgreSQL",
    "fastapi-postgres": "... through FastAPI's own route",
    "muster-sqlite": "Muster on SQLite",
    "two-processes": "Muster on PostgreSQL, two processes",
    "session-postgres": "session per vote on PostgreSQL",
    "session-sqlite": "session per vote on SQLite",
    "pgbench": "pgbench, the same transaction",
}


@dataclass(frozen=True)
class Contender:
    """One installation that is measured; without a factory it is Muster itself."""

    name: str
    factory: str | None
    database: str | None
    processes: int = 1

    @property
    def address(self) -> str:
        """Where uvicorn finds what makes the application."""
        if self.factory is None:
            return "app.main:create_app"
        return f"scripts.benchmarks.rivals:{self.factory}"


# Of two medians of votes a second: over, under, and the least their ratio may be.
RATIOS = (
    ("fastapi-postgres", "no-database", 0.65),
    ("muster-postgres", "no-database", 1.0),
    ("muster-sqlite", "no-database", 0.85),
    ("muster-postgres", "session-postgres", 5.0),
    ("muster-sqlite", "session-sqlite", 5.0),
    ("two-processes", "muster-postgres", 1.4),
    ("muster-postgres", "pgbench", 0.45),
)
MOST_P99_MS = 100.0
ANSWERED_IN_TIME = ("muster-postgres", "muster-sqlite")


@dataclass(frozen=True)
class Outcome:
    """Everything one run of the benchmark found."""

    machine: Mapping[str, Any]
    effort: Mapping[str, Any]
    loads: Mapping[str, list[Load]]

    def rate(self, name: str) -> float:
        """Return the median votes a second over the rounds."""
        return median(load.votes_per_second for load in self.loads[name])

    def p99_ms(self, name: str) -> float:
        """Return the median of the rounds' 99th hundredths, in milliseconds."""
        return median(load.p99_ms for load in self.loads[name])

    @property
    def limits(self) -> list[Limit]:
        """Every limit with what was found."""
        ratios = [
            Limit(f"{WORDS[over]} / {WORDS[under]}", self.rate(over) / self.rate(under), least)
            for over, under, least in RATIOS
        ]
        return ratios + [
            Limit(f"{WORDS[name]}, p99 ms", self.p99_ms(name), most=MOST_P99_MS)
            for name in ANSWERED_IN_TIME
        ]

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return all(limit.passed for limit in self.limits)


def machine(postgres_url: str, *, load_before: float) -> dict[str, Any]:
    """Return what the figures depend on."""
    with psycopg.connect(postgres_url.replace("+psycopg", "", 1)) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync')"
        ).fetchone()
    version, fsync = row or ("unknown", "unknown")
    return {
        "processor": _line("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory": _line("/proc/meminfo", "MemTotal"),
        "python": platform.python_version(),
        "postgresql": f"{version}, fsync {fsync}",
        "sqlite": f"{sqlite3.sqlite_version}, WAL, synchronous FULL",
        "load_before": round(load_before, 2),
    }


def _line(file: str, name: str) -> str:
    if not Path(file).exists():
        return ""
    lines = Path(file).read_text("utf-8").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the figures for programs."""
    return {
        "machine": dict(outcome.machine),
        "effort": dict(outcome.effort),
        "contenders": {
            name: {
                "votes_per_second": round(outcome.rate(name), 1),
                "rounds": [round(load.votes_per_second, 1) for load in loads],
                "p50_ms": round(median(load.p50_ms for load in loads), 2),
                "p99_ms": round(outcome.p99_ms(name), 2),
                "generator_share": round(median(load.generator_share for load in loads), 2),
            }
            for name, loads in outcome.loads.items()
        },
        "limits": [limit_as_json(limit) for limit in outcome.limits],
        "passed": outcome.passed,
    }


def print_report(outcome: Outcome) -> None:
    """Print the figures for a person."""
    facts, effort = outcome.machine, outcome.effort
    print(
        f"\nVotes over HTTP on loopback: {effort['rounds']} rounds in turn, "
        f"{effort['seconds']:g} s each, {effort['clients']} connections, one code a vote.\n"
        "One server process unless it says two; the load generator shares the machine.\n"
        f"{facts['cores']} cores ({facts['processor']}), {facts['memory']} memory, "
        f"Python {facts['python']}\n"
        f"PostgreSQL {facts['postgresql']}; SQLite {facts['sqlite']}\n"
        f"load average before {facts['load_before']}, after {facts['load_after']}\n"
    )
    if facts["load_before"] > BUSY:
        print("Other programs were busy when this began: repeat it on a quiet machine.\n")
    head = "median of the rounds"
    print(f"{head:37}{'votes/s':>9}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}  votes/s by round")
    for name, loads in outcome.loads.items():
        rounds = " ".join(f"{load.votes_per_second:,.0f}" for load in loads)
        share = outcome.rate(name) / outcome.rate("no-database")
        print(
            f"{WORDS[name]:37}{outcome.rate(name):9,.0f}{share:7.2f}"
            f"{median(load.p50_ms for load in loads):8.1f}"
            f"{outcome.p99_ms(name):8.1f}  {rounds}"
        )
    print()
    print_limits(outcome.limits)
    print("Papers, marks, counters and answers 201 were one number after every run.")
