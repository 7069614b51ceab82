"""Headquarters looks at the roll, has a membership file checked, and imports it.

The work goes on in the background: each import has a page of its own that may be left and found
again, and that says how far it is without script.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime

from fastapi import APIRouter, UploadFile
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from app.audit.events import RollImported
from app.audit.repository import latest
from app.core.clock import ClockDep, NowDep
from app.core.csv_lines import csv_line
from app.core.database import Database, DatabaseDep
from app.core.errors import Invalid
from app.roll import jobs, mapping, reports, uploads
from app.roll.choices import Choices, Missing
from app.roll.files import open_roll_file
from app.roll.header import REASON_COLUMN, read_names
from app.roll.import_models import ImportState
from app.roll.overview import branch_sizes
from app.roll.refusals import WrongMerge
from app.rules.london import london_day
from app.security.access import HqStaff
from app.security.service import Staff
from app.web.roll_words import (
    COLUMN_WORDS,
    HEADINGS,
    MERGE,
    MISSING_WORDS,
    MOMENT,
    STATES,
    ImportNumber,
    pair_question,
    problem_rows,
)
from app.web.sent_form import SentForm
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/roll", include_in_schema=False)
SEE_OTHER = 303
HERE = "/hq/roll"
# More than these of each kind are counted and not listed: nobody reads further.
MOST_LISTED = 100
LARGE_WORKBOOK = 3 * 1024**2


class NoFile(Invalid):
    """The form came without a file."""

    code = "no_file"
    message = "Choose the membership file first."


class NoSuchDay(Invalid):
    """The day on which members are said to have left is none."""

    code = "no_such_day"
    message = "Give the day on which they left, or leave it empty for today."


@router.get("")
def show_roll(database: DatabaseDep, staff: HqStaff, now: NowDep) -> HTMLResponse:
    """Show how many are in each branch, and the imports that are under way."""
    return _roll_page(database, staff=staff, now=now)


@router.post("/imports")
def take_file(
    database: DatabaseDep,
    staff: HqStaff,
    now: NowDep,
    clock: ClockDep,
    file: UploadFile | None = None,
) -> Response:
    """Keep a file and have it checked; ask first where it is not clear which column is which."""
    try:
        if file is None:
            raise NoFile
        is_clear = _is_clear(database, file)
    except Invalid as refusal:
        return _roll_page(database, staff=staff, now=now, problem=refusal.detail)
    import_id = uploads.receive(
        database, file.file, file_name=file.filename or "", actor=staff.actor, now=now
    )
    if not is_clear:
        return _to(import_id, "/columns")
    jobs.start_check(database, import_id, choices=Choices(), clock=clock).join(MOMENT)
    return _to(import_id)


def _is_clear(database: Database, file: UploadFile) -> bool:
    """Whether nobody need be asked which column is which; refuse what is no roll file."""
    file_name = file.filename or ""
    if file_name.lower().endswith(".xlsx") and (file.size or 0) > LARGE_WORKBOOK:
        # It takes long to open, which the check does in the background.
        return True
    with open_roll_file(file.file, file_name=file_name) as roll_file:
        names = read_names(roll_file.rows)
    with database.reading() as session:
        known = mapping.remembered(session, names) is not None
    return known or mapping.suggest(names).certain


@router.get("/imports/{import_id}")
def show_import(
    database: DatabaseDep,
    staff: HqStaff,
    import_id: ImportNumber,
    now: NowDep,
    *,
    roll_changed: bool = False,
) -> Response:
    """Show how far an import is, what it would do, or what it did."""
    return _import_page(database, import_id, staff=staff, now=now, roll_changed=roll_changed)


@router.post("/imports/{import_id}/apply")
def apply_import(  # noqa: PLR0913 - a route names what it needs
    database: DatabaseDep,
    staff: HqStaff,
    import_id: ImportNumber,
    *,
    sent: SentForm,
    now: NowDep,
    clock: ClockDep,
) -> Response:
    """Import what was checked, in the background, as HQ chose.

    If another import changed the roll after the check, the report is no longer true: nothing is
    imported, and the file is checked again.
    """
    try:
        chosen = _chosen(sent)
    except NoSuchDay as refusal:
        return _import_page(database, import_id, staff=staff, now=now, problem=refusal.detail)
    with database.reading() as session:
        report = reports.report(session, import_id, now=now)
        last = latest(session, RollImported)
    choices = report.choices.model_copy(update=chosen)
    if last is not None and report.state is ImportState.READ and last.at > report.worked_on_at:
        jobs.start_check(database, import_id, choices=choices, clock=clock).join(MOMENT)
        return _to(import_id, "?roll_changed=true")
    work = jobs.start_apply(database, import_id, choices=choices, actor=staff.actor, clock=clock)
    work.join(MOMENT)
    return _to(import_id)


@router.post("/imports/{import_id}/check")
def check_again(
    database: DatabaseDep, staff: HqStaff, import_id: ImportNumber, now: NowDep, clock: ClockDep
) -> Response:
    """Check a file once more: the roll has changed, or the first check was interrupted."""
    del staff
    with database.reading() as session:
        choices = reports.report(session, import_id, now=now).choices
    jobs.start_check(database, import_id, choices=choices, clock=clock).join(MOMENT)
    return _to(import_id)


@router.post("/imports/{import_id}/discard")
def discard_import(database: DatabaseDep, staff: HqStaff, import_id: ImportNumber) -> Response:
    """Forget a file and what was found in it."""
    del staff
    uploads.discard(database, import_id)
    return RedirectResponse(HERE, status_code=SEE_OTHER)


@router.get("/imports/{import_id}/refused-rows.csv")
def refused_rows(
    database: DatabaseDep, staff: HqStaff, import_id: ImportNumber, now: NowDep
) -> Response:
    """Download the rows that were refused, each with its reasons, to be mended and sent again."""
    del staff
    with database.reading() as session:
        reports.report(session, import_id, now=now)
    return StreamingResponse(
        _refused_lines(database, import_id),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="refused-rows.csv"',
            "Cache-Control": "no-store",
        },
    )


def _refused_lines(database: Database, import_id: int) -> Iterator[str]:
    """Yield the file: the reason stands first, so that a row with too few cells keeps them so."""
    names = reports.names_of(database, import_id)
    kept = [place for place, name in enumerate(names) if name != REASON_COLUMN]
    # With this mark Excel takes the file for what it is.
    yield "\ufeff" + csv_line([REASON_COLUMN, *(names[place] for place in kept)])
    for row in reports.refused_rows(database, import_id):
        cells = row.cells or []
        old = [cell for place, cell in enumerate(cells) if place >= len(names) or place in kept]
        yield csv_line([f"Row {row.number}: {' '.join(row.reasons)}", *old])


def _to(import_id: int, page: str = "") -> RedirectResponse:
    return RedirectResponse(f"{HERE}/imports/{import_id}{page}", status_code=SEE_OTHER)


def _chosen(sent: FormData) -> dict[str, object]:
    """Read what HQ chose on the page: who is merged, and what becomes of who is not in the file."""
    day = str(sent.get("left_on", "")).strip()
    try:
        left_on = date.fromisoformat(day) if day else None
    except ValueError as wrong:
        raise NoSuchDay from wrong
    merges = [
        _pair(str(value)) for name, value in sent.multi_items() if name.startswith(MERGE) and value
    ]
    missing = Missing.LEFT if sent.get("missing") == Missing.LEFT else Missing.KEEP
    return {"missing": missing, "left_on": left_on, "merges": tuple(merges)}


def _pair(sent: str) -> tuple[str, str]:
    try:
        first, second = json.loads(sent)
    except (ValueError, TypeError) as wrong:
        raise WrongMerge from wrong
    return str(first), str(second)


def _roll_page(
    database: Database, *, staff: Staff, now: datetime, problem: str | None = None
) -> HTMLResponse:
    with database.reading() as session:
        sizes = branch_sizes(session, today=london_day(now))
        last_import = latest(session, RollImported)
        imports = reports.latest_imports(session, now=now)
    return staff_page(
        "hq/roll.html",
        staff=staff,
        here=HERE,
        status_code=422 if problem else 200,
        errors=[("file", problem)] if problem else [],
        sizes=sizes,
        members=sum(size.members for size in sizes),
        last_import=last_import,
        imports=imports,
        states=STATES,
    )


def _import_page(  # noqa: PLR0913 - a page is this many facts
    database: Database,
    import_id: int,
    *,
    staff: Staff,
    now: datetime,
    problem: str | None = None,
    roll_changed: bool = False,
) -> Response:
    with database.reading() as session:
        report = reports.report(session, import_id, now=now)
    if report.state is ImportState.UPLOADED:
        return _to(import_id, "/columns")
    problems = report.outcome.problems if report.outcome else []
    same_people = report.findings.same_people if report.findings else []
    return staff_page(
        "hq/import.html",
        staff=staff,
        here=HERE,
        status_code=422 if problem else 200,
        errors=[("left_on", problem)] if problem else [],
        report=report,
        roll_changed=roll_changed,
        heading=HEADINGS[report.state],
        problems=problem_rows(problems[:MOST_LISTED]),
        column_words=COLUMN_WORDS,
        missing_words=MISSING_WORDS,
        most=MOST_LISTED,
        pairs=[pair_question(pair, place=place) for place, pair in enumerate(same_people, 1)],
    )
