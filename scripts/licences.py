#!/usr/bin/env python3
"""List the licence of every package that Muster is made with, and refuse one that is not allowed.

    .venv/bin/python scripts/licences.py            # write docs/licences.md
    .venv/bin/python scripts/licences.py --check    # say what is not allowed or not in the list

Licences are read from the metadata of what is installed, and from the lock file of the pages.
Packages that only tests or builds use are not passed on to anybody: they may be under any licence,
and are listed all the same.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/licences.md"
# What can be used in a service that a union runs, changed or not, under a licence of its own.
# LGPL-3.0-only: psycopg, loaded as a package of its own that anybody can exchange.
# OFL-1.1: the typeface, whose licence asks that it keeps its name and is not sold by itself.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LGPL-3.0-only", "MIT", "MIT-0",
    "MPL-2.0", "OFL-1.1", "PSF-2.0", "Unlicense",
}  # fmt: skip
GPL = "GPL-3.0-or-later"
# How packages that do not name one by its SPDX identifier write it.
WRITTEN = {
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD-0-Clause": "0BSD",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "GPL-3.0": "GPL-3.0-only",
    "ISC License": "ISC",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)": GPL,
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "MIT License": "MIT",
    "PSFL": "PSF-2.0",
}
HEAD = """# Licences

Muster itself is under the licence in [LICENSE](../LICENSE). These are the packages that it is made
with, and theirs. `scripts/check` makes this list afresh, and fails if a licence of what is passed
on is not among those allowed (`scripts/licences.py`).
"""
RUNS_WITH = "What it runs with, everything optional included"
IN_PAGES = "What is in its pages, from npm"
TOOLS = "What only builds and tests it"


def licences() -> dict[str, dict[str, str]]:
    """Return under each heading the licence of each package."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project, dev = said["project"], said["dependency-groups"]["dev"]
    optional = (each for group in project["optional-dependencies"].values() for each in group)
    runs_with = _needed([*project["dependencies"], *optional])
    return {
        RUNS_WITH: _of_installed(runs_with),
        IN_PAGES: _of_npm(dev=False),
        TOOLS: _of_installed(_needed(dev) - runs_with) | _of_npm(dev=True),
    }


def _of_installed(names: Iterable[str]) -> dict[str, str]:
    return {name: licence_of(metadata.metadata(name)) for name in sorted(names)}


def _of_npm(*, dev: bool) -> dict[str, str]:
    """What only some systems need comes in many forms under one licence, and is left out."""
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    return {
        f"{path.removeprefix('node_modules/')} (npm)": WRITTEN.get(each["license"], each["license"])
        for path, each in sorted(packages.items())
        if path and each.get("dev", False) is dev and not each.get("optional", False)
    }


def licence_of(facts: metadata.PackageMetadata) -> str:
    """Return what a package says of its licence, as an SPDX expression where it can be told."""
    classifiers = [each for each in facts.get_all("Classifier") or [] if each.startswith("License")]
    named = [*(facts.get_all("License-Expression") or []), *(facts.get_all("License") or [])]
    said = (each.strip() for each in [*named, *classifiers])
    # Where the whole text of a licence stands in place of its name, the next line names it.
    first = next((each for each in said if each and "\n" not in each), "none stated")
    return WRITTEN.get(first, first)


def not_allowed(found: Mapping[str, str]) -> list[str]:
    """Return a sentence for each package whose licence is not among those allowed."""
    return [
        f"{name} is under {licence}, which is not among the licences allowed."
        for name, licence in found.items()
        if not _is_allowed(licence)
    ]


def _is_allowed(licence: str) -> bool:
    """Of several to choose from one must be allowed, of several that hold together each."""
    choices = re.split(r"\s+OR\s+", licence)
    return any(
        all(part.strip("() ") in ALLOWED for part in re.split(r"\s+AND\s+", choice))
        for choice in choices
    )


def _needed(wanted: Iterable[str]) -> set[str]:
    """Return every package that these need here, and those need, and so on."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(each) for each in wanted]
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), set(requirement.extras)
        if not _holds(requirement, {""}) or (name in found and extras <= found[name]):
            continue
        found[name] = found.get(name, set()) | extras
        for each in metadata.requires(name) or ():
            inner = Requirement(each)
            if _holds(inner, extras | {""}):
                inner.marker = None
                waiting.append(inner)
    return set(found)


def _holds(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def page_of(found: Mapping[str, Mapping[str, str]]) -> str:
    """Return the page that lists them."""
    return HEAD + "".join(
        f"\n## {heading}\n\n| package | licence |\n|---|---|\n"
        + "".join(f"| {name} | {licence} |\n" for name, licence in packages.items())
        for heading, packages in found.items()
    )


def main(arguments: list[str]) -> int:
    """Write the page or check it; return 1 where something is not as it must be."""
    found = licences()
    wrong = not_allowed(found[RUNS_WITH] | found[IN_PAGES])
    if "--check" in arguments:
        if PAGE.read_text("utf-8") != page_of(found):
            wrong.append("docs/licences.md is not up to date: run scripts/licences.py.")
    else:
        PAGE.write_text(page_of(found), "utf-8")
    print("\n".join(wrong), end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
