"""The denominator of a ballot and what it leaves out: before the freeze, and after it."""

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.overview import outlook_of
from app.ballots.repository import cells_of, left_out_of
from app.ballots.schemas import LeftOutOut
from app.ballots.service import key_of


class CategoryOut(BaseModel):
    """How many of one membership category would be entitled."""

    category: str
    entitled: int


class ArrearsOut(BaseModel):
    """What members in arrears mean for the denominator of a draft."""

    excluded: bool
    entitled_otherwise: int


class EntitlementOut(BaseModel):
    """The denominator and what it leaves out.

    judged = entitled - supplements + taken_off + everybody left out, always.

    Of a draft it is what a freeze would come to today, with `categories` and `arrears` to weigh;
    of a frozen ballot what the freeze decided, and what was changed since.
    """

    ballot: str
    state: State
    judged: int
    entitled: int
    left_out: list[LeftOutOut]
    supplements: int
    taken_off: int
    categories: list[CategoryOut] | None
    arrears: ArrearsOut | None


def entitlement_of(session: Session, ballot: Ballot, *, now: datetime) -> EntitlementOut:
    """Count who is entitled and who is not, by reason."""
    state = state_of(ballot, now=now)
    if state is State.DRAFT:
        return _as_of_today(session, ballot, state=state)
    cells = cells_of(session, key_of(ballot))
    left_out = [
        LeftOutOut(reason=row.reason, count=row.count)
        for row in left_out_of(session, key_of(ballot))
    ]
    entitled, supplements, taken_off = (
        sum(getattr(cell, name) for cell in cells) for name in ("entitled", "added", "removed")
    )
    return EntitlementOut(
        ballot=ballot.slug,
        state=state,
        judged=entitled - supplements + taken_off + sum(each.count for each in left_out),
        entitled=entitled,
        left_out=left_out,
        supplements=supplements,
        taken_off=taken_off,
        categories=None,
        arrears=None,
    )


def _as_of_today(session: Session, ballot: Ballot, *, state: State) -> EntitlementOut:
    outlook = outlook_of(session, ballot)
    left_out = [
        LeftOutOut(reason=str(reason), count=number) for reason, number in outlook.left_out.items()
    ]
    return EntitlementOut(
        ballot=ballot.slug,
        state=state,
        judged=outlook.entitled + sum(each.count for each in left_out),
        entitled=outlook.entitled,
        left_out=left_out,
        supplements=0,
        taken_off=0,
        categories=[
            CategoryOut(category=name, entitled=number)
            for name, number in outlook.by_category.items()
        ],
        arrears=ArrearsOut(
            excluded=ballot.exclude_arrears,
            entitled_otherwise=outlook.with_arrears_the_other_way,
        ),
    )
