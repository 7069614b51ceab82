"""A ballot that two officers cancel, and one that two declare."""

from app.ballots.cancelling import approve_cancellation, propose_cancellation
from app.ballots.service import get_ballot
from tests.support.ballots import HQ, NOON
from tests.support.changes import SECOND, SLUG

WHY = "The question named the wrong pay offer"


def propose_cancel(database, *, reason=WHY, staff=HQ, now=NOON):
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        return propose_cancellation(session, ballot, reason=reason, staff=staff, now=now).id


def approve_cancel(database, number, *, staff=SECOND, now=NOON):
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        approve_cancellation(session, ballot, number, staff=staff, now=now)


def cancel(database, *, now=NOON):
    approve_cancel(database, propose_cancel(database, now=now), now=now)
