"""Debian's nginx with the configuration that production uses, on free ports of 127.0.0.1."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.pythons import ROOT

DEPLOY = ROOT / "deploy"
TEMPLATE = DEPLOY / "nginx.conf.template"
READY_WITHIN = 10  # seconds
PLACEHOLDER = re.compile(r"\$\{(MUSTER_\w+)\}")
# Where Debian's build would write, as somebody who is not root cannot.
SCRATCH = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """Do what envsubst does with the names that begin with MUSTER_; a missing one is an error."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], template)


def _nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        missing = "No nginx on the path: install Debian's package nginx-light."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class Nginx:
    """One nginx in a folder of its own, in front of two applications."""

    def __init__(self, folder: Path, *, apps: tuple[str, str], https_port: int) -> None:
        self._folder = folder
        self._certificate = _own_certificate(folder)
        self.http_port, self.https_port = free_port(), https_port
        self.base_url = f"https://localhost:{self.https_port}"
        self.access_log = folder / "access.log"
        values = {
            "MUSTER_SERVER_NAME": "localhost",
            "MUSTER_LISTEN_HTTP": f"127.0.0.1:{self.http_port}",
            "MUSTER_LISTEN_HTTPS": f"127.0.0.1:{self.https_port}",
            "MUSTER_TLS_CERTIFICATE": str(self._certificate),
            "MUSTER_TLS_KEY": str(folder / "key.pem"),
            "MUSTER_APP_1": apps[0],
            "MUSTER_APP_2": apps[1],
            "MUSTER_ACCESS_LOG": str(self.access_log),
            "MUSTER_ERROR_LOG": str(folder / "error.log"),
        }
        sites = folder / "conf.d"
        sites.mkdir()
        shutil.copy(DEPLOY / "nginx.conf", folder)
        (sites / "muster.conf").write_text(fill_in(TEMPLATE.read_text("utf-8"), values), "utf-8")
        scratch = "".join(f"{name}_temp_path {folder}/{name};\n" for name in SCRATCH)
        (sites / "scratch.conf").write_text(scratch, "utf-8")

    def command(self) -> list[str]:
        place = ["-p", str(self._folder), "-c", str(self._folder / "nginx.conf")]
        return [_nginx(), *place, "-g", f"daemon off; pid {self._folder}/pid;"]

    @property
    def tls(self) -> ssl.SSLContext:
        """Trusts this nginx's certificate and no other."""
        return ssl.create_default_context(cafile=self._certificate)

    def logs(self) -> str:
        """Everything that nginx has written anywhere."""
        return "".join(path.read_text("utf-8") for path in self._folder.glob("*.log"))


def _own_certificate(folder: Path) -> Path:
    """Make a certificate as docs/operations.md does for a trial."""
    certificate = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
    return certificate


@contextmanager
def running_nginx(*, apps: tuple[str, str], https_port: int | None = None) -> Iterator[Nginx]:
    """Run nginx while the block lasts.

    Args:
        apps: host and port of the two processes behind it.
        https_port: where it listens, if that had to be known before.
    """
    with tempfile.TemporaryDirectory(prefix="muster-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        nginx = Nginx(folder, apps=apps, https_port=https_port or free_port())
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(  # noqa: S603 - our own command
                nginx.command(), stdout=said, stderr=said
            )
        try:
            _wait_until_it_listens(nginx, process, said=folder / "said")
            yield nginx
        finally:
            process.terminate()
            process.wait(timeout=READY_WITHIN)


def _wait_until_it_listens(nginx: Nginx, process: "subprocess.Popen[bytes]", *, said: Path) -> None:
    give_up_at = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up_at and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", nginx.https_port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"nginx did not start: {said.read_text('utf-8')}")
