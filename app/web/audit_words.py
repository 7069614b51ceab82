"""The audit log in words: what was done, and what each thing was before and after."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from app.audit.events import Event
from app.audit.models import AuditEvent
from app.core.csv_lines import csv_line
from app.core.spoken_times import long_time
from app.web.filters import thousands

COLUMNS = (
    "number",
    "at",
    "who",
    "from_where",
    "action",
    "about",
    "changes",
    "details",
    "previous_hash",
    "hash",
)
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
DIGEST = re.compile(r"[0-9a-f]{32,}")
# Longer digests are cut: the download has them whole.
DIGEST_SHOWN = 12


class Change(NamedTuple):
    """One thing that changed: what it is called, and what it was before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One event as the page shows it."""

    number: int
    when: str
    who: str
    origin: str
    title: str
    meaning: str
    about: str
    changes: list[Change]
    details: list[tuple[str, str]]
    hash: str


def line_of(event: AuditEvent) -> Line:
    """Return an event in words."""
    details = dict(event.details)
    changed = details.pop("changes", {})
    changes = (
        Change(_named(name), before=in_words(before), after=in_words(after))
        for name, (before, after) in changed.items()
    )
    return Line(
        number=event.number,
        when=long_time(event.at),
        who=event.actor,
        origin=event.origin,
        title=title_of(event.action),
        meaning=meanings().get(event.action, ""),
        about=event.subject,
        # The first start writes down every setting, also those that were nothing and still are.
        changes=[change for change in changes if change.before != change.after],
        # What changed is said once.
        details=[
            (_named(name), in_words(value))
            for name, value in details.items()
            if name not in changed
        ],
        hash=event.hash[:DIGEST_SHOWN],
    )


def title_of(action: str) -> str:
    """Return an event's name as words: `RollFrozen` is "Roll frozen"."""
    first, *others = CAPITAL.split(action)
    return " ".join([first, *(word.lower() for word in others)])


@lru_cache(maxsize=1)
def meanings() -> dict[str, str]:
    """Return what each kind of event means, in its own first sentence."""
    return {kind.__name__: (kind.__doc__ or "").split("\n", 1)[0] for kind in _kinds(Event)}


def _kinds(kind: type[Event]) -> Iterator[type[Event]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def in_words(value: object) -> str:
    """Return a value of an event as people read it: no JSON, no long digests, times in London."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return thousands(value)
    if isinstance(value, list):
        return ", ".join(in_words(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{_named(name)}: {in_words(each)}" for name, each in value.items())
    return _text_in_words(str(value))


def _text_in_words(text: str) -> str:
    if DIGEST.fullmatch(text):
        return f"{text[:DIGEST_SHOWN]}…"
    try:
        at = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        at = None
    return long_time(at) if at and at.tzinfo else text


def _named(name: str) -> str:
    return name.replace("_", " ")


def csv_of(event: AuditEvent) -> str:
    """Return an event as a line of CSV, whole."""
    details = dict(event.details)
    changed = details.pop("changes", {})
    return csv_line(
        (
            str(event.number),
            event.at.isoformat(),
            event.actor,
            event.origin,
            event.action,
            event.subject,
            json.dumps(changed, ensure_ascii=False) if changed else "",
            json.dumps(details, ensure_ascii=False) if details else "",
            event.previous_hash,
            event.hash,
        )
    )
