"""A close that two officers move."""

from datetime import timedelta

from app.ballots.extensions import approve_extension, propose_extension
from app.ballots.service import get_ballot
from tests.support.ballots import HQ, NOON
from tests.support.changes import SECOND, SLUG

CLOSE = NOON + timedelta(days=7)
LATER = NOON + timedelta(days=9)
REASON = "The post was late in Leeds"


def propose_later(database, *, new_close=LATER, reason=REASON, staff=HQ, now=NOON):
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        row = propose_extension(
            session, ballot, new_close=new_close, reason=reason, staff=staff, now=now
        )
        return row.id


def approve_later(database, number, *, staff=SECOND, now=NOON):
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        approve_extension(session, ballot, number, staff=staff, now=now)


def extend(database, *, new_close=LATER, now=NOON):
    approve_later(database, propose_later(database, new_close=new_close, now=now), now=now)
