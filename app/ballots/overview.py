"""What headquarters wants to know before it acts: who would be entitled, and who lacks a code."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col

from app.ballots.freeze import policy_of
from app.ballots.models import Ballot, Credential
from app.ballots.repository import entitled_count
from app.roll.models import Member
from app.rules.entitlement import Reason, Standing, reason_left_out

SLICE = 5000


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a freeze would come to if it happened now."""

    entitled: int
    left_out: Mapping[Reason, int]


def outlook_of(session: Session, ballot: Ballot) -> Outlook:
    """Say who would be entitled and who left out, by the rule that the freeze itself asks.

    Members whose facts are alike are judged once.
    """
    policy = policy_of(ballot)
    facts = [col(getattr(Member, field)) for field in Standing._fields]
    entitled = 0
    left_out: Counter[Reason] = Counter()
    rows = session.execute(
        sa.select(*facts, func.count()).group_by(*facts).execution_options(yield_per=SLICE)
    )
    for *standing, alike in rows:
        reason = reason_left_out(Standing(*standing), policy=policy)
        if reason is None:
            entitled += alike
        else:
            left_out[reason] += alike
    return Outlook(entitled, left_out=dict(sorted(left_out.items())))


def codes_to_issue(session: Session, ballot_id: int) -> int:
    """Return how many entries of a frozen roll have no live code yet."""
    live = session.execute(
        sa.select(func.count()).where(
            col(Credential.ballot_id) == ballot_id, col(Credential.revoked_at).is_(None)
        )
    ).scalar_one()
    return entitled_count(session, ballot_id) - int(live)
