"""Headquarters says which column of a file is which, once for every kind of header."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.clock import ClockDep, NowDep
from app.core.database import Database, DatabaseDep
from app.core.errors import Invalid
from app.roll import jobs, mapping, reports, uploads
from app.roll.choices import Choices
from app.roll.columns import COLUMN_NAMES, REQUIRED
from app.roll.files import open_roll_file
from app.roll.header import read_header, read_names
from app.roll.service import match_columns
from app.roll.spellings import folded_name
from app.security.access import HqStaff
from app.security.service import Staff
from app.web.roll_words import COLUMN_WORDS, MOMENT, NOT_IN_FILE, ImportNumber, column_field
from app.web.sent_form import SentForm
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/roll/imports/{import_id}/columns", include_in_schema=False)
SEE_OTHER = 303
EXAMPLES = 3
LONGEST_EXAMPLE = 40


class _Top(NamedTuple):
    """What stands at the top of a file."""

    file_name: str
    names: tuple[str, ...]
    rows: list[list[str]]


@router.get("")
def show_columns(
    database: DatabaseDep, staff: HqStaff, import_id: ImportNumber, now: NowDep
) -> Response:
    """Ask which column is which; what was remembered or is likely is chosen already."""
    top = _top_of(database, import_id, now=now)
    with database.reading() as session:
        known = mapping.remembered(session, top.names)
    # Remembered as it was spelled then; shown as this file spells it.
    spelled = {folded_name(name): name for name in top.names}
    remembered = {ours: spelled.get(folded_name(name), "") for ours, name in (known or {}).items()}
    chosen = dict(mapping.suggest(top.names).columns) | remembered
    return _columns_page(import_id, top, chosen=chosen, staff=staff)


@router.post("")
def take_columns(  # noqa: PLR0913 - a route names what it needs
    database: DatabaseDep,
    staff: HqStaff,
    import_id: ImportNumber,
    *,
    sent: SentForm,
    now: NowDep,
    clock: ClockDep,
) -> Response:
    """Remember which column is which, and have the file checked."""
    top = _top_of(database, import_id, now=now)
    chosen = {name: str(sent.get(name, "")) for name in COLUMN_NAMES}
    errors = _errors(top.names, chosen)
    if errors:
        return _columns_page(import_id, top, chosen=chosen, staff=staff, errors=errors)
    with database.writing() as session:
        match_columns(session, top.names, chosen, staff=staff, now=now)
    choices = Choices(mapping=chosen)
    jobs.start_check(database, import_id, choices=choices, clock=clock).join(MOMENT)
    return RedirectResponse(f"/hq/roll/imports/{import_id}", status_code=SEE_OTHER)


def _errors(names: Sequence[str], chosen: dict[str, str]) -> list[tuple[str, str]]:
    errors = []
    first: dict[str, str] = {}
    for ours, theirs in chosen.items():
        if not theirs:
            if ours in REQUIRED:
                words = COLUMN_WORDS[ours].lower()
                errors.append((ours, f"Choose the column that holds the {words}."))
            continue
        if theirs in first:
            other = COLUMN_WORDS[first[theirs]].lower()
            errors.append((ours, f"“{theirs}” is chosen for the {other} already."))
        first.setdefault(theirs, ours)
    if errors:
        return errors
    try:
        read_header(names, mapping=chosen)
    except Invalid as refusal:
        return [(COLUMN_NAMES[0], refusal.detail)]
    return []


def _top_of(database: Database, import_id: int, *, now: datetime) -> _Top:
    with database.reading() as session:
        file_name = reports.report(session, import_id, now=now).file_name
    with (
        uploads.open_kept(database, import_id) as kept,
        open_roll_file(kept, file_name=file_name) as roll_file,
    ):
        names = read_names(roll_file.rows)
        rows = [row.cells or [] for row in islice(roll_file.rows, EXAMPLES)]
    return _Top(file_name, names, rows)


def _columns_page(
    import_id: int,
    top: _Top,
    *,
    chosen: dict[str, str],
    staff: Staff,
    errors: Sequence[tuple[str, str]] = (),
) -> HTMLResponse:
    wrong = dict(errors)
    names = list(dict.fromkeys(name for name in top.names if name.strip()))
    return staff_page(
        "hq/import_columns.html",
        staff=staff,
        here="/hq/roll",
        status_code=422 if errors else 200,
        errors=list(errors),
        import_id=import_id,
        file_name=top.file_name,
        fields=[
            column_field(name, chosen=chosen.get(name, ""), error=wrong.get(name))
            for name in COLUMN_NAMES
        ],
        options=[("", NOT_IN_FILE), *((name, name.strip()) for name in names)],
        examples=_examples(top),
    )


def _examples(top: _Top) -> list[tuple[str, ...]]:
    """Return each column of the file with what stands under it in the first rows."""
    return [
        (
            name.strip(),
            *(row[place][:LONGEST_EXAMPLE] if place < len(row) else "" for row in top.rows),
            *("" for _ in range(EXAMPLES - len(top.rows))),
        )
        for place, name in enumerate(top.names)
        if name.strip()
    ]
