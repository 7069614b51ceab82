"""What checking files found: one sentence each, and whether it holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a finding stands."""

    HOLDS = "holds"
    # True, and something its reader should know; it breaks nothing.
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    Attributes:
        standing: whether it holds.
        about: what was checked, in a word or two: "signature", "papers".
        words: one sentence that somebody without computers can read.
    """

    standing: Standing
    about: str
    words: str


def holds(about: str, words: str) -> Finding:
    """Return a finding that all is well with something."""
    return Finding(Standing.HOLDS, about=about, words=words)


def note(about: str, words: str) -> Finding:
    """Return a finding that its reader should know and that breaks nothing."""
    return Finding(Standing.NOTE, about=about, words=words)


def broken(about: str, words: str) -> Finding:
    """Return a finding that something is not as it should be."""
    return Finding(Standing.BROKEN, about=about, words=words)


def all_hold(findings: Iterable[Finding]) -> bool:
    """Say whether nothing was found broken, and whether anything was checked at all."""
    standings = [finding.standing for finding in findings]
    return Standing.HOLDS in standings and Standing.BROKEN not in standings
