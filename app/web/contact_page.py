"""Headquarters sees in which branches members cannot be reached, or are reached at work alone."""

from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse

from app.ballots.contact_gaps import gaps_by_branch, unreachable_on_roll
from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.core.database import ReadSession
from app.core.settings import Settings, SettingsDep
from app.notices.delivery import dead_at_freeze
from app.security.access import HqStaff
from app.web.branch_frame import address_of
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)


@router.get("/{slug}/contact")
def show_contact(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep
) -> HTMLResponse:
    """List the branches that have such members, with the way to each branch's own lists."""
    ballot = get_ballot(session, slug)
    domains = settings.work_mail_domains
    branches = gaps_by_branch(session, ballot, work_domains=domains)
    return staff_page(
        "hq/contact.html",
        staff=staff,
        ballot=ballot,
        back=home_of(slug, staff=staff),
        domains=domains,
        rows=[(each, address_of(slug, each.branch, page="/ask")) for each in branches],
        unreachable=sum(each.unreachable for each in branches),
        at_work=sum(each.at_work for each in branches),
    )


def contact_facts(session: Session, ballot: Ballot, *, settings: Settings) -> dict[str, Any]:
    """Return what a ballot's own page says: `unreachable`, `at_work`, `dead`; None if unknown.

    Once the roll is frozen its cells have the answer, and the members are not looked at again.
    """
    if ballot.frozen_at is not None:
        return {"unreachable": unreachable_on_roll(session, ballot), "at_work": None, "dead": None}
    domains = settings.work_mail_domains
    gaps = gaps_by_branch(session, ballot, work_domains=domains)
    return {
        "unreachable": sum(each.unreachable for each in gaps),
        "at_work": sum(each.at_work for each in gaps) if domains else None,
        "dead": dead_at_freeze(session, ballot),
    }
