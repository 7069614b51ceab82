"""Ports of 127.0.0.1 for the servers of tests, that no two test processes can pick at once."""

import itertools
import os
import random
import socket

# Below the range from which Linux takes ports for outgoing connections (ip_local_port_range begins
# at 32768), so that neither a client nor a port asked for as "any" can be in the way.
FIRST = 12_000
EACH = 2_000
WORKERS = 8


def _share() -> range:
    """Return the ports of this test process: pytest-xdist numbers its workers gw0, gw1 ..."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    return range(FIRST + number * EACH, FIRST + (number + 1) * EACH)


_start = random.randrange(EACH)  # noqa: S311 - not a secret; a run right after another finds no port in TIME_WAIT
_turns = itertools.count(_start)


def free_port() -> int:
    """Return a port on which nothing listens and which this process gives out once in a round.

    A port that the kernel picks for "any" may be picked again by the neighbour before our server
    has come up, and then a test talks to the neighbour's server and its other database.
    """
    ports = _share()
    for _ in ports:
        port = ports[next(_turns) % EACH]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"Every port of {ports} is taken.")
