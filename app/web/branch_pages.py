"""A branch sees its own turnout, the cut-off, and who joined in time."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.commencements import commenced
from app.ballots.contact_gaps import gaps_of_branch
from app.ballots.lifecycle import State, is_over, state_of
from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.language import day_words, gettext, ngettext, spoken
from app.core.settings import Settings, SettingsDep
from app.core.spoken_times import long_day
from app.cutoffs.service import countdown, cut_off_for, joiners
from app.cutoffs.what_if import WhatIf, can_move, what_if_each
from app.roll.repository import branch_codes
from app.rules.london import end_of, london_day
from app.security.access import HqOrBranchStaff
from app.security.models import Role
from app.security.service import Staff
from app.turnout.figures import turnout_from
from app.turnout.shared import Seen, shared_turnout
from app.web import turnout_words as words
from app.web.ballot_words import cut_off_countdown, state_words, time_left
from app.web.branch_frame import address_of, branch_for, is_balloted
from app.web.branch_standing import standing_words, update_text
from app.web.live_panel import MOVING
from app.web.reach_words import reach_line
from app.web.staff_frame import staff_page
from app.web.templating import fragment
from app.web.what_if_page import in_days

router = APIRouter(prefix="/branch", include_in_schema=False)
SEE_OTHER = 303
# How the cut-off is moved in thought, in days.
MOVES = (-2, -1, 1, 2, 7)


@router.get("/{slug}")
def show_branch(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    session: ReadSession,
    staff: HqOrBranchStaff,
    slug: str,
    *,
    settings: SettingsDep,
    now: NowDep,
    branch: str | None = None,
) -> HTMLResponse:
    """Show one branch's side of a ballot: an officer's own, or any for headquarters."""
    ballot = get_ballot(session, slug)
    if staff.role is Role.HQ and branch is None:
        return staff_page(
            "branch/choose.html", staff=staff, ballot=ballot, branches=branch_codes(session)
        )
    code = branch_for(session, branch, staff=staff)
    shown = _panel(request, session, ballot, branch=code, now=now)
    return staff_page(
        "branch/ballot.html",
        staff=staff,
        back=_way_back(slug, staff=staff),
        moving=shown["state"] in MOVING,
        stream=f"/api/v1/ballots/{slug}/turnout/stream",
        address=f"/branch/{slug}",
        update=_update(shown, branch=code, settings=settings, now=now),
        **shown,
        **_cut_off(session, ballot, branch=code, now=now),
        **_to_do(session, ballot, branch=code, settings=settings),
    )


@router.get("/{slug}/panel")
def show_panel(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    session: ReadSession,
    staff: HqOrBranchStaff,
    slug: str,
    now: NowDep,
    *,
    branch: str | None = None,
    seen: Seen = None,
) -> Response:
    """Send the part of the page that moves; whoever opens it by hand gets the whole page."""
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/branch/{slug}", status_code=SEE_OTHER)
    ballot = get_ballot(session, slug)
    code = branch_for(session, branch, staff=staff)
    shown = _panel(request, session, ballot, branch=code, now=now, seen=seen)
    return HTMLResponse(fragment("branch/_turnout.html", **shown))


def _way_back(slug: str, *, staff: Staff) -> tuple[str, str]:
    if staff.role is Role.HQ:
        return f"/hq/ballots/{slug}/turnout", gettext("Turnout of every branch")
    return "/staff", gettext("All ballots")


def _panel(  # noqa: PLR0913 - what the panel shows depends on this many facts
    request: Request,
    session: Session,
    ballot: Ballot,
    *,
    branch: str,
    now: datetime,
    seen: datetime | None = None,
) -> dict[str, Any]:
    state = state_of(ballot, now=now)
    shown: dict[str, Any] = {
        "ballot": ballot,
        "branch": branch,
        "state": state,
        "state_words": state_words(ballot, now=now),
        "opens_in": time_left(ballot.opens_at, now=now),
        "closes_in": time_left(ballot.closes_at, now=now),
        "turnout": None,
    }
    if state is State.DRAFT:
        return shown
    reading = shared_turnout(request).reading(session, ballot.slug, now=now, seen=seen)
    turnout = turnout_from(reading.figures, group_by=None, branch=branch)
    begun = commenced(session)
    return shown | {
        "turnout": turnout,
        "headline": words.headline(
            turnout, ballot=ballot, commenced=begun, is_over=is_over(ballot, now=now)
        ),
        "line": words.line_of(ballot, commenced=begun),
        "met": words.is_met(turnout),
        "rules": words.rules(turnout, ballot=ballot, commenced=begun),
        "reach": reach_line(turnout, before_voting=state is State.FROZEN),
        "standing": reading.answer(
            ("standing", branch, spoken(), state),
            lambda: standing_words(branch, reading.figures, is_open=state is State.OPEN),
        ),
    }


def _update(shown: dict[str, Any], *, branch: str, settings: Settings, now: datetime) -> str | None:
    if shown["turnout"] is None:
        return None
    return update_text(
        shown["turnout"],
        branch=branch,
        ballot=shown["ballot"],
        base_url=settings.base_url,
        now=now,
    )


def _cut_off(session: Session, ballot: Ballot, *, branch: str, now: datetime) -> dict[str, Any]:
    joined = joiners(session, ballot, branch=branch, now=now)
    left = countdown(ballot, now=now)
    return {
        "cut_off_facts": [
            (gettext("last day to join and vote"), long_day(ballot.cut_off_at)),
            (gettext("the cut-off"), cut_off_countdown(left, now=now)),
            *(
                []
                if left.passed
                else [(gettext("left to join"), time_left(end_of(left.day), now=now))]
            ),
        ],
        "prints_notice": not left.passed and is_balloted(ballot, branch=branch),
        "if_today": _if_somebody_joins_today(ballot, branch=branch, now=now),
        "joined": joined,
        "moves": _if_it_moved(session, ballot, branch=branch, now=now),
    }


def _if_it_moved(
    session: Session, ballot: Ballot, *, branch: str, now: datetime
) -> list[tuple[WhatIf, str]]:
    """Return what a moved cut-off would do in a branch, until voting is over."""
    if is_over(ballot, now=now) or not is_balloted(ballot, branch=branch):
        return []
    moves = [each for each in MOVES if can_move(ballot, days=each)]
    answers = what_if_each(session, ballot, days=moves, branch=branch)
    return [(each, _effect(each)) for each in answers]


def _effect(answer: WhatIf) -> str:
    days = in_days(answer.days)
    if answer.added:
        return ngettext(
            "%(days)s would add %(num)s member of this branch.",
            "%(days)s would add %(num)s members of this branch.",
            answer.added,
            days=days,
        )
    if answer.removed:
        return ngettext(
            "%(days)s would leave out %(num)s member of this branch.",
            "%(days)s would leave out %(num)s members of this branch.",
            answer.removed,
            days=days,
        )
    return gettext("%(days)s would change nothing here.", days=days)


def _to_do(session: Session, ballot: Ballot, *, branch: str, settings: Settings) -> dict[str, Any]:
    gaps = gaps_of_branch(session, ballot, branch=branch, work_domains=settings.work_mail_domains)
    return {
        "gaps": gaps,
        "looks_for_work": bool(settings.work_mail_domains),
        "ask": address_of(ballot.slug, branch, page="/ask"),
        "notice": address_of(ballot.slug, branch, page="/notice"),
        "calendar": f"/api/v1/ballots/{ballot.slug}/timetable.ics",
        "calendar_address": f"{settings.base_url}/api/v1/ballots/{ballot.slug}/timetable.ics",
    }


def _if_somebody_joins_today(ballot: Ballot, *, branch: str, now: datetime) -> str:
    """Say whether a recruit of today could vote, and why not."""
    if not is_balloted(ballot, branch=branch):
        return gettext(
            "This ballot is not put to %(branch)s, whenever somebody joins.", branch=branch
        )
    if cut_off_for(ballot, on=london_day(now)).joins_in_time:
        if ballot.frozen_at is not None:
            return gettext(
                "Someone who joins today can still vote in this ballot: its roll is frozen, and "
                "headquarters adds those who join in time. Send in their form without delay."
            )
        return gettext(
            "Someone who joins today can vote in this ballot, if headquarters has them on the "
            "roll when it is frozen. Send in their form without delay."
        )
    return gettext(
        "Someone who joins today is too late for this ballot: the last day to join was %(day)s. "
        "They can vote in the next one.",
        day=day_words(london_day(ballot.cut_off_at)),
    )
