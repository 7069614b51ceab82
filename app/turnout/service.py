"""Say how turnout stands, to those who may know it."""

from datetime import datetime

from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.schemas import Grouping
from app.core.errors import Forbidden
from app.security.models import Role
from app.security.service import Staff
from app.turnout.figures import read_figures, turnout_from
from app.turnout.schemas import TurnoutOut


class TurnoutNotForYou(Forbidden):
    """Live turnout is for headquarters, and for a branch its own."""

    code = "turnout_not_for_you"
    message = (
        "Live turnout is for headquarters and branch officers. "
        "A scrutineer sees the numbers with the result, after the close."
    )


def turnout_of(
    session: Session,
    ballot: Ballot,
    *,
    group_by: Grouping | None = "branch",
    staff: Staff,
    now: datetime,
) -> TurnoutOut:
    """Return how turnout stands for the one who asks.

    Headquarters sees the whole ballot, a branch officer their own branch: every number and every
    group then means that branch alone.

    Args:
        session: a session that reads.
        ballot: a ballot whose roll is frozen.
        group_by: what the groups are; None for no groups.
        staff: who is asking.
        now: the moment the answer speaks of.

    Raises:
        TurnoutNotForYou: a scrutineer is asking.
        RollNotFrozen: the ballot is a draft.
    """
    branch = branch_seen_by(staff)
    figures = read_figures(session, ballot, now=now)
    return turnout_from(figures, group_by=group_by, branch=branch)


def branch_seen_by(staff: Staff) -> str | None:
    """Return the one branch that somebody sees, or None for headquarters, who see all.

    Raises:
        TurnoutNotForYou: they see none.
    """
    if staff.role is Role.HQ:
        return None
    if staff.role is Role.BRANCH and staff.branch is not None:
        return staff.branch
    raise TurnoutNotForYou
