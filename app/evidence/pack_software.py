"""Which software made a pack: its version, a digest of what is installed, and what it uses."""

import hashlib
import platform
import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from app.core.release import NAME, software_version

CODE = Path(__file__).parents[1]
# What says what Muster does: programs, templates, laws and words. Not what a build leaves.
SUFFIXES = frozenset({".py", ".html", ".typ", ".po", ".json"})
LEFT_BY_A_BUILD = frozenset({"static", "__pycache__"})
REQUIRED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@lru_cache(maxsize=1)
def software_facts() -> dict[str, Any]:
    """Return the version, the digest of the code, and the version of everything it needs."""
    return {
        "name": "Muster",
        "version": software_version(),
        "code_sha256": code_digest(CODE),
        "python": platform.python_version(),
        "uses": dict(sorted(_versions().items())),
    }


def code_digest(folder: Path) -> str:
    """Return the SHA-256 (hex) over the digest and name of each source file, in order of names.

    It is that of `sha256sum` over the same files, sorted by name: see docs/evidence.md.
    """
    files = sorted(
        (path.relative_to(folder).as_posix(), path)
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES and not LEFT_BY_A_BUILD & set(path.relative_to(folder).parts)
    )
    whole = hashlib.sha256()
    for name, path in files:
        whole.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = [NAME]
    while wanted:
        name = wanted.pop()
        try:
            installed = distribution(name)
        except PackageNotFoundError:  # needed on another system only
            continue
        if name != NAME:
            found[name] = installed.version
        for line in installed.requires or []:
            needed = REQUIRED.match(line)
            # What only an extra needs may be installed or not: it is no part of what was tested.
            if needed and "extra ==" not in line:
                each = re.sub(r"[-_.]+", "-", needed[0]).lower()
                if each not in found and each not in wanted:
                    wanted.append(each)
    return found
