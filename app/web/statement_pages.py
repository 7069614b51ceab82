"""The statement of a declared result as a page: for everybody, and the complete one for staff."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.language import gettext, ngettext
from app.core.spans import span_words
from app.results.statement import OWN_FORM
from app.results.statement_schemas import JudgementOut, StatedOut, StatementOut
from app.results.statement_service import declared_statement
from app.results.statement_text import (
    as_text_without_source,
    needed_in_words,
    outcome_in_words,
    source_as_text,
    value_in_words,
)
from app.security import access
from app.security.access import HqOrScrutineerStaff
from app.web.staff_frame import staff_page
from app.web.templating import page

router = APIRouter(include_in_schema=False)


@router.get("/ballots/{slug}/statement", dependencies=[Depends(access.PUBLIC)])
def show_statement(session: ReadSession, slug: str, now: NowDep) -> Response:
    """Show the statement to everybody, without units that would give somebody away."""
    statement = declared_statement(session, slug, staff=None, complete=False, now=now)
    return page(
        "public/statement.html",
        back=(f"/ballots/{slug}", gettext("Back to the ballot")),
        **_words(statement, query=""),
    )


@router.get("/staff/ballots/{slug}/statement")
def show_complete_statement(
    session: ReadSession, staff: HqOrScrutineerStaff, slug: str, now: NowDep
) -> HTMLResponse:
    """Show the complete statement, every unit in it."""
    statement = declared_statement(session, slug, staff=staff, complete=True, now=now)
    return staff_page(
        "staff/statement.html",
        staff=staff,
        back=(f"/staff/ballots/{slug}/count", "Back to the result"),
        **_words(statement, query="?complete=true"),
    )


def _words(statement: StatementOut, *, query: str) -> dict[str, Any]:
    address = f"/api/v1/ballots/{statement.ballot}/statement"
    return {
        "statement": statement,
        "parts": [
            _part(stated, units=[each for each in statement.stated if _is_unit(each, of=stated)])
            for stated in statement.stated
            if stated.unit is None
        ],
        "withheld": _withheld(statement.units_withheld),
        "form": gettext("Form: ballots opened %(span)s.", span=span_words(statement.form.label)),
        "source_is_quoted": statement.source != gettext(OWN_FORM),
        "text": as_text_without_source(statement),
        "text_source": source_as_text(statement),
        "text_address": f"{address}.txt{query}",
        "csv_address": f"{address}.csv{query}",
    }


def _withheld(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "%(num)s small unit withheld here.", "%(num)s small units withheld here.", number
    )


def _is_unit(stated: StatedOut, *, of: StatedOut) -> bool:
    return stated.unit is not None and stated.question == of.question


def _part(whole: StatedOut, *, units: Sequence[StatedOut]) -> dict[str, Any]:
    """Put one question into words: the whole as lines, and each unit as a row beneath."""
    return {
        "question": whole.question,
        "lines": [(line.words, value_in_words(line).capitalize()) for line in whole.lines],
        "judgement": _judgement(whole.judgement, would=False),
        "statute": _judgement(whole.statute, would=True) if whole.statute else None,
        "unit_columns": [
            (gettext("Unit"), False),
            *[(line.words, line.number is not None) for line in whole.lines],
            (gettext("By itself"), False),
            *([(gettext("If it were statutory"), False)] if whole.statute else []),
        ],
        "units": [
            (
                unit.unit,
                *[value_in_words(line).capitalize() for line in unit.lines],
                outcome_in_words(unit.judgement, would=False),
                *([outcome_in_words(unit.statute, would=True)] if unit.statute else []),
            )
            for unit in units
        ],
    }


def _judgement(judgement: JudgementOut, *, would: bool) -> dict[str, Any]:
    return {
        "words": judgement.words,
        "carried": judgement.carried,
        "outcome": outcome_in_words(judgement, would=would),
        "tests": [(needed_in_words(test), test.source) for test in judgement.tests],
    }
