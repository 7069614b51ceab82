"""`scripts/bench rush`: the closing rush, with every paper looked for afterwards."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import streams
from .crew import processes
from .findings import Figure, Findings, Limit, load_average
from .report import machine

WHOLE_RUSH = 60_000
WHOLE_MINUTES = 5.0


@dataclass(frozen=True)
class Effort:
    """How often and how long; the pace is that of 60,000 votes in five minutes."""

    rounds: int
    minutes: float
    dashboards: int

    @property
    def as_scene(self) -> streams.Effort:
        """The same as votes a second."""
        rate = WHOLE_RUSH / WHOLE_MINUTES / 60
        return streams.Effort(
            self.rounds, self.minutes * 60, votes_a_second=rate, dashboards=self.dashboards
        )


def run_rush_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Let the rush happen, round after round, and look for each receipt in the box.

    Raises:
        NotReconciled: a vote was lost or counted twice.
    """
    load_before = load_average()
    scene = effort.as_scene
    rounds: list[streams.Scene] = []
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name, processes(2) as pool:
        tell(f"Loading {scene.votes:,} members into PostgreSQL ...")
        with streams.voters_place(Path(name), members=scene.votes) as place:
            facts = machine(place.server.url("loaded"), load_before=load_before)
            tell(f"{scene.votes:,} votes in {effort.minutes:g} minutes, {effort.rounds} times ...")
            for number in range(1, effort.rounds + 1):
                rounds.append(streams.play(place, pool, effort=scene, dashboards=effort.dashboards))
                late = streams.votes_ms(rounds[-1:], 99)[0]
                tell(f"round {number}: all found once, p99 {late:.0f} ms")
    return _findings(effort, facts | {"load_after": load_average()}, rounds)


def _how(effort: Effort) -> list[str]:
    scene = effort.as_scene
    shortened = " Shortened: the whole rush is 5 minutes." * (effort.minutes < WHOLE_MINUTES)
    return [
        f"{scene.votes:,} votes in {effort.minutes:g} minutes ({scene.votes_a_second:g} a second)",
        f"on one process with {effort.dashboards} open dashboards,",
        f"{effort.rounds} rounds, each on a fresh copy of the database.{shortened}",
        "Every vote was answered 201, and its receipt was found on exactly one paper; papers,",
        "marks and counters are that number. Latency runs from the moment a vote was due.",
    ]


def _findings(
    effort: Effort, facts: Mapping[str, Any], rounds: Sequence[streams.Scene]
) -> Findings:
    watched = [each.seen for each in rounds if each.seen is not None]
    told_all = [
        sum(votes == effort.as_scene.votes for votes in seen.last_votes.values())
        for seen in watched
    ]
    late = Figure("vote, p99 ms", streams.votes_ms(rounds, 99))
    return Findings(
        "Closing rush",
        _how(effort),
        facts,
        [
            Figure(
                "votes answered and found once",
                [len(each.cast.latencies) for each in rounds],
                places=0,
            ),
            Figure("votes lost, or counted twice", [0 for _ in rounds], places=0),
            Figure("vote, median ms", streams.votes_ms(rounds, 50)),
            late,
            Figure("vote, slowest ms", [max(each.cast.latencies) * 1000 for each in rounds]),
            Figure("event, p99 ms", streams.latencies_ms(rounds, 99), places=0),
            Figure("dashboards told the last number", told_all, places=0),
            Figure(
                "streams opened again after five minutes",
                [seen.came_back for seen in watched],
                places=0,
            ),
            Figure("server, % of a core", [each.server_share * 100 for each in rounds]),
        ],
        [
            Limit("vote, p99 ms", late.median, most=100),
            # Not the median: no dashboard of any round may be left behind.
            Limit("dashboards told the last number", min(told_all), least=effort.dashboards),
        ],
    )
