"""Headquarters looks up who is entitled in a ballot and who is not, each with the reason."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from app.ballots.entitlement import TAKEN_OFF, Verdict, Verdicts, some_verdicts, verdict_on
from app.ballots.entitlement_counts import EntitlementOut, entitlement_of
from app.ballots.entitlement_router import LARGEST_KEY
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.spoken_times import day
from app.security.access import HqStaff
from app.web.ballot_words import state_words
from app.web.entitlement_words import LISTS, sum_rows
from app.web.filters import thousands
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
MEMBERS_A_PAGE = 100


@router.get("/{slug}/entitlement")
def show_entitlement(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: ReadSession,
    staff: HqStaff,
    slug: str,
    now: NowDep,
    *,
    reason: Verdicts | None = None,
    number: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[int, Query(ge=0, le=LARGEST_KEY)] = 0,
) -> HTMLResponse:
    """Show the sum that makes the denominator, and a list of members by reason or by number."""
    ballot = get_ballot(session, slug)
    found = entitlement_of(session, ballot, now=now)
    shown: list[Verdict] = []
    more = None
    number = number.strip()
    if number:
        one = verdict_on(session, ballot, number=number)
        shown = [one] if one else []
    elif reason:
        shown, more = some_verdicts(session, ballot, only=reason, after=after, limit=MEMBERS_A_PAGE)
    here = f"/hq/ballots/{slug}/entitlement"
    return staff_page(
        "hq/entitlement.html",
        staff=staff,
        ballot=ballot,
        here_address=here,
        state=found.state,
        state_words=state_words(ballot, now=now),
        sum=sum_rows(found),
        lists=_lists(found, here=here, chosen=reason),
        heading=LISTS[reason] if reason else None,
        reason=reason,
        number=number,
        members=[_row(verdict) for verdict in shown],
        next_page=f"{here}?{urlencode({'reason': reason, 'after': more})}" if more else None,
        file=f"/api/v1/ballots/{slug}/entitlement/members.csv",
    )


def _lists(found: EntitlementOut, *, here: str, chosen: str | None) -> list[dict[str, Any]]:
    sizes = {each.reason: each.count for each in found.left_out}
    sizes |= {TAKEN_OFF: found.taken_off, "entitled": found.entitled}
    return [
        {
            "words": words,
            "size": thousands(sizes[reason]),
            "href": f"{here}?{urlencode({'reason': reason})}#list",
            "is_chosen": reason == chosen,
        }
        for reason, words in LISTS.items()
        if sizes.get(reason)
    ]


def _row(verdict: Verdict) -> tuple[str, ...]:
    name = f"{verdict.given_name} {verdict.family_name}".strip()
    return (
        verdict.membership_number,
        name,
        verdict.branch,
        verdict.category,
        day(verdict.joined_on),
        verdict.explanation or "Entitled to vote.",
    )
