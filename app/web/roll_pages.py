"""Headquarters looks at the roll, checks a membership file, and imports it."""

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.audit.events import RollImported
from app.audit.repository import latest
from app.core.clock import NowDep
from app.core.database import Database, DatabaseDep
from app.core.errors import Invalid
from app.roll.overview import branch_sizes
from app.roll.schemas import ImportOut
from app.roll.service import import_roll
from app.rules.london import london_day
from app.security.access import HqStaff
from app.security.service import Staff
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/roll", include_in_schema=False)
SEE_OTHER = 303
HERE = "/hq/roll"
# More reasons than these are counted and not listed: nobody mends thousands by hand.
MOST_PROBLEMS = 200
OTHER_FILE = (
    "This is not the file that you checked, so nothing was imported. Below is what this one would "
    "do. Choose it again to import it."
)


class NoFile(Invalid):
    """The form came without a file."""

    code = "no_file"
    message = "Choose the membership file first."


@router.get("")
def show_roll(database: DatabaseDep, staff: HqStaff, now: NowDep) -> HTMLResponse:
    """Show how many are in each branch, and the last import."""
    return _roll_page(database, staff=staff, now=now)


@router.post("/check")
def check_file(
    database: DatabaseDep, staff: HqStaff, now: NowDep, file: UploadFile | None = None
) -> HTMLResponse:
    """Say what an import would do, and change nothing."""
    try:
        return _checked_page(database, file, staff=staff, now=now)
    except Invalid as refusal:
        return _roll_page(database, staff=staff, now=now, problem=refusal.detail)


@router.post("/import")
def import_file(
    database: DatabaseDep,
    staff: HqStaff,
    now: NowDep,
    checked: Annotated[str, Form()] = "",
    file: UploadFile | None = None,
) -> Response:
    """Import the file that was checked, chosen again; another one is only checked."""
    try:
        if file is None or _digest(file) != checked:
            problem = OTHER_FILE if file else NoFile.message
            return _checked_page(database, file, staff=staff, now=now, problem=problem)
        import_roll(
            database,
            file.file,
            file_name=file.filename or "",
            dry_run=False,
            actor=staff.actor,
            now=now,
        )
    except Invalid as refusal:
        return _roll_page(database, staff=staff, now=now, problem=refusal.detail)
    return RedirectResponse("/hq/roll#last-import", status_code=SEE_OTHER)


def _digest(file: UploadFile) -> str:
    """Return the SHA-256 of a file, in hex: the one that the audit log keeps of an import."""
    file.file.seek(0)
    return hashlib.file_digest(file.file, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads


def _roll_page(
    database: Database, *, staff: Staff, now: datetime, problem: str | None = None
) -> HTMLResponse:
    with database.reading() as session:
        sizes = branch_sizes(session, today=london_day(now))
        last_import = latest(session, RollImported)
    return staff_page(
        "hq/roll.html",
        staff=staff,
        here=HERE,
        status_code=422 if problem else 200,
        errors=[("file", problem)] if problem else [],
        sizes=sizes,
        members=sum(size.members for size in sizes),
        last_import=last_import,
    )


def _checked_page(
    database: Database,
    file: UploadFile | None,
    *,
    staff: Staff,
    now: datetime,
    problem: str | None = None,
) -> HTMLResponse:
    if file is None:
        raise NoFile
    found = import_roll(
        database,
        file.file,
        file_name=file.filename or "",
        dry_run=True,
        actor=staff.actor,
        now=now,
    )
    return staff_page(
        "hq/roll_checked.html",
        staff=staff,
        here=HERE,
        status_code=422 if problem else 200,
        errors=[("file", problem)] if problem else [],
        found=found,
        file_name=file.filename,
        checked=_digest(file),
        problems=_problem_rows(found),
        unlisted=max(len(found.problems) - MOST_PROBLEMS, 0),
        changes=found.added + found.updated,
    )


def _problem_rows(found: ImportOut) -> list[tuple[str, str, str]]:
    return [
        (str(problem.row), problem.column or "the whole row", problem.message)
        for problem in found.problems[:MOST_PROBLEMS]
    ]
