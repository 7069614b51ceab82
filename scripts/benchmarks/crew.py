"""The people of a benchmark, each in a process of its own: voters at a pace, and dashboards."""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles

END_OF_HEADERS = b"\r\n\r\n"
AS_AT = b'"as_at":"'
VOTES_CAST = b'"votes_cast":'
CONNECTING_AT_ONCE = 50
COMES_BACK_AFTER = 2.0  # seconds, as the stream tells a browser
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def processes(number: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes that share nothing with this one."""
    with ProcessPoolExecutor(number, mp_context=get_context("spawn")) as pool:
        # Started before anything is measured.
        for each in [pool.submit(time.sleep, 0.2) for _ in range(number)]:
            each.result(timeout=60)
        yield pool


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used, its threads and the kernel for it."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def hundredth(values: list[float], number: int) -> float:
    """Return one of the 99 values that cut the sorted values into hundredths."""
    return quantiles(values, n=100)[number - 1]


@dataclass(frozen=True)
class Cast:
    """What voters at a pace were told. Latency runs from when each vote was due, in seconds."""

    statuses: dict[str, int]
    latencies: list[float]
    seconds: float


def vote_at_pace(  # noqa: PLR0913, PLR0917 - handed to another process, by position
    port: int,
    requests: list[bytes],
    rate: float,
    start_at: float,
    connections: int = 64,
    give_up_after: float = 60.0,
) -> Cast:
    """Send each vote when it is due, whether or not the others were answered.

    Args:
        port: of the server on this machine.
        requests: whole requests, each sent once.
        rate: votes a second.
        start_at: when the first is due, in seconds of the epoch.
        connections: how many votes may be under way at once; the rest wait, and the wait counts.
        give_up_after: seconds after the last is due.
    """
    limit = start_at - time.time() + len(requests) / rate + give_up_after
    voters = _Voters(port, requests, rate=rate, start_at=start_at)
    asyncio.run(asyncio.wait_for(voters.vote(connections), limit))
    return Cast(dict(voters.statuses), voters.latencies, seconds=voters.last_at - start_at)


class _Voters:
    def __init__(self, port: int, requests: list[bytes], *, rate: float, start_at: float) -> None:
        self._port = port
        self._requests = requests
        self._rate = rate
        self._start_at = start_at
        self._turns = count()
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.last_at = start_at

    async def vote(self, connections: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._one_connection())

    async def _one_connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            while (turn := next(self._turns)) < len(self._requests):
                due = self._start_at + turn / self._rate
                await asyncio.sleep(max(0.0, due - time.time()))
                writer.write(self._requests[turn])
                status, _ = await read_answer(reader)
                self.last_at = time.time()
                self.statuses[status] += 1
                self.latencies.append(self.last_at - due)
        finally:
            writer.close()


async def read_answer(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Read one whole answer that says how long it is; return its status and body."""
    head = (await reader.readuntil(END_OF_HEADERS)).lower()
    start = head.index(b"content-length: ") + len(b"content-length: ")
    length = int(head[start : head.index(b"\r\n", start)])
    return head[9:12].decode(), await reader.readexactly(length)


@dataclass(frozen=True)
class Seen:
    """What the dashboards received between two moments."""

    # From the moment at which the server began to read turnout, to the last byte of the event
    # at the dashboard, in seconds.
    latencies: list[float]
    events: int
    came_back: int
    # What each dashboard was told last.
    last_votes: dict[int, int]
    processor_share: float


def watch(port: int, path: str, tokens: list[str], start_at: float, end_at: float) -> Seen:
    """Open a stream with each token, keep it open, and time every event between two moments.

    Raises:
        TimeoutError: not every stream was open in time.
    """
    return asyncio.run(_Dashboards(port, path, tokens).watch(start_at, end_at))


class _Dashboards:
    def __init__(self, port: int, path: str, tokens: list[str]) -> None:
        self._port = port
        self._path = path
        self._tokens = tokens
        self.arrivals: list[tuple[bytes, float]] = []
        self.last_votes: dict[int, bytes] = {}
        self.open_now = 0
        self.came_back = 0
        self._ending = False
        self._returns: set[asyncio.Task[None]] = set()

    async def watch(self, start_at: float, end_at: float) -> Seen:
        few = asyncio.Semaphore(CONNECTING_AT_ONCE)

        async def open_one(number: int) -> None:
            async with few:
                stream = await self._open(number)
                await stream.opened

        async with asyncio.timeout(start_at - time.time()):
            await asyncio.gather(*(open_one(number) for number in range(len(self._tokens))))
        await asyncio.sleep(start_at - time.time())
        used = time.process_time()
        await asyncio.sleep(end_at - time.time())
        share = (time.process_time() - used) / (end_at - start_at)
        self._ending = True
        moments = {
            said: datetime.fromisoformat(said.decode()).timestamp() for said, _ in self.arrivals
        }
        timed = [(moments[said], at) for said, at in self.arrivals if moments[said] >= start_at]
        last = {number: int(said) for number, said in self.last_votes.items()}
        return Seen([at - as_at for as_at, at in timed], len(timed), self.came_back, last, share)

    async def _open(self, number: int) -> "_Stream":
        token = self._tokens[number]
        request = _get(self._path, token=token)
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(
            lambda: _Stream(self, number=number, request=request), "127.0.0.1", self._port
        )
        return stream

    def lost(self, number: int) -> None:
        if not self._ending:
            task = asyncio.get_running_loop().create_task(self._come_back(number))
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)

    async def _come_back(self, number: int) -> None:
        await asyncio.sleep(COMES_BACK_AFTER)
        self.came_back += 1
        await self._open(number)


class _Stream(asyncio.Protocol):
    """One dashboard: keeps no more of an event than its moment and its number of votes."""

    def __init__(self, dashboards: _Dashboards, *, number: int, request: bytes) -> None:
        self._dashboards = dashboards
        self._number = number
        self._request = request
        self._event = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_connection gives one
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self._begin(data)
        if data.endswith(b"\r\n0\r\n\r\n") or data == b"0\r\n\r\n":
            self._transport.close()
            return
        # Only the beginning of an event is looked at; a frame that is cut there is put together.
        self._event = self._event + data if len(self._event) < 2000 else self._event  # noqa: PLR2004
        if data.endswith(b"\n\n\r\n"):
            self._end_of_event()

    def _begin(self, data: bytes) -> None:
        if b" 200 " in data[:20]:
            self.opened.set_result(None)
        else:
            self.opened.set_exception(ConnectionError(data[:300].decode(errors="replace")))

    def _end_of_event(self) -> None:
        start = self._event.find(AS_AT)
        if start >= 0:
            start += len(AS_AT)
            said = self._event[start : self._event.index(b'"', start)]
            self._dashboards.arrivals.append((said, time.time()))
            votes = self._event.index(VOTES_CAST) + len(VOTES_CAST)
            self._dashboards.last_votes[self._number] = self._event[
                votes : self._event.index(b",", votes)
            ]
        self._event = b""

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._dashboards.lost(self._number)


def read_at_pace(  # noqa: PLR0913, PLR0917 - handed to another process, by position
    port: int, paths: list[str], token: str, rate: float, start_at: float, number: int
) -> list[float]:
    """Ask for pages in turn over one connection, each when it is due; return seconds each took.

    A rate of nought asks again as soon as the last was answered.

    Raises:
        ConnectionError: something else than 200 was answered.
    """
    return asyncio.run(_read_at_pace(port, paths, token, rate, start_at, number))


async def _read_at_pace(  # noqa: PLR0913, PLR0917 - as above
    port: int, paths: list[str], token: str, rate: float, start_at: float, number: int
) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    await asyncio.sleep(max(0.0, start_at - time.time()))
    for turn in range(number):
        if rate:
            await asyncio.sleep(max(0.0, start_at + turn / rate - time.time()))
        path = paths[turn % len(paths)]
        asked_at = time.perf_counter()
        writer.write(_get(path, token=token))
        status, body = await read_answer(reader)
        taken.append(time.perf_counter() - asked_at)
        if status != "200":
            raise ConnectionError(f"{path} answered {status}: {body[:300]!r}")
    writer.close()
    return taken


def _get(path: str, *, token: str) -> bytes:
    # Packed, as every browser asks for it.
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept-Encoding: gzip"
    return f"GET {path} HTTP/1.1\r\n{head}\r\n\r\n".encode()


def requests_of(codes: Path) -> list[bytes]:
    """Prepare a request for each line `slug code`, with a receipt of its own."""
    from .generator import requests_for

    prepared = []
    for line in codes.read_text("ascii").splitlines():
        slug, code = line.split()
        prepared += requests_for([code], slug=slug)
    return prepared


def receipts_of(requests: list[bytes]) -> list[str]:
    """Return the receipts that requests carry."""
    return [json.loads(each.partition(END_OF_HEADERS)[2])["receipt"] for each in requests]
