"""What a benchmark found: figures by round, their medians, and each limit kept or missed."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

BUSY = 3.0  # load average at which other programs decide the figures


@dataclass(frozen=True)
class Figure:
    """One thing that was measured, once a round."""

    words: str
    rounds: Sequence[float]
    places: int = 1

    @property
    def median(self) -> float:
        """What is reported."""
        return median(self.rounds)


@dataclass(frozen=True)
class Limit:
    """A number and the bound it is held to: `least`, `most`, or both."""

    words: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def passed(self) -> bool:
        """Whether the bound is kept; the bound itself is within."""
        above = self.least is None or self.value >= self.least
        return above and (self.most is None or self.value <= self.most)

    @property
    def bound(self) -> str:
        """The bound as a reader says it."""
        least = None if self.least is None else f"at least {self.least:g}"
        most = None if self.most is None else f"at most {self.most:g}"
        return " and ".join(each for each in (least, most) if each)


@dataclass(frozen=True)
class Findings:
    """Everything one benchmark found, and what it says about how."""

    title: str
    how: Sequence[str]
    machine: Mapping[str, Any]
    figures: Sequence[Figure]
    limits: Sequence[Limit]

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return all(limit.passed for limit in self.limits)


def as_json(findings: Findings) -> dict[str, Any]:
    """Return the figures for programs."""
    return {
        "title": findings.title,
        "how": list(findings.how),
        "machine": dict(findings.machine),
        "figures": {
            each.words: {
                "median": round(each.median, 4),
                "rounds": [round(value, 4) for value in each.rounds],
            }
            for each in findings.figures
        },
        "limits": [limit_as_json(limit) for limit in findings.limits],
        "passed": findings.passed,
    }


def limit_as_json(limit: Limit) -> dict[str, Any]:
    """Return a limit and what was found, for programs."""
    return {
        "words": limit.words,
        "value": round(limit.value, 4),
        "least": limit.least,
        "most": limit.most,
        "passed": limit.passed,
    }


def print_findings(findings: Findings) -> None:
    """Print the figures for a person."""
    facts = findings.machine
    print(f"\n{findings.title}")
    print(*findings.how, sep="\n")
    print(
        f"{facts['cores']} cores ({facts['processor']}), {facts['memory']} memory, "
        f"Python {facts['python']}\n"
        f"PostgreSQL {facts['postgresql']}; SQLite {facts['sqlite']}\n"
        f"load average before {facts['load_before']}, after {facts['load_after']}\n"
    )
    if facts["load_before"] > BUSY:
        print("Other programs were busy when this began: repeat it on a quiet machine.\n")
    print(f"{'':52}{'median':>10}  by round")
    for each in findings.figures:
        rounds = "  ".join(f"{value:,.{each.places}f}" for value in each.rounds)
        print(f"{each.words:52}{each.median:10,.{each.places}f}  {rounds}")
    print()
    print_limits(findings.limits)


def print_limits(limits: Sequence[Limit]) -> None:
    """Print a verdict a line."""
    for limit in limits:
        verdict = "PASS" if limit.passed else "FAIL"
        print(f"{verdict}  {limit.value:8.3f}  ({limit.bound})  {limit.words}")


def load_average() -> float:
    """Return how many programs wanted a core over the last minute."""
    return round(os.getloadavg()[0], 2)
