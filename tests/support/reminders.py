"""Reminders, planned and come due."""

from app.ballots.service import get_ballot
from app.notices.reminders import Plan, plan_reminder, reminders_of
from app.notices.worker import SEEN_EVERY
from tests.support.ballots import HQ, NOON
from tests.support.mail import deliver

SLUG = "pay-2026"


def plan(database, settings, *, now=NOON, **when):
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        row = plan_reminder(session, ballot, Plan(**when), staff=HQ, settings=settings, now=now)
        return row.id


def stages(database):
    with database.reading() as session:
        rows = reminders_of(session, get_ballot(session, SLUG))
        return [(row.stage, row.queued) for row in rows]


def look(database, settings, *, clock):
    """Let the worker look at what has come due; what is due at once leaves."""
    clock.now += SEEN_EVERY
    deliver(database, settings, clock=clock)
