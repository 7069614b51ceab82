"""Which branches can be reminded by themselves: of what turnout withholds, nobody is to learn more.

Here and not beside the other rules of reminders, because mail and turnout know nothing of each
other; the page and the call both plan through this.
"""

from datetime import datetime

from sqlmodel import Session

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.core.errors import Invalid
from app.core.settings import Settings
from app.notices.reminder_models import Reminder
from app.notices.reminders import Plan, plan_reminder
from app.security.service import Staff
from app.turnout.figures import read_figures
from app.turnout.withholding import Group


class WithheldBranch(Invalid):
    """Its turnout is withheld, and a reminder would tell of it."""

    code = "withheld_branch"
    message = "Turnout of this branch is withheld, so it cannot be reminded by itself. Remind all."


def plan_where_shown(  # noqa: PLR0913 - a plan is this many facts
    session: Session, ballot: Ballot, plan: Plan, *, staff: Staff, settings: Settings, now: datetime
) -> Reminder:
    """Plan a reminder, unless it is for a branch of which turnout is withheld.

    Raises:
        WithheldBranch: it is; everything else as `plan_reminder` does.
    """
    if plan.branch is not None and state_of(ballot, now=now) is not State.DRAFT:
        figures = read_figures(session, ballot, now=now)
        if Group("branch", name=plan.branch) in figures.roll.withheld:
            raise WithheldBranch
    return plan_reminder(session, ballot, plan, staff=staff, settings=settings, now=now)


def remindable_branches(
    session: Session, ballot: Ballot, *, settings: Settings, now: datetime
) -> list[str]:
    """Return the branches that can be reminded by themselves: large enough, and not withheld."""
    if state_of(ballot, now=now) is State.DRAFT:
        return []
    figures = read_figures(session, ballot, now=now)
    sizes: dict[str, int] = {}
    for cell in figures.roll.cells:
        sizes[cell.branch] = sizes.get(cell.branch, 0) + cell.entitled
    withheld = figures.roll.withheld
    return sorted(
        name
        for name, size in sizes.items()
        if size >= settings.reminder_batch and Group("branch", name=name) not in withheld
    )
