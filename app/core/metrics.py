"""What Prometheus may know: counts and durations, never who, what or with which code.

prometheus_client alone, without an instrumentation middleware: the request log already stands in
front of every request and knows its route, and votes are counted a batch at a time.
"""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

REQUESTS = Counter(
    "muster_requests_total", "Requests by route pattern.", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "muster_request_seconds",
    "How long requests took, by route pattern.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
VOTES = Counter("muster_votes_total", "Votes by what became of them.", ["outcome"])
BATCH_VOTES = Histogram(
    "muster_batch_votes", "Votes in one batch.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 512)
)
BATCH_SECONDS = Histogram(
    "muster_batch_seconds",
    "How long a batch took to commit.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
STREAMS = Gauge("muster_streams_open", "Turnout streams open now.", multiprocess_mode="livesum")


def exposition() -> tuple[bytes, str]:
    """Return the metrics of this process in Prometheus's text format, and its content type."""
    return generate_latest(), CONTENT_TYPE_LATEST
