"""Our own commands as processes of their own: `python -m MODULE`, for tests and benchmarks.

Importing the application takes a process two seconds, and the tests start hundreds. While
`pythons_loaded_once` lasts they are therefore forked from one that has imported it and done nothing
else (tests/support/loaded_python.py): a session of its own, its own environment, streams, folder,
signals and exit status, all as with a process that was started. Benchmarks always start theirs.
So do the tests that are about starting, in tests/cli/test_serve.py, tests/processes,
tests/deploy/test_compose_runs.py, tests/deploy/test_files.py and tests/deploy/test_wheel.py.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[2]
GONE_WITHIN = 10  # seconds
# Python reads these when it starts: a fork would not.
READ_AT_START = {"LANG", "LC_ALL", "LC_CTYPE", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONHASHSEED"}
PIPES = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")


class LoadedPython:
    """The process that forks. It starts with the first order, and ends with whoever gives them."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    def order(self, facts: Mapping[str, Any], handles: Sequence[int]) -> None:
        """Have it fork.

        Args:
            facts: the module and its words, the environment, the folder and whether it leads.
            handles: its standard input, output and error, and where to tell what becomes of it.
        """
        with self._starting:
            orders = self._orders or self._start()
        socket.send_fds(orders, [json.dumps(facts).encode()], handles)

    def _start(self) -> socket.socket:
        self._orders, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "tests.support.loaded_python", str(far.fileno())],
                cwd=ROOT,
                env={name: os.environ[name] for name in READ_AT_START & os.environ.keys()}
                | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[far.fileno()],
                start_new_session=True,
            )
        return self._orders

    def close(self) -> None:
        """Say that there are no more orders: it kills what is left, and ends."""
        if self._orders is not None and self._process is not None:
            self._orders.close()
            self._process.wait(timeout=GONE_WITHIN)


class Forked(subprocess.Popen[Any]):
    """Like any process of ours, but that another is its parent, who tells what became of it."""

    loaded: LoadedPython | None = None
    _fate: BinaryIO

    def _execute_child(self, *given: Any) -> None:
        """Take the place of the library's own, which forks this process and loads another."""
        facts = signature(super()._execute_child).bind(*given).arguments
        executable, option, module, *words = facts["args"]
        assert (executable, option) == (sys.executable, "-m"), "only our own Python is loaded"
        assert self.loaded is not None
        fate, told = os.pipe()
        self._fate = os.fdopen(fate, "rb", buffering=0)
        streams = [facts["p2cread"], facts["c2pwrite"], facts["errwrite"]]
        try:
            self.loaded.order(
                {
                    "module": module,
                    "words": words,
                    "env": dict(_environment(facts["env"])),
                    "cwd": str(facts["cwd"] or Path.cwd()),
                    "start_new_session": facts["start_new_session"],
                },
                [*(own if given == -1 else given for own, given in enumerate(streams)), told],
            )
        finally:
            os.close(told)
        self.pid = self._told("number")
        self._child_created = True
        self._close_pipe_fds(*(facts[name] for name in PIPES))

    def _told(self, word: str) -> int:
        said = self._fate.readline().split()
        assert said[:1] == [word.encode()], f"it is not told what became of {self.args}: {said}"
        return int(said[1])

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """Answer as waitpid does, which is for parents only."""
        if wait_flags == os.WNOHANG and not select.select([self._fate], [], [], 0)[0]:
            return 0, 0
        with self._fate:
            return self.pid, self._told("ended")

    def _internal_poll(self, _deadstate: object = None) -> int | None:
        """Ask without waiting; another thread may be asking at this moment, or have asked."""
        if self.returncode is None and self._waitpid_lock.acquire(blocking=False):
            try:
                number, status = self._try_wait(os.WNOHANG) if self.returncode is None else (0, 0)
                if number:
                    self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


@contextmanager
def pythons_loaded_once() -> Iterator[None]:
    """Fork our own commands while the block lasts, where the system can."""
    if sys.platform != "linux":
        yield
        return
    Forked.loaded = LoadedPython()
    try:
        yield
    finally:
        Forked.loaded.close()
        Forked.loaded = None


def start_python(*words: str, **more: Any) -> "subprocess.Popen[Any]":
    """Start `python -m` with these words.

    Args:
        words: the module, and what follows it.
        more: what `subprocess.Popen` takes besides.
    """
    if Forked.loaded is None or _says_how_to_start(more.get("env")):
        return start_afresh(*words, **more)
    return Forked([sys.executable, "-m", *words], **{"cwd": ROOT} | more)


def start_afresh(*words: str, **more: Any) -> "subprocess.Popen[Any]":
    """The same, and never by a fork: for tests that are about starting."""
    command = [sys.executable, "-m", *words]
    return subprocess.Popen(command, **{"cwd": ROOT} | more)  # noqa: S603 - our own module


def _environment(env: Mapping[str, str] | None) -> Mapping[str, str]:
    return os.environ if env is None else env


def _says_how_to_start(env: Mapping[str, str] | None) -> bool:
    given = _environment(env)
    return any(given[name] != os.environ.get(name) for name in READ_AT_START & given.keys())


def run_python(
    *words: str, timeout: float | None = None, **more: Any
) -> "subprocess.CompletedProcess[Any]":
    """Start `python -m` with these words, wait until it ends, and return all it said."""
    pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    with start_python(*words, **pipes | more) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
