"""`scripts/bench streams`: what thousands of dashboards cost a process, and how late they hear."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.servers import RealServer, running_server

from .crew import (
    Cast,
    Seen,
    hundredth,
    processes,
    processor_seconds,
    receipts_of,
    vote_at_pace,
    watch,
)
from .electorate import SLUG, PostgresPlace, load_electorate, settings_for
from .findings import Figure, Findings, Limit, load_average
from .generator import requests_for
from .largest import postgres_place, watcher_token
from .reckoning import reconcile_receipts
from .report import machine

PATH = f"/api/v1/ballots/{SLUG}/turnout/stream"
OPENED_A_SECOND = 150  # streams, for planning only
SETTLE = 3.0  # seconds until everybody is ready


@dataclass(frozen=True)
class Effort:
    """How many watch while how many vote, and for how long."""

    rounds: int
    seconds: float
    votes_a_second: float
    dashboards: int

    @property
    def votes(self) -> int:
        """How many are cast in a run."""
        return int(self.seconds * self.votes_a_second)


@dataclass(frozen=True)
class Scene:
    """One run: what voters were told, what dashboards saw, and what the server used for it."""

    cast: Cast
    seen: Seen | None
    # Of one core.
    server_share: float


def run_streams_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Measure the same votes without and with dashboards, round after round.

    Raises:
        NotReconciled: a vote was lost or counted twice.
    """
    load_before = load_average()
    quiet: list[Scene] = []
    watched: list[Scene] = []
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name, processes(2) as pool:
        tell(f"Loading {effort.votes:,} members into PostgreSQL ...")
        with voters_place(Path(name), members=effort.votes) as place:
            facts = machine(place.server.url("loaded"), load_before=load_before)
            for number in range(1, effort.rounds + 1):
                quiet.append(play(place, pool, effort=effort, dashboards=0))
                watched.append(play(place, pool, effort=effort, dashboards=effort.dashboards))
                tell(f"round {number}: {_in_words(quiet[-1])} without, {_in_words(watched[-1])}")
    return _findings(effort, facts | {"load_after": load_average()}, quiet, watched)


def voters_place(folder: Path, *, members: int) -> AbstractContextManager[PostgresPlace]:
    """Give a PostgreSQL server on which that many members can vote."""

    def load(url: str, codes: Path) -> None:
        load_electorate(url, members=members, codes=codes)

    return postgres_place(folder, load)


def play(place: PostgresPlace, pool: Executor, *, effort: Effort, dashboards: int) -> Scene:
    """Let members vote at a pace while dashboards watch, and hold what was said against the box.

    Raises:
        NotReconciled: a vote was lost or counted twice.
    """
    url = place.copy("round")
    try:
        token = watcher_token(url)
        codes = place.codes.read_text("ascii").split()[: effort.votes]
        requests = requests_for(codes, slug=SLUG)
        with running_server(settings_for(url)) as server:
            scene = _measure(
                server, pool, effort=effort, requests=requests, tokens=[token] * dashboards
            )
        reconcile_receipts(url, slug=SLUG, cast=scene.cast, receipts=receipts_of(requests))
    finally:
        place.drop("round")
    return scene


def _measure(
    server: RealServer,
    pool: Executor,
    *,
    effort: Effort,
    requests: list[bytes],
    tokens: list[str],
) -> Scene:
    assert server.pid is not None  # noqa: S101 - it is running
    start_at = time.time() + SETTLE + len(tokens) / OPENED_A_SECOND
    end_at = start_at + effort.seconds
    voting = pool.submit(vote_at_pace, server.port, requests, effort.votes_a_second, start_at)
    watching = None
    if tokens:
        # Three seconds more, so that everybody hears of the last vote.
        watching = pool.submit(watch, server.port, PATH, tokens, start_at, end_at + SETTLE)
    time.sleep(start_at - time.time())
    used_before = processor_seconds(server.pid)
    time.sleep(end_at - time.time())
    used = processor_seconds(server.pid) - used_before
    cast = voting.result(timeout=effort.seconds + 120)
    seen = watching.result(timeout=120) if watching else None
    return Scene(cast, seen, server_share=used / effort.seconds)


def _in_words(scene: Scene) -> str:
    said = f"server {scene.server_share:.1%} of a core, votes p99 "
    said += f"{hundredth(scene.cast.latencies, 99) * 1000:.0f} ms"
    if scene.seen is None:
        return said
    return said + (
        f" with dashboards: {scene.seen.events:,} events, p99 "
        f"{hundredth(scene.seen.latencies, 99) * 1000:.0f} ms"
    )


def latencies_ms(scenes: Sequence[Scene], number: int) -> list[float]:
    """Return one hundredth of the events' latencies for each run with dashboards."""
    return [hundredth(each.seen.latencies, number) * 1000 for each in scenes if each.seen]


def votes_ms(scenes: Sequence[Scene], number: int) -> list[float]:
    """Return one hundredth of the votes' latencies for each run."""
    return [hundredth(each.cast.latencies, number) * 1000 for each in scenes]


def _how(effort: Effort) -> list[str]:
    return [
        f"{effort.dashboards:,} dashboards of headquarters (100 branches each) on one process",
        f"while {effort.votes_a_second:g} votes a second arrive for {effort.seconds:g} s.",
        "Streams alone: processor time of the server with dashboards less that with none, for",
        "the same votes in the same round.",
        "Event: from the moment at which the server began to read turnout (as_at) to its last",
        "byte at the dashboard; the client's own delay is in it.",
    ]


def _findings(
    effort: Effort, facts: Mapping[str, Any], quiet: list[Scene], watched: list[Scene]
) -> Findings:
    shares = [
        (with_.server_share - without.server_share) * 100
        for without, with_ in zip(quiet, watched, strict=True)
    ]
    events = [each.seen for each in watched if each.seen]
    late = Figure("event, p99 ms", latencies_ms(watched, 99), places=0)
    cost = Figure("streams alone, % of a core", shares)
    return Findings(
        "Streams",
        _how(effort),
        facts,
        [
            Figure("server without dashboards, % of a core", [e.server_share * 100 for e in quiet]),
            Figure("server with dashboards, % of a core", [e.server_share * 100 for e in watched]),
            cost,
            Figure("event, median ms", latencies_ms(watched, 50), places=0),
            late,
            Figure(
                "events per dashboard and second",
                [e.events / effort.dashboards / (effort.seconds + SETTLE) for e in events],
                places=2,
            ),
            Figure("dashboards' client, % of a core", [e.processor_share * 100 for e in events]),
            Figure("vote without dashboards, p99 ms", votes_ms(quiet, 99), places=0),
            Figure("vote with dashboards, p99 ms", votes_ms(watched, 99), places=0),
        ],
        [
            Limit("streams alone, % of a core", cost.median, most=25),
            Limit("event, p99 ms", late.median, most=250),
        ],
    )
