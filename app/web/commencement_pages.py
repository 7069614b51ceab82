"""Headquarters enters the day on which a planned change of law begins, or takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.commencements import (
    ballots_affected,
    enter_commencement,
    every_commencement,
    withdraw_commencement,
)
from app.ballots.models import Ballot, Commencement
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.errors import DomainError
from app.core.spoken_times import long_day, long_time
from app.rules.books import PLANNED_CHANGES
from app.rules.london import london_day
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.service import Staff
from app.web.london_times import Unreadable, read_day
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/changes-of-law", include_in_schema=False)
SEE_OTHER = 303
HERE = "/hq/changes-of-law"
LONGEST_SOURCE = 500
FIELDS = ("planned_key", "day", "source")
TypedField = Annotated[str, Form()]


@dataclass(frozen=True)
class Change:
    """A planned change of law: the day that stands, if any, and the ballots that it reaches.

    Attributes:
        affected: the ballots to come that open on or after the day that stands.
    """

    key: str
    title: str
    entry: Commencement | None
    affected: list[Ballot]


@router.get("")
def show_changes(session: ReadSession, staff: HqStaff, now: NowDep) -> HTMLResponse:
    """Show each planned change, its day where it has one, and the form."""
    return _page(session, staff=staff, now=now, typed={}, error_of={})


@router.post("")
def enter(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    database: DatabaseDep,
    staff: SteppedUpHqStaff,
    now: NowDep,
    *,
    planned_key: TypedField = "",
    day: TypedField = "",
    source: TypedField = "",
) -> Response:
    """Enter a day, or show what is wrong beside what was typed."""
    typed = {"planned_key": planned_key, "day": day.strip(), "source": " ".join(source.split())}
    error_of: dict[str, str] = {}
    first_day = _read(typed, error_of)
    if first_day is not None and not error_of:
        try:
            with database.writing() as session:
                enter_commencement(
                    session,
                    planned_key=planned_key,
                    day=first_day,
                    source=typed["source"],
                    staff=staff,
                    now=now,
                )
            return RedirectResponse(HERE, status_code=SEE_OTHER)
        except DomainError as refusal:
            error_of["day"] = refusal.detail
    with database.reading() as session:
        return _page(session, staff=staff, now=now, typed=typed, error_of=error_of)


@router.post("/{planned_key}/withdraw")
def withdraw(
    session: WriteSession, staff: SteppedUpHqStaff, planned_key: str, now: NowDep
) -> Response:
    """Take a day back, while no ballot has opened on or after it."""
    withdraw_commencement(session, planned_key=planned_key, staff=staff, now=now)
    return RedirectResponse(HERE, status_code=SEE_OTHER)


def _read(typed: dict[str, str], error_of: dict[str, str]) -> date | None:
    if typed["planned_key"] not in PLANNED_CHANGES:
        error_of["planned_key"] = "Choose the change from the list."
    if not typed["source"]:
        error_of["source"] = "Say where the day was appointed, such as the regulations’ number."
    elif len(typed["source"]) > LONGEST_SOURCE or not typed["source"].isprintable():
        error_of["source"] = f"Write {LONGEST_SOURCE} plain characters at most."
    try:
        return read_day(typed["day"])
    except Unreadable as wrong:
        error_of["day"] = str(wrong)
    return None


def _page(
    session: Session,
    *,
    staff: Staff,
    now: datetime,
    typed: dict[str, str],
    error_of: dict[str, str],
) -> HTMLResponse:
    entries = every_commencement(session)
    changes = [_change(session, key, entries=entries, now=now) for key in PLANNED_CHANGES]
    return staff_page(
        "hq/changes_of_law.html",
        staff=staff,
        here=HERE,
        status_code=422 if error_of else 200,
        changes=changes,
        to_enter=[(change.key, change.title) for change in changes if change.entry is None],
        past=[_as_row(entry) for entry in entries],
        typed={name: typed.get(name, "") for name in FIELDS},
        errors=[(name, error_of[name]) for name in FIELDS if name in error_of],
        error_of=error_of,
    )


def _change(
    session: Session, key: str, *, entries: Sequence[Commencement], now: datetime
) -> Change:
    standing = (each for each in entries if each.planned_key == key and _stands(each))
    entry = next(standing, None)
    # Before there is a day, whatever has yet to open could be reached.
    day = entry.day if entry else london_day(now)
    affected = list(ballots_affected(session, day=day, now=now))
    return Change(key, title=PLANNED_CHANGES[key], entry=entry, affected=affected)


def _stands(entry: Commencement) -> bool:
    return entry.withdrawn_at is None


def _as_row(entry: Commencement) -> tuple[str, ...]:
    withdrawn = ""
    if entry.withdrawn_at is not None:
        withdrawn = f"Withdrawn by {entry.withdrawn_by} on {long_time(entry.withdrawn_at)}"
    return (
        PLANNED_CHANGES[entry.planned_key],
        long_day(entry.day),
        entry.source,
        f"{entry.entered_by}, {long_time(entry.entered_at)}",
        withdrawn or "Stands",
    )
