"""The statement of a declared result over REST: as JSON, as text for an e-mail, as CSV."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import PlainTextResponse, Response

from app.core.clock import NowDep
from app.core.database import ReadSession
from app.results.statement_schemas import StatementOut
from app.results.statement_service import declared_statement
from app.results.statement_text import as_csv, as_text
from app.security import access
from app.security.access import WhoAsks

router = APIRouter(prefix="/ballots", tags=["Results"], dependencies=[Depends(access.PUBLIC)])


def _stated(
    staff: WhoAsks,
    session: ReadSession,
    slug: str,
    now: NowDep,
    *,
    complete: Annotated[
        bool, Query(description="With every unit, however small: headquarters and scrutineers.")
    ] = False,
) -> StatementOut:
    return declared_statement(session, slug, staff=staff, complete=complete, now=now)


class CsvFile(Response):
    """A table that a spreadsheet opens."""

    media_type = "text/csv; charset=utf-8"


@router.get("/{slug}/statement")
def show_statement(statement: Annotated[StatementOut, Depends(_stated)]) -> StatementOut:
    """State a declared result in the form of 1992 Act s.231 for the ballot's opening day."""
    return statement


@router.get("/{slug}/statement.txt", response_class=PlainTextResponse)
def show_statement_as_text(
    statement: Annotated[StatementOut, Depends(_stated)],
) -> PlainTextResponse:
    """State a declared result in plain text, to paste into an e-mail."""
    return PlainTextResponse(as_text(statement))


@router.get("/{slug}/statement.csv", response_class=CsvFile)
def download_statement(statement: Annotated[StatementOut, Depends(_stated)]) -> CsvFile:
    """State a declared result as CSV: question, unit, line, value."""
    return CsvFile(
        "".join(as_csv(statement)),
        headers={"Content-Disposition": f'attachment; filename="{statement.ballot}-statement.csv"'},
    )
