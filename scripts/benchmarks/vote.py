"""`scripts/bench vote`: every rival in turn, round after round, each in fresh processes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.core.database import Database
from app.voting.seal import box_totals
from tests.support.servers import running_server

from .electorate import SLUG, Place, loaded_places, settings_for
from .generator import Load
from .pgbench import run_pgbench
from .report import Contender, Outcome, machine

WARM_UP = 500  # votes: enough for every lazy import, prepared statement and cached page
ROOT = Path(__file__).resolve().parents[2]
BALLOT_ID = 1

# Ends when its votes are cast: about as long as the others are measured.
PGBENCH = Contender("pgbench", factory=None, database="postgres", processes=0)
MOST_A_SECOND = 5000

CONTENDERS = (
    Contender("no-database", factory="no_database", database=None),
    Contender("thin-no-database", factory="thin_no_database", database=None),
    Contender("muster-postgres", factory=None, database="postgres"),
    Contender("fastapi-postgres", factory="through_fastapi", database="postgres"),
    Contender("muster-sqlite", factory=None, database="sqlite"),
    Contender("two-processes", factory=None, database="postgres", processes=2),
    Contender("session-postgres", factory="session_per_vote", database="postgres"),
    Contender("session-sqlite", factory="session_per_vote", database="sqlite"),
    PGBENCH,
)


class NotReconciled(Exception):
    """Papers, marks, counters and answers 201 are not one number: the figures mean nothing."""


@dataclass(frozen=True)
class Effort:
    """How long and how hard to measure."""

    rounds: int
    seconds: float
    clients: int
    members: int


def run_vote_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Outcome:
    """Measure every contender and return the figures.

    Args:
        effort: rounds, seconds, clients and members.
        tell: hears what is going on.

    Raises:
        NotReconciled: a run lost or invented a vote.
    """
    load_before = os.getloadavg()[0]
    loads: dict[str, list[Load]] = {each.name: [] for each in CONTENDERS}
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name:
        tell(f"Loading {effort.members:,} members into PostgreSQL and SQLite ...")
        with loaded_places(Path(name), members=effort.members) as places:
            facts = machine(places["postgres"].copy("facts"), load_before=load_before)
            for number in range(1, effort.rounds + 1):
                for each in CONTENDERS:
                    load = _measure(each, places, effort=effort)
                    loads[each.name].append(load)
                    tell(_in_a_line(number, each, load))
    return Outcome(facts | {"load_after": round(os.getloadavg()[0], 2)}, vars(effort), loads)


def _in_a_line(number: int, contender: Contender, load: Load) -> str:
    return (
        f"round {number}: {contender.name:17} {load.votes_per_second:8,.0f} votes/s, "
        f"p99 {load.p99_ms:.0f} ms, generator {load.generator_share:.0%} of a core"
    )


def _measure(contender: Contender, places: Mapping[str, Place], *, effort: Effort) -> Load:
    place = places[contender.database or "sqlite"]
    url = place.copy("round")
    try:
        load = _cast(contender, url=url, codes=place.codes, effort=effort)
        reconcile(contender, url=url, load=load)
    finally:
        place.drop("round")
    return load


def _cast(contender: Contender, *, url: str, codes: Path, effort: Effort) -> Load:
    if contender is PGBENCH:
        votes = min(effort.members, int(effort.seconds * MOST_A_SECOND))
        return run_pgbench(url, folder=codes.parent, clients=effort.clients, votes=votes)
    with ExitStack() as running:
        servers = [
            running.enter_context(running_server(settings_for(url), factory=contender.address))
            for _ in range(contender.processes)
        ]
        return _generate([server.port for server in servers], codes=codes, effort=effort)


def _generate(ports: Sequence[int], *, codes: Path, effort: Effort) -> Load:
    command = [sys.executable, "-m", "scripts.benchmarks.generator"]
    command += ["--ports", *map(str, ports), "--slug", SLUG, "--codes", str(codes)]
    command += ["--clients", str(effort.clients)]
    command += ["--seconds", str(effort.seconds), "--warm-up", str(WARM_UP)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=effort.seconds + 120
    )
    return Load(**json.loads(done.stdout))


def reconcile(contender: Contender, *, url: str, load: Load) -> None:
    """Hold what was answered against what was counted.

    Raises:
        NotReconciled: they differ, or something else than 201 was answered.
    """
    counted = load.statuses.get("201", 0)
    others = {status: number for status, number in load.statuses.items() if status != "201"}
    if others:
        raise NotReconciled(f"{contender.name} answered {others} beside {counted} times 201.")
    if contender.database is None:
        return
    database = Database(url)
    with database.reading() as session:
        totals = box_totals(session, BALLOT_ID)
    database.dispose()
    if totals != (counted, counted, counted):
        raise NotReconciled(
            f"{contender.name}: {counted} answers 201, but (papers, marks, counters) = {totals}."
        )
