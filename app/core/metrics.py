"""What Prometheus may know: counts and durations, never who, what or with which code.

prometheus_client alone, without an instrumentation middleware: the request log already stands in
front of every request and knows its route, and votes are counted a batch at a time.

What stands in the database is asked when Prometheus asks (app/notices/watch.py): every process then
says the same, and of the workers of one the newest answer holds.

With several workers each keeps its numbers in files of one folder, and whichever of them is asked
answers for all (docs/decisions/0024).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

# The library reads it when it is loaded, so it is set before the workers start.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter(
    "muster_requests_total", "Requests by route pattern.", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "muster_request_seconds",
    "How long requests took, by route pattern.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REFUSALS = Counter(
    "muster_refusals_total", "Refusals by their code, the word a program reads.", ["code"]
)
VOTES = Counter("muster_votes_total", "Votes by what became of them.", ["outcome"])
WRONG_CODES = Counter(
    "muster_wrong_codes_total",
    "Wrong voting codes: counted, or refused because there were too many.",
    ["answer"],
)
VOTES_WAITING = Gauge(
    "muster_votes_waiting",
    "Votes that waited when the last batch was taken up.",
    multiprocess_mode="livesum",
)
BATCH_VOTES = Histogram(
    "muster_batch_votes", "Votes in one batch.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 512)
)
BATCH_SECONDS = Histogram(
    "muster_batch_seconds",
    "How long a batch took to commit.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
STREAMS = Gauge("muster_streams_open", "Turnout streams open now.", multiprocess_mode="livesum")
OUTBOX = Gauge(
    "muster_outbox_messages",
    "Messages by what became of them; where that could tell of somebody, to the nearest ten.",
    ["purpose", "channel", "state"],
    multiprocess_mode="mostrecent",
)
OUTBOX_OVERDUE = Gauge(
    "muster_outbox_overdue_seconds",
    "How long the message that waits longest should have left by now.",
    ["channel"],
    multiprocess_mode="mostrecent",
)
RETURNED = Gauge(
    "muster_mail_returned",
    "Messages that came back, by whether the address is of no use.",
    ["kind"],
    multiprocess_mode="mostrecent",
)
MAIL_ON = Gauge("muster_mail_on", "Whether a mail server is set.", multiprocess_mode="mostrecent")
MAIL_PAUSED = Gauge(
    "muster_mail_paused", "Whether somebody paused mail.", multiprocess_mode="mostrecent"
)
MAIL_TROUBLE = Gauge(
    "muster_mail_trouble",
    "Whether the other side could last not be used.",
    ["channel"],
    multiprocess_mode="mostrecent",
)
WORKER_SEEN = Gauge(
    "muster_worker_seen_timestamp_seconds",
    "When the worker was last seen; 0 is never.",
    multiprocess_mode="mostrecent",
)
WEBHOOKS_WAITING = Gauge(
    "muster_webhooks_waiting", "Events not yet heard.", multiprocess_mode="mostrecent"
)
WEBHOOKS_OVERDUE = Gauge(
    "muster_webhooks_overdue_seconds",
    "How long ago the oldest of them happened.",
    multiprocess_mode="mostrecent",
)
BACKUP_EXPECTED = Gauge(
    "muster_backup_expected",
    "Whether a folder of backups is set, which is looked into.",
    multiprocess_mode="mostrecent",
)
BACKUP_MADE = Gauge(
    "muster_backup_timestamp_seconds",
    "When the newest whole backup was made; 0 is never.",
    multiprocess_mode="mostrecent",
)
LOOKED = Gauge(
    "muster_looked_timestamp_seconds",
    "When all of this was last read; it stands still while the database does not answer.",
    multiprocess_mode="mostrecent",
)


def exposition() -> tuple[bytes, str]:
    """Return the metrics in Prometheus's text format, of all workers, and their content type."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return generate_latest(), CONTENT_TYPE_LATEST
    _forget_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # the library's
    return generate_latest(registry), CONTENT_TYPE_LATEST


@contextmanager
def shared_by_workers(workers: int) -> Iterator[None]:
    """Have the workers that start within the block answer for each other.

    Args:
        workers: how many there will be; one alone needs no files.
    """
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="muster-metrics-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]


def _forget_the_dead(folder: Path) -> None:
    """Leave out what a killed worker had open; what it counted stays counted."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            # Another worker may have been asked at the same moment, and have done it.
            file.unlink(missing_ok=True)
