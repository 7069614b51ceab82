"""`scripts/bench turnout`: how long the page and the JSON take, and what reading costs votes."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from app.core.database import Database
from app.voting.seal import box_totals
from tests.support.servers import running_server

from .crew import hundredth, processes, read_at_pace, requests_of
from .electorate import PostgresPlace, settings_for
from .findings import Figure, Findings, Limit, load_average
from .generator import Client, Load, Run
from .largest import Union, load_union, postgres_place, watcher_token
from .report import machine
from .vote import NotReconciled

PAGE = "/hq/ballots/pay-0/turnout"
JSON = "/api/v1/ballots/pay-0/turnout"
# Officers of 500 branches who each open the page once a minute are 8 reads a second; live pages are
# fed by the stream. The other pace shows what a crowd that reloads would cost.
READS_A_SECOND = 10
CROWD_A_SECOND = 50
READS = 300  # of each, one after the other
WARM_UP = 500
CLIENTS = 64
BALLOT_ID = 1
SETTLE = 3  # seconds until everybody is ready


@dataclass(frozen=True)
class Effort:
    """How large and how long."""

    rounds: int
    seconds: float
    union: Union


def run_turnout_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Time turnout, then votes with and without readers.

    Raises:
        NotReconciled: a vote was lost or counted twice.
    """
    load_before = load_average()
    reads = _Reads([], answers=[])
    votes = _Votes([], read=[], crowd=[])
    with (
        tempfile.TemporaryDirectory(prefix="muster-bench-") as name,
        processes(2) as pool,
        _loaded(Path(name), effort, tell=tell) as place,
    ):
        facts = machine(place.server.url("loaded"), load_before=load_before)
        for number in range(1, effort.rounds + 1):
            page, answer = _time_reads(place, pool)
            reads.pages.append(page)
            reads.answers.append(answer)
            for pace, rates in votes.by_pace:
                rates.append(_votes(place, pool, effort=effort, reads_a_second=pace))
            tell(
                f"round {number}: page {median(page):.2f}, JSON {median(answer):.2f} ms; votes/s "
                + ", ".join(f"{rates[-1]:,.0f} at {pace} reads/s" for pace, rates in votes.by_pace)
            )
    return _findings(effort, facts | {"load_after": load_average()}, reads, votes)


def _how(effort: Effort) -> list[str]:
    union = effort.union
    return [
        f"{union.entitled_in_cells:,} entitled, {union.branches} branches of {union.workplaces} ",
        f"workplaces, {union.earlier_votes:,} votes in the counters of two processes. Cells and",
        f"counters are all that turnout reads; entries of the roll: {union.entitled:,}.",
        f"{READS} reads of each by branch, one after the other; then {CLIENTS} connections vote",
        f"for {effort.seconds:g} s while nobody reads, at {READS_A_SECOND} reads a second and",
        f"at {CROWD_A_SECOND}. One server process.",
    ]


@dataclass(frozen=True)
class _Reads:
    """Milliseconds, a list a round."""

    pages: list[list[float]]
    answers: list[list[float]]


@dataclass(frozen=True)
class _Votes:
    """Votes a second, one a round."""

    alone: list[float]
    read: list[float]
    crowd: list[float]

    @property
    def by_pace(self) -> list[tuple[int, list[float]]]:
        """Each pace of reading, and the rates measured at it."""
        return [(0, self.alone), (READS_A_SECOND, self.read), (CROWD_A_SECOND, self.crowd)]


def _findings(effort: Effort, facts: Mapping[str, Any], reads: _Reads, votes: _Votes) -> Findings:
    ratio = median(votes.read) / median(votes.alone)
    page_ms = Figure("page, median ms", [median(each) for each in reads.pages], places=2)
    json_ms = Figure("JSON, median ms", [median(each) for each in reads.answers], places=2)
    return Findings(
        "Turnout",
        _how(effort),
        facts,
        [
            page_ms,
            Figure("page, p99 ms", [hundredth(each, 99) for each in reads.pages], places=2),
            json_ms,
            Figure("JSON, p99 ms", [hundredth(each, 99) for each in reads.answers], places=2),
            Figure("votes/s, nobody reads", votes.alone, places=0),
            Figure(f"votes/s, {READS_A_SECOND} reads a second", votes.read, places=0),
            Figure(f"votes/s, {CROWD_A_SECOND} reads a second", votes.crowd, places=0),
        ],
        [
            Limit("page, median ms", page_ms.median, most=5.0),
            Limit("JSON, median ms", json_ms.median, most=5.0),
            Limit(f"votes/s at {READS_A_SECOND} reads a second / votes/s alone", ratio, least=0.95),
        ],
    )


@contextmanager
def _loaded(
    folder: Path, effort: Effort, *, tell: Callable[[str], None]
) -> Iterator[PostgresPlace]:
    tell(f"Loading {effort.union.entitled:,} members into PostgreSQL ...")
    began_at = time.monotonic()

    def load(url: str, codes: Path) -> None:
        load_union(url, union=effort.union, codes=codes)

    with postgres_place(folder, load) as place:
        tell(f"loaded in {time.monotonic() - began_at:.0f} s")
        yield place


def _time_reads(place: PostgresPlace, pool: Executor) -> tuple[list[float], list[float]]:
    """Return the milliseconds that each page and each JSON answer took."""
    url = place.copy("round")
    try:
        token = watcher_token(url)
        with running_server(settings_for(url)) as server:
            taken = []
            for path in (PAGE, JSON):
                asked = pool.submit(read_at_pace, server.port, [path], token, 0, 0, READS + 20)
                taken.append([each * 1000 for each in asked.result(timeout=120)[20:]])
    finally:
        place.drop("round")
    return taken[0], taken[1]


def _votes(place: PostgresPlace, pool: Executor, *, effort: Effort, reads_a_second: int) -> float:
    """Return the votes a second of one run."""
    url = place.copy("round")
    try:
        token = watcher_token(url)
        with running_server(settings_for(url)) as server:
            start_at = time.time() + SETTLE
            number = int(effort.seconds * reads_a_second)
            reads = pool.submit(
                read_at_pace, server.port, [PAGE, JSON], token, reads_a_second, start_at, number
            )
            voting = pool.submit(
                vote_as_fast_as_answered, server.port, place.codes, start_at, effort.seconds
            )
            load = voting.result(timeout=effort.seconds + 120)
            reads.result(timeout=120)
        _reconcile(url, load=load, earlier=effort.union.earlier_votes)
    finally:
        place.drop("round")
    return load.votes_per_second


def vote_as_fast_as_answered(port: int, codes: Path, start_at: float, seconds: float) -> Load:
    """Vote over keep-alive connections from a moment on; runs in a process of its own."""
    requests = requests_of(codes)
    clients = [Client(port) for _ in range(CLIENTS)]
    time.sleep(max(0.0, start_at - time.time()))
    return Run(iter(requests), seconds=seconds, warm_up=WARM_UP).drive(clients)


def _reconcile(url: str, *, load: Load, earlier: int) -> None:
    database = Database(url)
    with database.reading() as session:
        papers, marks, counters = box_totals(session, BALLOT_ID)
    database.dispose()
    counted = load.statuses["201"]
    if load.statuses.keys() != {"201"} or (papers, marks, counters - earlier) != (counted,) * 3:
        raise NotReconciled(
            f"{load.statuses}, but papers {papers}, marks {marks}, counters {counters} "
            f"of which {earlier} were there before."
        )
