"""The frame around every staff page: who is signed in, and where they can go."""

from typing import Any

from starlette.responses import HTMLResponse

from app.core.language import gettext, later
from app.security.models import Role
from app.security.service import Staff
from app.web.templating import page

HOME = (later("Ballots"), "/staff")
DOORS = {
    Role.HQ: (
        HOME,
        (later("Roll"), "/hq/roll"),
        (later("Set up a ballot"), "/hq/ballots/new"),
        (later("Changes of law"), "/hq/changes-of-law"),
        # Headquarters works in English.
        ("Staff", "/hq/staff"),
    ),
    Role.BRANCH: (HOME,),
    Role.SCRUTINEER: (HOME,),
}


def staff_page(
    template: str,
    *,
    staff: Staff,
    here: str = "",
    status_code: int = 200,
    **context: Any,  # noqa: ANN401 - as each page has it
) -> HTMLResponse:
    """Render a page for somebody who is signed in.

    Args:
        template: which page.
        staff: who is signed in.
        here: the address of the door in the navigation that this page is.
        status_code: of the answer.
        context: what the template shows.
    """
    nav = [(gettext(text), href, href == here) for text, href in DOORS[staff.role]]
    return page(
        template, status_code=status_code, nav=nav, signed_in=staff, job=_job(staff), **context
    )


def home_of(slug: str, *, staff: Staff) -> tuple[str, str]:
    """Return where the way back from a ballot's pages leads: its address and its name."""
    if staff.role is Role.HQ:
        return f"/hq/ballots/{slug}", gettext("Back to the ballot")
    return "/staff", gettext("All ballots")


def _job(staff: Staff) -> str:
    if staff.role is Role.BRANCH:
        return gettext("branch officer, %(branch)s", branch=staff.branch)
    return gettext("headquarters") if staff.role is Role.HQ else gettext("scrutineer")
