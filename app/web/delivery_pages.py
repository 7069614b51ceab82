"""Which mail came back: headquarters sees every branch, a branch its own."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.language import gettext
from app.core.settings import SettingsDep
from app.notices.bounces import counts_of
from app.notices.code_figures import code_figures, in_words
from app.notices.delivery import delivery_by_branch, members_with_dead_address
from app.notices.desk import desk_of
from app.notices.models import Purpose
from app.notices.watch import UNSEEN, worker_seen
from app.security.access import HqOrBranchStaff, HqStaff
from app.web.branch_frame import address_of, branch_for
from app.web.filters import thousands
from app.web.staff_frame import home_of, staff_page

router = APIRouter(include_in_schema=False)
# Longer than any list that somebody reads on a page.
MOST_SHOWN = 200


@router.get("/hq/ballots/{slug}/delivery")
def show_delivery(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show what became of the invitations, and in which branches mail comes back."""
    ballot = get_ballot(session, slug)
    desk = desk_of(
        session, settings=settings, now=now, ballot_id=key_of(ballot), purpose=Purpose.INVITATION
    )
    seen = worker_seen(session)
    branches = delivery_by_branch(session, ballot)
    figures = code_figures(session, ballot)
    return staff_page(
        "hq/delivery.html",
        staff=staff,
        ballot=ballot,
        back=home_of(slug, staff=staff),
        numbers=desk.numbers,
        unseen=desk.on and (seen is None or now - seen > UNSEEN),
        seen=seen,
        counts=counts_of(session, key_of(ballot)),
        codes=[(words, thousands(number)) for words, number in in_words(figures) if number],
        rows=[(each, address_of(slug, each.branch, page="/delivery")) for each in branches],
        total=sum(each.entitled for each in branches),
        without=sum(each.without_working_address for each in branches),
    )


@router.get("/branch/{slug}/delivery")
def show_branch_delivery(
    session: ReadSession, staff: HqOrBranchStaff, slug: str, branch: str | None = None
) -> HTMLResponse:
    """Show a branch how many of its members no e-mail reaches, and whose address is of no use."""
    ballot = get_ballot(session, slug)
    code = branch_for(session, branch, staff=staff)
    found = delivery_by_branch(session, ballot, branch=code)
    members = members_with_dead_address(session, ballot, branch=code)
    return staff_page(
        "branch/delivery.html",
        staff=staff,
        ballot=ballot,
        branch=code,
        back=(address_of(slug, code), gettext("Back to %(branch)s", branch=code)),
        ask=address_of(slug, code, page="/ask"),
        figures=found[0] if found else None,
        members=members[:MOST_SHOWN],
        number=len(members),
    )
