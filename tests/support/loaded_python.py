"""A Python that has loaded the application, and forks for every order of tests/support/pythons.py.

A fork is what `python -m MODULE` is once it has imported what it runs: it has read no setting, has
one thread, no event loop, no random number and no open database. What one fork does to a module no
other sees. Only a password is cheaper to hash, as it is in the tests' own process.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from sqlalchemy.orm import configure_mappers

from app.security import passwords
from tests.support.passwords import CHEAP

# What every server and command loads by itself, sooner or later.
LOADED = (
    "app.main",
    "app.cli.main",
    "uvicorn.main",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "anyio._backends._asyncio",
)
ORDER_SIZE = 2**18  # bytes; the arguments and the environment of a process are far fewer
HANDLES = 4  # standard input, output and error, and where it is told what becomes of the fork


class Forks:
    """Those of this process that have not ended yet.

    Args:
        orders: where orders come from, one a message; it is closed when nobody has any more.
    """

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._ends = select.poll()
        self._ends.register(orders, select.POLLIN)
        # By the handle that becomes readable when the fork ends: its number, and whom to tell.
        self._alive: dict[int, tuple[int, int]] = {}

    def run(self) -> tuple[dict[str, Any], list[int]] | None:
        """Fork for every order; return in a fork what it is to do, and here None at the end."""
        while True:
            for ready, _ in self._ends.poll():
                if ready != self._orders.fileno():
                    self._bury(ready)
                    continue
                said, handles, _, _ = socket.recv_fds(self._orders, ORDER_SIZE, HANDLES)
                if not said:
                    self._kill_all()
                    return None
                if self._fork(handles) == 0:
                    return json.loads(said), handles

    def _fork(self, handles: list[int]) -> int:
        number = os.fork()
        if number == 0:
            self._orders.close()
            for end, (_, told) in self._alive.items():
                os.close(end)
                os.close(told)
            return 0
        *standard, told = handles
        for handle in standard:
            os.close(handle)
        end = os.pidfd_open(number)
        self._ends.register(end, select.POLLIN)
        self._alive[end] = number, told
        return number

    def _bury(self, end: int) -> None:
        number, told = self._alive.pop(end)
        self._ends.unregister(end)
        os.close(end)
        _, status = os.waitpid(number, 0)
        # Whoever asked for it may have lost interest.
        with suppress(BrokenPipeError):
            os.write(told, f"ended {status}\n".encode())
        os.close(told)

    def _kill_all(self) -> None:
        for end, (number, _) in list(self._alive.items()):
            leads = os.getpgid(number) == number
            (os.killpg if leads else os.kill)(number, signal.SIGKILL)
            self._bury(end)


def become(order: dict[str, Any], handles: list[int]) -> None:
    """Make of this fork what a process just started with that order would be."""
    *standard, told = handles
    if order["start_new_session"]:
        os.setsid()
    for number, handle in enumerate(standard):
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(order["cwd"])
    sys.path[0] = order["cwd"]
    # Python itself sets it where no language is.
    kept = {name: os.environ[name] for name in ("LC_CTYPE",) if name in os.environ}
    os.environ.clear()
    os.environ.update(kept | order["env"])
    time.tzset()
    sys.argv[1:] = order["words"]
    os.write(told, f"number {os.getpid()}\n".encode())
    os.close(told)


def main() -> None:
    """Load the application, fork until there are no more orders, and be what was ordered."""
    orders = socket.socket(fileno=int(sys.argv.pop()))
    for name in LOADED:
        importlib.import_module(name)
    configure_mappers()
    # Passwords cost a fork as little as the test that made them; else each would be hashed anew.
    passwords._hasher = lambda: CHEAP
    assert threading.active_count() == 1, "a fork would lack the other threads"
    # What is loaded stays: looking through it would copy every page of it into every fork.
    gc.collect()
    gc.freeze()
    if (ordered := Forks(orders).run()) is not None:
        order, handles = ordered
        become(order, handles)
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
