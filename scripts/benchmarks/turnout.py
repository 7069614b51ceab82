"""`scripts/bench turnout`: how long the page and the JSON take, and what reading costs votes."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
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
SETTLE = 5  # seconds until everybody is ready
EARLY = 1  # seconds that votes begin before the first slice
# Of each run. Readers come in every second one, between two without. All are over before the box is
# stirred for the first time, half a minute after the start.
SLICES = 7


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
    votes: dict[int, list[_InSlices]] = {READS_A_SECOND: [], CROWD_A_SECOND: []}
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
            for pace, runs in votes.items():
                runs.append(_votes(place, pool, effort=effort, reads_a_second=pace))
            tell(
                f"round {number}: page {median(page):.2f}, JSON {median(answer):.2f} ms; votes "
                "beside readers / alone: "
                + ", ".join(f"{runs[-1].share:.3f} at {pace}/s" for pace, runs in votes.items())
            )
    return _findings(effort, facts | {"load_after": load_average()}, reads, votes)


def _how(effort: Effort) -> list[str]:
    union = effort.union
    return [
        f"{union.entitled_in_cells:,} entitled, {union.branches} branches of {union.workplaces} ",
        f"workplaces, {union.earlier_votes:,} votes in the counters of two processes. Cells and",
        f"counters are all that turnout reads; entries of the roll: {union.entitled:,}.",
        f"{READS} reads of each by branch, one after the other; then {CLIENTS} connections vote",
        f"for {SLICES} slices of {effort.seconds:g} s, and readers come in every second one, at",
        f"{READS_A_SECOND} reads a second, and in another run at {CROWD_A_SECOND}. A slice is held",
        "against those before and after it, in the same process. One server process, in which each",
        "page was read once before.",
    ]


@dataclass(frozen=True)
class _Reads:
    """Milliseconds, a list a round."""

    pages: list[list[float]]
    answers: list[list[float]]


@dataclass(frozen=True)
class _InSlices:
    """Votes a second in each slice of one run: the first alone, the next beside readers, ..."""

    rates: list[float]

    @property
    def alone(self) -> float:
        """The median of the slices in which nobody read."""
        return median(self.rates[0::2])

    @property
    def read(self) -> float:
        """The median of the slices with readers."""
        return median(self.rates[1::2])

    @property
    def share(self) -> float:
        """The median of slices with readers over what their neighbours come to."""
        alone = self.rates[0::2]
        around = [(before + after) / 2 for before, after in pairwise(alone)]
        return median(rate / other for rate, other in zip(self.rates[1::2], around, strict=True))


def _findings(
    effort: Effort, facts: Mapping[str, Any], reads: _Reads, votes: Mapping[int, list[_InSlices]]
) -> Findings:
    page_ms = Figure("page, median ms", [median(each) for each in reads.pages], places=2)
    json_ms = Figure("JSON, median ms", [median(each) for each in reads.answers], places=2)
    few, crowd = votes[READS_A_SECOND], votes[CROWD_A_SECOND]
    share = Figure(
        f"votes beside {READS_A_SECOND} reads a second / alone",
        [run.share for run in few],
        places=3,
    )
    return Findings(
        "Turnout",
        _how(effort),
        facts,
        [
            page_ms,
            Figure("page, p99 ms", [hundredth(each, 99) for each in reads.pages], places=2),
            json_ms,
            Figure("JSON, p99 ms", [hundredth(each, 99) for each in reads.answers], places=2),
            Figure("votes/s, nobody reads", [run.alone for run in few], places=0),
            Figure(
                f"votes/s, {READS_A_SECOND} reads a second", [run.read for run in few], places=0
            ),
            share,
            Figure(
                f"votes beside {CROWD_A_SECOND} reads a second / alone",
                [run.share for run in crowd],
                places=3,
            ),
        ],
        [
            Limit("page, median ms", page_ms.median, most=5.0),
            Limit("JSON, median ms", json_ms.median, most=5.0),
            Limit(share.words, share.median, least=0.95),
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


def _votes(
    place: PostgresPlace, pool: Executor, *, effort: Effort, reads_a_second: int
) -> _InSlices:
    """Return the votes a second in each slice of one run."""
    url, slice_s = place.copy("round"), effort.seconds
    try:
        token = watcher_token(url)
        with running_server(settings_for(url)) as server:
            paths = [PAGE, JSON]
            asked = pool.submit(read_at_pace, server.port, paths, token, 0, 0, len(paths))
            asked.result(timeout=120)
            start_at = time.time() + SETTLE
            voting = pool.submit(vote_in_slices, server.port, place.codes, start_at, slice_s)
            number = int(slice_s * reads_a_second) - 1
            for turn in range(1, SLICES, 2):
                begins_at = start_at + turn * slice_s
                pool.submit(
                    read_at_pace, server.port, paths, token, reads_a_second, begins_at, number
                ).result(timeout=120)
            sliced, load = voting.result(timeout=SLICES * slice_s + 120)
        _reconcile(url, load=load, earlier=effort.union.earlier_votes)
    finally:
        place.drop("round")
    return _InSlices(sliced)


class _Sliced(Run):
    """Counts the answers in each slice."""

    def __init__(
        self, requests: Iterator[bytes], *, seconds: float, warm_up: int, start_at: float
    ) -> None:
        super().__init__(requests, seconds=EARLY + seconds * (SLICES + 1), warm_up=warm_up)
        self._slice_s, self._start_at = seconds, start_at
        self.counts: Counter[int] = Counter()

    def answered(self) -> None:
        """Count one answer where it belongs."""
        self.counts[int((time.time() - self._start_at) // self._slice_s)] += 1


def vote_in_slices(
    port: int, codes: Path, start_at: float, seconds: float
) -> tuple[list[float], Load]:
    """Vote as fast as it is answered, from before a moment on, and return the votes a second.

    Runs in a process of its own. Each slice takes so many seconds.

    Raises:
        NotReconciled: votes did not come in every slice.
    """
    requests = requests_of(codes)
    clients = [Client(port) for _ in range(CLIENTS)]
    time.sleep(max(0.0, start_at - EARLY - time.time()))
    run = _Sliced(iter(requests), seconds=seconds, warm_up=WARM_UP, start_at=start_at)
    load = run.drive(clients)
    if not run.counts[SLICES]:
        raise NotReconciled("Votes did not come in every slice: few codes, or a busy machine.")
    return [run.counts[place] / seconds for place in range(SLICES)], load


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
