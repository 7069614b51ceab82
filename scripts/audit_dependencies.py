#!/usr/bin/env python3
"""Ask whether a locked package has a known vulnerability: pip-audit for Python, npm for the pages.

    .venv/bin/python scripts/audit_dependencies.py

Fails on every known one that is not in EXCEPTIONS, on an exception whose day is over and on one
that nothing needs any more. Where a service does not answer, it says SKIPPED and why, and passes:
a check that needs the network must not stop those who have none. It never says nothing.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120  # seconds for one service


@dataclass(frozen=True)
class Exempt:
    """A known vulnerability that is accepted for a while.

    Attributes:
        why: what makes it harmless here, in a sentence.
        until: the last day on which this holds; then somebody looks again.
    """

    why: str
    until: date


# By the identifier that the service gives it (PYSEC-…, GHSA-…, CVE-…).
EXCEPTIONS: Mapping[str, Exempt] = {}


@dataclass(frozen=True)
class Findings:
    """What a service said.

    Attributes:
        known: for each vulnerability its identifiers and the package.
        skipped: why nothing was audited, if nothing was.
    """

    known: Sequence[tuple[tuple[str, ...], str]] = ()
    skipped: str | None = None


def of_pip_audit(report: str) -> Findings:
    """Read pip-audit's report. A service that knows none of the packages was not reached."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Findings(skipped="pip-audit could not ask its service.")
    audited = [each for each in packages if "skip_reason" not in each]
    if not audited:
        return Findings(skipped="the service knew none of the packages, so it was not reached.")
    unknown = [(("unknown-package",), each["name"]) for each in packages if each not in audited]
    known = [
        ((fault["id"], *fault.get("aliases", ())), f"{each['name']} {each['version']}")
        for each in audited
        for fault in each.get("vulns", ())
    ]
    return Findings(known=[*known, *unknown])


def of_npm(report: str) -> Findings:
    """Read npm's report."""
    try:
        said: dict[str, Any] = json.loads(report)
        packages = said["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Findings(skipped="the npm registry did not answer the audit.")
    return Findings(
        known=[
            (tuple(_advisories(each)) or (name,), f"{name} {each.get('range', '')}".strip())
            for name, each in packages.items()
        ]
    )


def _advisories(package: Mapping[str, Any]) -> list[str]:
    """Return the identifiers of a package's own advisories; those of others stand with them."""
    own = (each for each in package.get("via", ()) if isinstance(each, dict))
    return [str(each["url"]).rpartition("/")[2] for each in own if "url" in each]


def faults_in(
    findings: Sequence[Findings], *, exceptions: Mapping[str, Exempt], today: date
) -> list[str]:
    """Return a sentence for each thing that must not stay as it is."""
    wrong, used = [], set()
    for ids, package in (each for found in findings for each in found.known):
        exempt = [name for name in ids if name in exceptions]
        used |= set(exempt)
        if not any(today <= exceptions[name].until for name in exempt):
            wrong.append(f"{package} has a known vulnerability: {', '.join(ids)}.")
    if all(found.skipped is None for found in findings):
        wrong += [
            f"{name} is excepted and nothing has it any more: take it out of the list."
            for name in exceptions
            if name not in used
        ]
    return wrong


def _pip_audit() -> Findings:
    uv = ROOT / ".tools/bin/uv"
    export = [str(uv), "export", "--frozen", "--no-emit-project", "--all-groups", "--all-extras"]
    with tempfile.TemporaryDirectory() as folder:
        locked, report = Path(folder) / "locked.txt", Path(folder) / "report.json"
        subprocess.run([*export, "--quiet", "-o", str(locked)], cwd=ROOT, check=True)  # noqa: S603 - our own tools
        audit = [sys.executable, "-m", "pip_audit", "-r", str(locked), "--no-deps", "--disable-pip"]
        _run([*audit, "--progress-spinner", "off", "-f", "json", "-o", str(report)])
        return of_pip_audit(report.read_text("utf-8") if report.exists() else "")


def _npm() -> Findings:
    sys.path.insert(0, str(ROOT / "scripts"))
    from build_assets import npm_command

    return of_npm(_run([*npm_command(), "audit", "--json", "--package-lock-only"]))


def _run(command: list[str]) -> str:
    """Run a tool and return what it printed, or nothing if it took too long."""
    try:
        done = subprocess.run(  # noqa: S603 - our own tools
            command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def main() -> int:
    """Ask both services; return 1 on anything that must not stay."""
    found = {"Python packages": _pip_audit(), "npm packages": _npm()}
    wrong = faults_in(list(found.values()), exceptions=EXCEPTIONS, today=datetime.now(UTC).date())
    for name, findings in found.items():
        if findings.skipped is not None:
            print(f"SKIPPED: {name} were not audited: {findings.skipped}")
    print("\n".join(wrong), end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
