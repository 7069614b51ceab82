"""`scripts/bench past`: what the rules would have meant for 1,000 units, as a page and as JSON."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from app.core.settings import Settings
from tests.support.databases import SqliteForTests, postgres_for_tests
from tests.support.servers import running_server

from .findings import Figure, Findings, Limit, load_average
from .report import machine

MOST_MS = 200.0
SECRET = "a secret of the benchmark, longer than it need be"  # noqa: S105 - guards nothing
CALLS = {
    "page with its chart, ms": "/past-results",
    "JSON from a file, ms": "/api/v1/past-results/file?opened_on=2022-04-26",
}
FORM = {"rule_book": "industrial-action", "opened_on": "2022-04-26", "results": ""}


class NotAnswered(Exception):
    """An answer was not what was asked for, so its time means nothing."""


@dataclass(frozen=True)
class Effort:
    """How often each is asked, and how many units are in the file."""

    rounds: int
    units: int


def run_past_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Send one file of invented results to a server of its own, over and over.

    Raises:
        NotAnswered: an answer was refused, or lacks a unit.
    """
    load_before = load_average()
    content = results_file(effort.units)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="muster-bench-")))
        with postgres_for_tests() as postgres:
            facts = machine(postgres.url("postgres"), load_before=load_before)
        url = SqliteForTests(folder).create_migrated()
        settings = Settings(database_url=url, secret_key=SECRET)
        server = stack.enter_context(running_server(settings))
        client = stack.enter_context(httpx.Client(base_url=server.base_url, timeout=60))
        for address in CALLS.values():
            ask_once(client, address, content=content, units=effort.units)
        rounds: dict[str, list[float]] = {words: [] for words in CALLS}
        for number in range(1, effort.rounds + 1):
            for words, address in CALLS.items():
                took = ask_once(client, address, content=content, units=effort.units)
                rounds[words].append(took)
            tell(f"round {number}: " + ", ".join(f"{w} {t[-1]:.0f}" for w, t in rounds.items()))
    return _findings(effort, facts | {"load_after": load_average()}, rounds)


def results_file(units: int) -> bytes:
    """Return a file of invented results, the same every time."""
    chance = random.Random(units)  # noqa: S311 - numbers to measure with, not secrets
    lines = ["Employer,Entitled,Yes,No,Spoiled"]
    for number in range(units):
        entitled = chance.randint(20, 3000)
        cast = round(entitled * min(max(chance.gauss(0.5, 0.1), 0.05), 0.95))
        yes = round(cast * chance.uniform(0.5, 0.98))
        lines.append(f'"Trust {number}, North","{entitled:,}",{yes},{cast - yes},0')
    return "\n".join(lines).encode()


def ask_once(client: httpx.Client, address: str, *, content: bytes, units: int) -> float:
    """Ask once and return the milliseconds until the whole answer was there.

    Raises:
        NotAnswered: it was refused, or lacks a unit.
    """
    files = {"file": ("results.csv", content)}
    began_at = time.perf_counter()
    # A page is asked for as a browser asks: from our own address.
    answer = client.post(address, files=files, data=FORM, headers={"Sec-Fetch-Site": "same-origin"})
    took = (time.perf_counter() - began_at) * 1000
    last = f"Trust {units - 1}, North"
    if answer.status_code != httpx.codes.OK or last not in answer.text:
        raise NotAnswered(f"{address} answered {answer.status_code} without {last}.")
    return took


def _findings(
    effort: Effort, facts: Mapping[str, Any], rounds: Mapping[str, list[float]]
) -> Findings:
    return Findings(
        "Past results",
        [f"{effort.units:,} units in one file, under the four periods of one rule book."],
        facts,
        [Figure(words, took) for words, took in rounds.items()],
        [Limit(words, median(took), most=MOST_MS) for words, took in rounds.items()],
    )
