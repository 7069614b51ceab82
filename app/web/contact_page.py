"""Headquarters sees in which branches members cannot be reached, or are reached at work alone."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from app.ballots.contact_gaps import gaps_by_branch
from app.ballots.service import get_ballot
from app.core.database import ReadSession
from app.core.settings import SettingsDep
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
