"""`scripts/bench growth`: whether a vote costs the same in a small union and in the largest."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.servers import running_server

from .crew import processes, requests_of
from .electorate import PostgresPlace, settings_for
from .findings import Figure, Findings, Limit, load_average
from .generator import Client, Load, Run
from .largest import Union, load_union, plain, postgres_place
from .report import machine
from .turnout import CLIENTS, WARM_UP
from .vote import NotReconciled

SETTLE = 2.0  # seconds until the codes are read
WIDEST = 1.15  # the fastest over the slowest


@dataclass(frozen=True)
class Effort:
    """How many votes are cast in each size, and how often."""

    rounds: int
    votes: int
    sizes: tuple[int, ...]

    def union(self, entitled: int) -> Union:
        """Return a union in which that many votes can be cast: a small one votes repeatedly."""
        ballots = -(-self.votes // entitled)
        return Union(entitled, codes=self.votes, ballots=ballots)


def run_growth_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Cast the same number of votes in unions of each size, in turn.

    Raises:
        NotReconciled: a vote was lost or counted twice.
    """
    load_before = load_average()
    loads: dict[int, list[Load]] = {size: [] for size in effort.sizes}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-bench-"))
        pool = stack.enter_context(processes(1))
        places = {}
        for size in effort.sizes:
            tell(f"Loading {size:,} members into PostgreSQL ...")
            own = Path(folder) / str(size)
            own.mkdir()
            places[size] = stack.enter_context(_place(own, effort.union(size)))
        any_place = places[effort.sizes[0]]
        facts = machine(any_place.server.url("loaded"), load_before=load_before)
        for number in range(1, effort.rounds + 1):
            # The other way round every second time, so that nobody is always first.
            for size in effort.sizes[:: 1 if number % 2 else -1]:
                loads[size].append(_measure(places[size], pool))
                rate = loads[size][-1].votes_per_second
                tell(f"round {number}: {size:9,} entitled {rate:8,.0f} votes/s")
    return _findings(effort, facts | {"load_after": load_average()}, loads)


def _place(folder: Path, union: Union) -> AbstractContextManager[PostgresPlace]:
    def load(url: str, codes: Path) -> None:
        load_union(url, union=union, codes=codes)

    return postgres_place(folder, load)


def _measure(place: PostgresPlace, pool: Executor) -> Load:
    url = place.copy("round")
    try:
        with running_server(settings_for(url)) as server:
            start_at = time.time() + SETTLE
            # All the codes are used up, however long it takes.
            voting = pool.submit(
                vote_as_fast_as_answered, server.port, place.codes, start_at, float("inf")
            )
            load = voting.result(timeout=300)
        _reconcile(url, load=load)
    finally:
        place.drop("round")
    return load


def _reconcile(url: str, *, load: Load) -> None:
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM ballot_paper), (SELECT count(*) FROM roll_mark),"
            " (SELECT sum(votes_cast) FROM turnout_counter)"
        ).fetchone()
    if load.statuses.keys() != {"201"} or row != (load.statuses["201"],) * 3:
        raise NotReconciled(f"{load.statuses}, but (papers, marks, counters) = {row}.")


def _findings(
    effort: Effort, facts: Mapping[str, Any], loads: Mapping[int, list[Load]]
) -> Findings:
    rates = [
        Figure(f"votes/s, {size:,} entitled", [load.votes_per_second for load in each], places=0)
        for size, each in loads.items()
    ]
    medians = [rate.median for rate in rates]
    smallest = min(effort.sizes)
    return Findings(
        "Growth",
        [
            f"{effort.votes:,} votes a run through {CLIENTS} connections, one server process, 100",
            f"branches in every size; a union of {smallest:,} holds as many ballots, one after the",
            f"other ({effort.union(smallest).ballots}), as give it as many votes to cast. The",
            "first vote in each ballot, for which a process looks up its paper, is among those",
            "before the clock starts.",
        ],
        facts,
        rates,
        [Limit("fastest / slowest", max(medians) / min(medians), most=WIDEST)],
    )


def vote_as_fast_as_answered(port: int, codes: Path, start_at: float, seconds: float) -> Load:
    """Vote over keep-alive connections from a moment on; runs in a process of its own."""
    requests = _each_ballot_first(requests_of(codes))
    clients = [Client(port) for _ in range(CLIENTS)]
    time.sleep(max(0.0, start_at - time.time()))
    return Run(iter(requests), seconds=seconds, warm_up=WARM_UP).drive(clients)


def _each_ballot_first(requests: Sequence[bytes]) -> list[bytes]:
    """Put one vote in each ballot before all others: opening a ballot is no matter of its size."""
    first: dict[bytes, bytes] = {}
    for request in requests:
        first.setdefault(_address_of(request), request)
    return [*first.values(), *(each for each in requests if first[_address_of(each)] is not each)]


def _address_of(request: bytes) -> bytes:
    return request.split(b" ", 2)[1]
