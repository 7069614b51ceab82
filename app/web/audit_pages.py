"""Headquarters and scrutineers read the audit log: filtered, in words, and as files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.responses import HTMLResponse, StreamingResponse

from app.audit.repository import Wanted, every_event, newest_events
from app.audit.service import as_exported
from app.ballots.repository import all_ballots
from app.core.csv_lines import csv_line
from app.core.database import Database, DatabaseDep, ReadSession
from app.security.access import HqOrScrutineerStaff
from app.web.audit_words import COLUMNS, csv_of, line_of, meanings, title_of
from app.web.staff_frame import staff_page
from app.web.typed import typed_day

router = APIRouter(prefix="/staff/audit", include_in_schema=False)
ON_A_PAGE = 20


@dataclass(frozen=True)
class Asked:
    """What stands in the filter, as it was typed, and which events that means."""

    ballot: str
    action: str
    who: str
    day: str
    wanted: Wanted
    errors: list[tuple[str, str]]

    @property
    def query(self) -> str:
        """Return the filter as it stands in an address."""
        typed = {"ballot": self.ballot, "action": self.action, "who": self.who, "day": self.day}
        return urlencode({name: value for name, value in typed.items() if value})


def _asked(
    *,
    ballot: Annotated[str, Query(max_length=100)] = "",
    action: Annotated[str, Query(max_length=100)] = "",
    who: Annotated[str, Query(max_length=100)] = "",
    day: Annotated[str, Query(max_length=20)] = "",
) -> Asked:
    named = who.strip()
    # PostgreSQL refuses to look for some characters, and no name has them.
    wanted = [text if text.isprintable() else "?" for text in (ballot, action, named)]
    typed = typed_day(day.strip()) if day.strip() else None
    return Asked(
        ballot,
        action,
        named,
        day.strip(),
        wanted=Wanted(wanted[0], action=wanted[1], actor=wanted[2], day=typed),
        errors=[("day", "Enter the day as 26/04/2026")] if day.strip() and not typed else [],
    )


AskedDep = Annotated[Asked, Depends(_asked)]
Before = Annotated[int | None, Query(ge=1, lt=2**31)]


@router.get("")
def show_log(
    session: ReadSession, staff: HqOrScrutineerStaff, asked: AskedDep, *, before: Before = None
) -> HTMLResponse:
    """Show the newest events that the filter lets through, or those before one of them."""
    found = (
        []
        if asked.errors
        else newest_events(session, asked.wanted, limit=ON_A_PAGE + 1, before=before)
    )
    shown = [line_of(event) for event in found[:ON_A_PAGE]]
    older = urlencode({"before": shown[-1].number}) if len(found) > ON_A_PAGE else ""
    return staff_page(
        "staff/audit.html",
        staff=staff,
        status_code=422 if asked.errors else 200,
        asked=asked,
        errors=asked.errors,
        error_of=dict(asked.errors),
        lines=shown,
        older="&".join(part for part in (asked.query, older) if part) if older else "",
        newest=before is None,
        ballots=[("", "All"), *((each.slug, each.title) for each in all_ballots(session))],
        actions=[("", "All"), *((name, title_of(name)) for name in sorted(meanings()))],
    )


@router.get("/events.csv")
def send_csv(
    database: DatabaseDep,
    staff: HqOrScrutineerStaff,  # noqa: ARG001 - asking for it is the check
    asked: AskedDep,
) -> StreamingResponse:
    """Send the events as a table for a spreadsheet, with all that the page cuts short."""
    return _file(_csv(database, asked.wanted), name="audit-log.csv", kind="text/csv; charset=utf-8")


@router.get("/events.jsonl")
def send_lines(
    database: DatabaseDep,
    staff: HqOrScrutineerStaff,  # noqa: ARG001 - asking for it is the check
    asked: AskedDep,
) -> StreamingResponse:
    """Send the events as lines of JSON; without a filter they are enough to walk the chain."""
    return _file(
        _lines(database, asked.wanted), name="audit-log.jsonl", kind="application/x-ndjson"
    )


# The answer is sent while the log is read, so each brings its own session.
def _csv(database: Database, wanted: Wanted) -> Iterator[str]:
    yield csv_line(COLUMNS)
    with database.reading() as session:
        for event in every_event(session, wanted):
            yield csv_of(event)


def _lines(database: Database, wanted: Wanted) -> Iterator[str]:
    with database.reading() as session:
        for event in every_event(session, wanted):
            yield json.dumps(as_exported(event), ensure_ascii=False) + "\n"


def _file(lines: Iterator[str], *, name: str, kind: str) -> StreamingResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(lines, media_type=kind, headers=headers)
