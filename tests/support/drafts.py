"""Ballots whose roll is not frozen."""

from app.ballots.service import create_ballot
from tests.support.ballots import HQ, NOON, ballot_in


def given_draft(database, *, now=NOON, **changes):
    with database.writing() as session:
        return create_ballot(session, ballot_in(now=now, **changes), staff=HQ, now=now)
