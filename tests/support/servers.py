"""A real server process for tests and benchmarks: on a free port of 127.0.0.1, ours to kill."""

import http.client
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.core.settings import Settings
from tests.support.ports import free_port
from tests.support.pythons import ROOT, start_python

READY_WITHIN = 30  # seconds; two processes on a busy machine need several
STOPPED_WITHIN = 15  # seconds


class ServerDidNotStart(Exception):
    """The process ended or stayed silent; the message carries its log."""


class RealServer:
    """One server, which may be killed and started again on the same address.

    Args:
        environment: what the process sees beside the search path: the settings.
        factory: `module:function` that makes the application.
        workers: how many processes serve.
        log: where its standard error goes.
    """

    ready_within: float = READY_WITHIN
    python = staticmethod(start_python)

    def __init__(
        self, environment: Mapping[str, str], *, factory: str, workers: int, log: Path
    ) -> None:
        self._environment = environment
        self._factory = factory
        self._workers = workers
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            ServerDidNotStart: with the log.
        """
        # A session of its own, so that the signal reaches the workers and nobody else.
        with self._log.open("ab") as log:
            self._process = self.python(
                *self._words(),
                env=dict(self._environment) | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready(self._process)

    def _words(self) -> list[str]:
        words = ["uvicorn", self._factory, "--factory", "--host", "127.0.0.1"]
        words += ["--port", str(self.port), "--workers", str(self._workers)]
        return [*words, "--no-access-log"]

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        give_up_at = time.monotonic() + self.ready_within
        while time.monotonic() < give_up_at:
            if process.poll() is not None:
                raise ServerDidNotStart(f"It ended with {process.returncode}.\n{self.log}")
            if self._answers():
                return
            time.sleep(0.05)
        self.kill()
        raise ServerDidNotStart(f"It was not ready within {self.ready_within} s.\n{self.log}")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """End every process of this server at once, as a power cut or the kernel would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait until it has; what is still there then is killed."""
        try:
            self._signal(signal.SIGTERM)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)
        self._process.wait(timeout=STOPPED_WITHIN)
        self._process = None

    @property
    def pid(self) -> int | None:
        """The first process, whose processor time a benchmark may ask for."""
        return None if self._process is None else self._process.pid

    @property
    def log(self) -> str:
        """What the server has said so far; of a long log the end."""
        return self._log.read_text("utf-8", errors="replace")[-20_000:]


class MusterServe(RealServer):
    """The same through `muster serve`, as production runs it."""

    def _words(self) -> list[str]:
        words = ["app", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        return [*words, "--workers", str(self._workers)]


@contextmanager
def running_server(
    settings: Settings,
    *,
    factory: str = "app.main:create_app",
    workers: int = 1,
    kind: type[RealServer] = RealServer,
    **environment: str,
) -> Iterator[RealServer]:
    """Run the application in processes of its own while the block lasts.

    Its log is shown if the block fails. The server tells the time by the system's clock, so
    ballots for it are set up around the real present.
    """
    with tempfile.TemporaryDirectory(prefix="muster-server-") as folder:
        known = {
            "MUSTER_DATABASE_URL": settings.database_url,
            "MUSTER_SECRET_KEY": settings.secret_key.get_secret_value(),
            "MUSTER_BASE_URL": settings.base_url,
            "MUSTER_FAILURES_ALLOWED": str(settings.failures_allowed),
            # Journeys sign in by password, but for those about the second factor.
            "MUSTER_SECOND_FACTOR": "optional",
            "MUSTER_TURNOUT_AGE": str(settings.turnout_age.total_seconds()),
        }
        server = kind(
            known | environment, factory=factory, workers=workers, log=Path(folder) / "log"
        )
        try:
            server.start()
            yield server
        except BaseException as failure:
            failure.add_note(f"The server's log ends:\n{server.log[-4000:]}")
            server.kill()
            raise
        server.stop()
