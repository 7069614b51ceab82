"""A frozen ballot without codes, and invitations to it."""

from app.ballots.freeze import freeze_roll
from app.ballots.service import create_ballot, get_ballot
from app.notices.invitations import queue_invitations
from tests.support.ballots import HQ, NOON, ballot_in


def frozen_ballot(database, *, now=NOON, **changes):
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in(now=now, **changes), staff=HQ, now=now)
        freeze_roll(session, ballot, staff=HQ, now=now)
    return ballot.slug


def invite(database, settings, *, slug="pay-2026", now=NOON):
    with database.writing() as session:
        ballot = get_ballot(session, slug)
        return queue_invitations(session, ballot, staff=HQ, settings=settings, now=now)
