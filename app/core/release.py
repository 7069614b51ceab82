"""Which Muster this is: pyproject.toml decides, and what is installed knows it."""

from functools import cache
from importlib.metadata import version

NAME = "muster"


@cache
def software_version() -> str:
    """Return the version that is installed, such as "1.0.0"."""
    return version(NAME)
