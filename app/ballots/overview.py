"""What headquarters wants to know before it acts: who would be entitled, and who lacks a code."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    """What a freeze would come to if it happened now.

    Attributes:
        entitled: how many would be on the roll.
        left_out: how many would not, by reason.
        by_category: how many would be, by membership category; with 0 for one that does not vote.
        with_arrears_the_other_way: how many would be if the ballot took members in arrears, where
            it leaves them out, or left them out, where it takes them.
    """

    entitled: int
    left_out: Mapping[Reason, int]
    by_category: Mapping[str, int]
    with_arrears_the_other_way: int


def outlook_of(session: Session, ballot: Ballot) -> Outlook:
    """Say who would be entitled and who left out, by the rule that the freeze itself asks.

    Members whose facts are alike are judged once.
    """
    policy = policy_of(ballot)
    other_way = replace(policy, exclude_arrears=not policy.exclude_arrears)
    facts = [col(getattr(Member, field)) for field in Standing._fields]
    otherwise = 0
    left_out: Counter[Reason] = Counter()
    by_category: Counter[str] = Counter()
    rows = session.execute(
        sa.select(*facts, func.count()).group_by(*facts).execution_options(yield_per=SLICE)
    )
    for *fact, alike in rows:
        standing = Standing(*fact)
        reason = reason_left_out(standing, policy=policy)
        by_category[standing.category] += 0 if reason else alike
        if reason is not None:
            left_out[reason] += alike
        if reason_left_out(standing, policy=other_way) is None:
            otherwise += alike
    return Outlook(
        by_category.total(),
        left_out=dict(sorted(left_out.items())),
        by_category=dict(sorted(by_category.items())),
        with_arrears_the_other_way=otherwise,
    )


def codes_to_issue(session: Session, ballot_id: int) -> int:
    """Return how many entries of a frozen roll have no live code yet."""
    live = session.execute(
        sa.select(func.count()).where(
            col(Credential.ballot_id) == ballot_id, col(Credential.revoked_at).is_(None)
        )
    ).scalar_one()
    return entitled_count(session, ballot_id) - int(live)
