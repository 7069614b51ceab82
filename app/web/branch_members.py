"""The members of a branch to ask for their details, as a page and as files for reps."""

from collections.abc import Iterator
from enum import StrEnum

from fastapi import APIRouter
from starlette.responses import HTMLResponse, StreamingResponse

from app.audit import service as audit
from app.audit.events import MembersListed
from app.ballots.contact_gaps import ContactGaps, MemberToAsk, gaps_of_branch
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.csv_lines import csv_line
from app.core.database import DatabaseDep, ReadSession
from app.core.language import gettext
from app.core.settings import SettingsDep
from app.roll.cells import folded_branch
from app.security.access import HqOrBranchStaff
from app.web.branch_frame import address_of, branch_for
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/branch", include_in_schema=False)
# Longer than any list that somebody reads on a page; the file has all of it.
MOST_SHOWN = 200
COLUMNS = ("membership_number", "name", "workplace", "email", "mobile", "missing")


class Which(StrEnum):
    """One of the lists."""

    UNREACHABLE = "unreachable"
    AT_WORK = "at-work"
    INCOMPLETE = "incomplete"


@router.get("/{slug}/ask")
def show_members_to_ask(
    session: ReadSession,
    staff: HqOrBranchStaff,
    slug: str,
    settings: SettingsDep,
    branch: str | None = None,
) -> HTMLResponse:
    """List whom a voting link may miss: no address, an address at work, details missing."""
    ballot = get_ballot(session, slug)
    code = branch_for(session, branch, staff=staff)
    domains = settings.work_mail_domains
    gaps = gaps_of_branch(session, ballot, branch=code, work_domains=domains)
    return staff_page(
        "branch/ask.html",
        staff=staff,
        ballot=ballot,
        branch=code,
        back=(address_of(slug, code), gettext("Back to %(branch)s", branch=code)),
        entitled=gaps.entitled,
        lists=[_shown(which, slug=slug, branch=code, gaps=gaps) for which in Which],
        domains=domains,
        most=MOST_SHOWN,
    )


@router.get("/{slug}/ask/{which}.csv")
def download_members_to_ask(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    database: DatabaseDep,
    staff: HqOrBranchStaff,
    slug: str,
    which: Which,
    settings: SettingsDep,
    *,
    now: NowDep,
    branch: str | None = None,
) -> StreamingResponse:
    """Send one of the lists whole, for a spreadsheet; the audit log says who took it."""
    with database.reading() as session:
        ballot = get_ballot(session, slug)
        code = branch_for(session, branch, staff=staff)
        domains = settings.work_mail_domains
        gaps = gaps_of_branch(session, ballot, branch=code, work_domains=domains)
    members = _members(which, gaps=gaps)
    # Written by itself, so that no vote waits for the reading.
    with database.writing() as session:
        taken = MembersListed(slug, branch=code, which=str(which), members=len(members))
        audit.record(session, taken, actor=staff.actor, now=now)
    return StreamingResponse(
        _lines(members),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{_file_name(code, which=which)}"'},
    )


def _shown(which: Which, *, slug: str, branch: str, gaps: ContactGaps) -> dict[str, object]:
    members = _members(which, gaps=gaps)
    return {
        "key": str(which),
        "members": members[:MOST_SHOWN],
        "number": len(members),
        "file": address_of(slug, branch, page=f"/ask/{which}.csv"),
    }


def _members(which: Which, *, gaps: ContactGaps) -> tuple[MemberToAsk, ...]:
    found: tuple[MemberToAsk, ...] = getattr(gaps, which.value.replace("-", "_"))
    return found


def _lines(members: tuple[MemberToAsk, ...]) -> Iterator[str]:
    # Excel takes a file without this mark for Windows-1252.
    yield "\N{BYTE ORDER MARK}" + csv_line(COLUMNS)
    for each in members:
        missing = ", ".join(each.missing)
        yield csv_line(
            (each.membership_number, each.name, each.workplace, each.email, each.mobile, missing)
        )


def _file_name(branch: str, *, which: Which) -> str:
    """Return a name that every system can keep, whatever the branch is called."""
    plain = "".join(
        letter if letter.isascii() and letter.isalnum() else "-" for letter in folded_branch(branch)
    )
    return f"{plain.strip('-') or 'branch'}-{which}.csv"
