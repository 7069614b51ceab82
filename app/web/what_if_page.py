"""Headquarters asks what another cut-off would do, before anybody promises one."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.core.database import ReadSession
from app.core.language import gettext, ngettext
from app.cutoffs.what_if import MOST_DAYS, WhatIf, can_move, what_if_each
from app.security.access import HqStaff
from app.web.filters import plural, thousands
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
# The moves that are shown unasked, in days.
USUAL = (-7, -3, -2, -1, 1, 2, 3, 7)
NOT_A_NUMBER = f"Give a whole number of days between -{MOST_DAYS} and {MOST_DAYS}."
TOO_LATE = "A cut-off that many days later would lie after the close of voting. Give fewer days."


@router.get("/{slug}/cut-off")
def show_what_if(
    session: ReadSession, staff: HqStaff, slug: str, days: str | None = None
) -> HTMLResponse:
    """Show what a cut-off moved by the usual numbers of days would do, and by the one asked."""
    ballot = get_ballot(session, slug)
    asked, error = _read(ballot, days=days)
    moves = [each for each in USUAL if can_move(ballot, days=each)]
    answers = what_if_each(session, ballot, days=moves if asked is None else [*moves, asked])
    chosen = None if asked is None else answers.pop()
    return staff_page(
        "hq/what_if.html",
        staff=staff,
        status_code=422 if error else 200,
        ballot=ballot,
        back=home_of(slug, staff=staff),
        days="" if days is None else days,
        error=error,
        errors=[("days", error)] if error else [],
        moves=[(each, sentence(each), in_days(each.days)) for each in answers],
        chosen=chosen,
        said=chosen and sentence(chosen),
        chosen_rows=_rows(chosen) if chosen else [],
    )


def _rows(answer: WhatIf) -> list[tuple[str, str]]:
    return [(each.branch, thousands(each.added or each.removed)) for each in answer.branches]


def _read(ballot: Ballot, *, days: str | None) -> tuple[int | None, str | None]:
    """Return the number of days asked for, or what is wrong with it."""
    written = (days or "").strip().replace("\N{MINUS SIGN}", "-").removeprefix("+")
    if not written:
        return None, None
    digits = written.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(MOST_DAYS)):
        return None, NOT_A_NUMBER
    asked = int(written)
    if abs(asked) > MOST_DAYS:
        return None, NOT_A_NUMBER
    if not can_move(ballot, days=asked):
        return None, TOO_LATE
    return asked, None


def in_days(days: int) -> str:
    """Return "two days later" as "2 days later", and the like."""
    if days == 0:
        return gettext("The same day")
    number = ngettext("%(num)s day", "%(num)s days", abs(days))
    if days > 0:
        return gettext("%(days)s later", days=number)
    return gettext("%(days)s earlier", days=number)


def sentence(answer: WhatIf) -> str:
    """Say what a move would do: "2 days later would add 14 members in 6 branches."."""
    changed = answer.added or answer.removed
    if not changed:
        return f"{in_days(answer.days)} would change nothing."
    verb = "add" if answer.added else "leave out"
    where = plural(len(answer.branches), "branch", "branches")
    members = f"{thousands(changed)} {'member' if changed == 1 else 'members'}"
    return f"{in_days(answer.days)} would {verb} {members} in {where}."
