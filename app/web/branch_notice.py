"""A one-page notice for the board at work: join by this day, and you can vote."""

import segno
from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import HTMLResponse

from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.language import gettext
from app.core.settings import SettingsDep
from app.cutoffs.service import countdown
from app.security.access import HqOrBranchStaff
from app.web.branch_frame import address_of, branch_for, is_balloted
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/branch", include_in_schema=False)


@router.get("/{slug}/notice")
def show_notice(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: ReadSession,
    staff: HqOrBranchStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    branch: str | None = None,
) -> HTMLResponse:
    """Show the notice, ready to print; once the last day is over there is none."""
    ballot = get_ballot(session, slug)
    code = branch_for(session, branch, staff=staff)
    join_at = settings.join_url or settings.base_url
    return staff_page(
        "branch/notice.html",
        staff=staff,
        ballot=ballot,
        branch=code,
        back=(address_of(slug, code), gettext("Back to %(branch)s", branch=code)),
        is_balloted=is_balloted(ballot, branch=code),
        passed=countdown(ballot, now=now).passed,
        union=settings.union_name,
        help_contact=settings.help_contact,
        join_at=join_at,
        qr=qr_code(join_at),
    )


def qr_code(address: str) -> Markup:
    """Return an address as a QR code: SVG within the page, which the content policy allows.

    A quarter of it may be dirty or torn and a phone still reads it.
    """
    code = segno.make(address, error="q", micro=False)
    drawn = code.svg_inline(
        omitsize=True, border=2, svgclass="qr-code", lineclass=None, title=f"QR code of {address}"
    )
    return Markup(drawn)  # noqa: S704 - the code's own squares; the library escapes the title
