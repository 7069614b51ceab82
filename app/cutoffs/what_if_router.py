"""What a moved cut-off would do, over REST, for headquarters."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.ballots.service import get_ballot
from app.core.database import ReadSession
from app.cutoffs.what_if import MOST_DAYS, what_if
from app.cutoffs.what_if_schemas import BranchChangeOut, WhatIfOut
from app.security.access import HqStaff

router = APIRouter(prefix="/ballots", tags=["Key dates"])


@router.get("/{slug}/cut-off/what-if")
def show_what_if(
    session: ReadSession,
    staff: HqStaff,
    slug: str,
    days: Annotated[int, Query(ge=-MOST_DAYS, le=MOST_DAYS)],
) -> WhatIfOut:
    """Say how many members a cut-off some days later (or earlier) would let in or leave out."""
    del staff
    answer = what_if(session, get_ballot(session, slug), days=days)
    return WhatIfOut(
        ballot=slug,
        days=answer.days,
        cut_off_day=answer.cut_off_day,
        added=answer.added,
        removed=answer.removed,
        branches=[
            BranchChangeOut(branch=each.branch, added=each.added, removed=each.removed)
            for each in answer.branches
        ],
    )
