"""The load: a process of its own that votes over keep-alive connections as fast as it is answered.

Plain sockets and prepared requests, so that it takes little from the server it shares the machine
with (it says how much). Run as `python -m scripts.benchmarks.generator`; prints one JSON object.
"""

import argparse
import json
import secrets
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from statistics import quantiles

END_OF_HEADERS = b"\r\n\r\n"
LENGTH = b"content-length: "
SILENT_FOR = 30  # seconds without any answer before we give up
FEWEST = 100  # votes below which a hundredth of them means nothing


@dataclass(frozen=True)
class Load:
    """What one run measured. Only answers 201 within the measured seconds make the rate."""

    votes_per_second: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    # Of one core, for as long as the run took.
    generator_share: float


class Client:
    """One connection with one request on its way at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Send a whole request; it is far smaller than the socket's buffer."""
        self._received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def status(self) -> bytes | None:
        """Read what has come; return the status once the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self._received += chunk
        end = self._received.find(END_OF_HEADERS)
        if end < 0:
            return None
        head = self._received[:end].lower()
        start = head.find(LENGTH) + len(LENGTH)
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self._received) < end + len(END_OF_HEADERS) + length:
            return None
        return head[9:12]


class Run:
    """Drives every client from one loop until the time is up or the codes are used up."""

    def __init__(self, requests: Iterator[bytes], *, seconds: float, warm_up: int) -> None:
        self._requests = requests
        self._seconds = seconds
        self._warm_up = warm_up
        self._selector = selectors.DefaultSelector()
        self._answered = 0
        self._started_at = float("inf")
        self._last_at = 0.0
        self._latencies: list[float] = []
        self._statuses: Counter[bytes] = Counter()

    def drive(self, clients: list[Client]) -> Load:
        """Vote, and return what was measured after the warm-up."""
        for client in clients:
            self._selector.register(client.socket, selectors.EVENT_READ, client)
            self._next(client)
        processor_time = time.process_time()
        began_at = time.perf_counter()
        while self._selector.get_map():
            ready = self._selector.select(timeout=SILENT_FOR)
            if not ready:
                raise TimeoutError(f"no answer for {SILENT_FOR} s")
            for key, _ in ready:
                self._read(key.data)
        share = (time.process_time() - processor_time) / (time.perf_counter() - began_at)
        return self._load(share)

    def _read(self, client: Client) -> None:
        status = client.status()
        if status is None:
            return
        now = time.perf_counter()
        self._statuses[status] += 1
        self._answered += 1
        if self._answered == self._warm_up:
            self._started_at = now
        elif 0 <= now - self._started_at <= self._seconds and status == b"201":
            self._latencies.append(now - client.sent_at)
            self._last_at = now
            self.answered()
        if now - self._started_at <= self._seconds:
            self._next(client)
        else:
            self._leave(client)

    def answered(self) -> None:
        """Hear of each answer 201 that is measured."""

    def _next(self, client: Client) -> None:
        request = next(self._requests, None)
        if request is None:
            self._leave(client)
        else:
            client.send(request)

    def _leave(self, client: Client) -> None:
        self._selector.unregister(client.socket)
        client.socket.close()

    def _load(self, share: float) -> Load:
        if len(self._latencies) < FEWEST:
            raise RuntimeError(f"too few votes to measure: {self._statuses}")
        hundredths = quantiles(self._latencies, n=100)
        return Load(
            votes_per_second=len(self._latencies) / (self._last_at - self._started_at),
            p50_ms=hundredths[49] * 1000,
            p99_ms=hundredths[98] * 1000,
            statuses={status.decode(): number for status, number in self._statuses.items()},
            generator_share=share,
        )


def requests_for(codes: list[str], *, slug: str) -> list[bytes]:
    """Prepare a request for each code, each with a receipt of its own."""
    prepared = []
    for place, code in enumerate(codes):
        answer = ("accept", "reject")[place % 2]
        body = json.dumps({"answers": {"offer": answer}, "receipt": secrets.token_hex(16)})
        prepared.append(
            f"POST /api/v1/ballots/{slug}/votes HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\n"
            f"Authorization: Bearer {code}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return prepared


def main() -> None:
    """Read the codes, vote, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ports", type=int, nargs="+", required=True)
    parser.add_argument("--slug", required=True)
    parser.add_argument("--codes", type=Path, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--warm-up", type=int, required=True)
    asked = parser.parse_args()
    requests = requests_for(asked.codes.read_text("ascii").split(), slug=asked.slug)
    clients = [Client(port) for _, port in zip(range(asked.clients), cycle(asked.ports))]
    run = Run(iter(requests), seconds=asked.seconds, warm_up=asked.warm_up)
    json.dump(asdict(run.drive(clients)), sys.stdout)


if __name__ == "__main__":
    main()
