"""The count and the result, for headquarters and the scrutineer; and the declaration."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.commencements import commenced
from app.ballots.models import Ballot
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import Database, DatabaseDep, WriteSession
from app.core.errors import DomainError
from app.core.settings import Settings, SettingsDep
from app.results import declaring, service
from app.results.opening import open_box_for_count
from app.results.schemas import ResultOut
from app.security.access import HqOrScrutineerStaff, SteppedUpHqOrScrutineerStaff
from app.security.service import Staff
from app.voting.seal import box_totals
from app.web.filters import percent as on_one_line
from app.web.result_words import question_words
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/staff/ballots", include_in_schema=False)
SEE_OTHER = 303


@router.get("/{slug}/count")
def show_count(
    database: DatabaseDep,
    staff: HqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> HTMLResponse:
    """Show the count, or the result once it is declared."""
    ballot, result = _count(database, slug, staff=staff, settings=settings, now=now)
    return staff_page(
        "staff/count.html",
        staff=staff,
        back=home_of(slug, staff=staff),
        may_declare=result.declared_at is None and _may_declare(ballot, staff=staff),
        **_second(database, ballot, staff=staff),
        **_words(database, ballot, result),
    )


@router.get("/{slug}/declare")
def ask_to_declare(
    database: DatabaseDep,
    staff: HqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """State the numbers once more and whether three counts of the votes agree."""
    with database.reading() as session:
        declaring.refuse_unless_may_declare(get_ballot(session, slug), staff=staff)
    ballot, result = _count(database, slug, staff=staff, settings=settings, now=now)
    if result.declared_at is not None:
        return RedirectResponse(f"/staff/ballots/{slug}/count", status_code=SEE_OTHER)
    with database.reading() as session:
        papers, marks, counters = box_totals(session, key_of(ballot))
    return staff_page(
        "staff/declare.html",
        staff=staff,
        papers=papers,
        marks=marks,
        counters=counters,
        agree=papers == marks == counters,
        **_second(database, ballot, staff=staff),
        **_words(database, ballot, result),
    )


@router.post("/{slug}/declare")
def declare(
    database: DatabaseDep,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Declare the result, once and for good; or, as the first of two, confirm it."""
    with database.reading() as session:
        ballot = get_ballot(session, slug)
    declaring.refuse_unless_may_declare(ballot, staff=staff)
    service.refuse_unless_closed(ballot, now=now)
    open_box_for_count(database, ballot, settings=settings, now=now)
    with database.writing() as session:
        declaring.declare(session, slug, staff=staff, now=now)
    return RedirectResponse(f"/staff/ballots/{slug}/count", status_code=SEE_OTHER)


@router.post("/{slug}/declare/refuse")
def refuse(session: WriteSession, staff: HqOrScrutineerStaff, slug: str, now: NowDep) -> Response:
    """Take back what the first of two officers confirmed."""
    declaring.refuse_declaration(session, slug, staff=staff, now=now)
    return RedirectResponse(f"/staff/ballots/{slug}/count", status_code=SEE_OTHER)


def _may_declare(ballot: Ballot, *, staff: Staff) -> bool:
    try:
        declaring.refuse_unless_may_declare(ballot, staff=staff)
    except DomainError:
        return False
    return True


def _second(database: Database, ballot: Ballot, *, staff: Staff) -> dict[str, Any]:
    """Return who has confirmed, whom that waits for, and whether that is the one who looks."""
    if ballot.declared_at is not None:
        return {"first": None, "own": False, "turn": False}
    with database.reading() as session:
        row = declaring.waiting_declaration(session, ballot)
    first = declaring.awaited(ballot, row) if row else None
    own = first is not None and first.confirmed_by == staff.name
    theirs = first is None or first.awaits == "hq" or staff.name == ballot.scrutineer
    return {"first": first, "own": own, "turn": theirs and not own}


def _count(
    database: Database, slug: str, *, staff: Staff, settings: Settings, now: datetime
) -> tuple[Ballot, ResultOut]:
    """Return the ballot and its result, for one who may see it and not a moment too early.

    Raises:
        BallotNotClosed: votes can still come in.
        NotDeclared: the one who asks must wait for the declaration.
    """
    with database.reading() as session:
        ballot = get_ballot(session, slug)
    service.refuse_unless_closed(ballot, now=now)
    service.refuse_unless_may_see(ballot, staff=staff)
    open_box_for_count(database, ballot, settings=settings, now=now)
    with database.reading() as session:
        return ballot, service.result_of(session, slug, staff=staff, now=now)


def _words(database: Database, ballot: Ballot, result: ResultOut) -> dict[str, Any]:
    with database.reading() as session:
        begun = commenced(session)
    return {
        "ballot": ballot,
        "result": result,
        "turnout": on_one_line(result.turnout_percent),
        "questions": [
            question_words(
                question,
                ballot=ballot,
                votes_cast=result.votes_cast,
                commenced=begun,
            )
            for question in result.questions
        ],
    }
