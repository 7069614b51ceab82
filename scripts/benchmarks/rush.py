"""`scripts/bench rush`: the closing rush, with every paper looked for afterwards."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from . import streams
from .crew import hundredth, processes
from .findings import Figure, Findings, Limit, load_average
from .report import machine

WHOLE_RUSH = 60_000
WHOLE_MINUTES = 5.0


@dataclass(frozen=True)
class Effort:
    """How long; the pace is that of 60,000 votes in five minutes."""

    minutes: float
    dashboards: int

    @property
    def as_scene(self) -> streams.Effort:
        """The same as votes a second."""
        rate = WHOLE_RUSH / WHOLE_MINUTES / 60
        return streams.Effort(
            rounds=1, seconds=self.minutes * 60, votes_a_second=rate, dashboards=self.dashboards
        )


def run_rush_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Let the rush happen once, and look for each receipt in the box.

    Raises:
        NotReconciled: a vote was lost or counted twice.
    """
    load_before = load_average()
    scene = effort.as_scene
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name, processes(2) as pool:
        tell(f"Loading {scene.votes:,} members into PostgreSQL ...")
        with streams.voters_place(Path(name), members=scene.votes) as place:
            facts = machine(place.server.url("loaded"), load_before=load_before)
            tell(f"{scene.votes:,} votes in {effort.minutes:g} minutes ...")
            played = streams.play(place, pool, effort=scene, dashboards=effort.dashboards)
    return _findings(effort, facts | {"load_after": load_average()}, played)


def _how(effort: Effort) -> list[str]:
    scene = effort.as_scene
    shortened = " Shortened: the whole rush is 5 minutes." * (effort.minutes < WHOLE_MINUTES)
    return [
        f"{scene.votes:,} votes in {effort.minutes:g} minutes ({scene.votes_a_second:g} a second)",
        f"on one process with {effort.dashboards} open dashboards.{shortened}",
        "Every vote was answered 201, and its receipt was found on exactly one paper; papers,",
        "marks and counters are that number. Latency runs from the moment a vote was due.",
    ]


def _findings(effort: Effort, facts: Mapping[str, Any], played: streams.Scene) -> Findings:
    assert played.seen is not None  # noqa: S101 - somebody watched
    told_all = sum(votes == effort.as_scene.votes for votes in played.seen.last_votes.values())
    late = hundredth(played.cast.latencies, 99) * 1000
    return Findings(
        "Closing rush",
        _how(effort),
        facts,
        [
            Figure("votes answered and found once", [len(played.cast.latencies)], places=0),
            Figure("votes lost, or counted twice", [0], places=0),
            Figure("vote, median ms", [median(played.cast.latencies) * 1000]),
            Figure("vote, p99 ms", [late]),
            Figure("vote, slowest ms", [max(played.cast.latencies) * 1000]),
            Figure("event, p99 ms", streams.latencies_ms([played], 99), places=0),
            Figure("dashboards told the last number", [told_all], places=0),
            Figure("streams opened again after five minutes", [played.seen.came_back], places=0),
            Figure("server, % of a core", [played.server_share * 100]),
        ],
        [
            Limit("vote, p99 ms", late, most=100),
            Limit("dashboards told the last number", told_all, least=effort.dashboards),
        ],
    )
