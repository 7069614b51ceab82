"""Which of a file's columns is which: what a person said, what was remembered, what we suggest.

A mapping is our column to the file's header; an empty header leaves our column out. What HQ once
confirmed is remembered for every file with the same header.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process
from sqlmodel import Session

from app.roll.columns import COLUMN_NAMES, REQUIRED
from app.roll.header import REASON_COLUMN, signature
from app.roll.mapping_models import RollMapping
from app.roll.refusals import WrongMapping
from app.roll.spellings import OUR_NAMES, SPELLINGS, column_called, folded_name, words_of

# Of 100; below this two names resemble each other by chance ("branch" and "search" are at 67).
LIKE_ENOUGH = 84
MOST_LETTERS = 100_000


@dataclass(frozen=True)
class Suggestion:
    """Which column of the file each of ours probably is.

    Attributes:
        columns: every column of ours to a header of the file, empty where none fits.
        certain: whether nothing is left to ask: every required column stands there by our own
            name, and no other column of the file looks like one of ours.
    """

    columns: Mapping[str, str]
    certain: bool


def parse_mapping(text: str) -> dict[str, str]:
    """Read the `mapping` of a request: a JSON object, our column to the file's header or null.

    Raises:
        WrongMapping: it is no such object.
    """
    try:
        said = json.loads(text) if len(text) <= MOST_LETTERS else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(
        theirs is None or isinstance(theirs, str) for theirs in said.values()
    ):
        raise WrongMapping(
            "The mapping is not a JSON object of our columns to the file's headers. "
            'Write it like {"membership_number": "Member No", "family_name": "Surname"}.'
        )
    return {ours: theirs or "" for ours, theirs in said.items()}


def suggest(names: Sequence[str]) -> Suggestion:
    """Match a header with our columns: by our name, by a known other name, by likeness.

    Names that occur twice in the file are never suggested: nobody could say which of them it is.
    """
    folded = [folded_name(name) for name in names]
    free = {
        name: words_of(name)
        for name, key in zip(names, folded, strict=True)
        if words_of(name) and folded.count(key) == 1 and key != folded_name(REASON_COLUMN)
    }
    columns = dict.fromkeys(COLUMN_NAMES, "")
    for name in list(free):
        ours = OUR_NAMES.get(folded_name(name))
        if ours is not None:
            columns[ours] = name
            del free[name]
    own = dict(columns)
    for name in list(free):
        ours = column_called(name)
        if ours is not None and not columns[ours]:
            columns[ours] = name
            del free[name]
    _match_by_likeness(columns, free=free)
    certain = columns == own and all(columns[name] for name in REQUIRED)
    return Suggestion(columns, certain)


def _match_by_likeness(columns: dict[str, str], *, free: dict[str, str]) -> None:
    """Give the columns that are still open the names that are most like theirs, best first."""
    found = []
    for ours in (name for name, theirs in columns.items() if not theirs):
        spellings = [words_of(ours), *SPELLINGS[ours]]
        for name, words in free.items():
            best = process.extractOne(
                words, spellings, scorer=fuzz.token_sort_ratio, score_cutoff=LIKE_ENOUGH
            )
            if best is not None:
                found.append((best[1], ours, name))
    for _, ours, name in sorted(found, reverse=True):
        if not columns[ours] and name in free:
            columns[ours] = name
            del free[name]


def remembered(session: Session, names: Sequence[str]) -> dict[str, str] | None:
    """Return the mapping that HQ last confirmed for this header, or None."""
    kept = session.get(RollMapping, signature(names))
    if kept is None:
        return None
    columns: dict[str, str] = json.loads(kept.columns)
    return columns


def remember(
    session: Session, names: Sequence[str], mapping: Mapping[str, str], *, by: str, now: datetime
) -> None:
    """Keep a confirmed mapping for the next file with this header.

    Args:
        session: writes.
        names: the header.
        mapping: what was confirmed; it fits the header.
        by: the name of the officer who did.
        now: when.
    """
    session.merge(
        RollMapping(
            signature=signature(names),
            columns=json.dumps(dict(mapping)),
            remembered_by=by,
            remembered_at=now,
        )
    )
