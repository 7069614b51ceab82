"""A ballot opens once and closes once, and each has its checkpoint of the audit log."""

from datetime import timedelta

import pytest

from app.audit.checkpoints import every_checkpoint
from app.audit.keeper import keep_checkpoints
from app.ballots.service import create_ballot
from app.ballots.turning_points import turning_points
from app.core.signing import signer_of
from tests.support.ballots import HQ, NOON, add_members, ballot_in, given_ballot

MINUTE = timedelta(minutes=1)
OPENS, CLOSES = NOON + timedelta(hours=2), NOON + timedelta(days=3)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 2)
    return given_ballot(database, settings, opens_at=OPENS, closes_at=CLOSES)


def points(database, since, now):
    with database.reading() as session:
        return list(turning_points(session, since, now))


@pytest.mark.usefixtures("ballot")
def test_an_opening_and_a_close_are_named_at_their_moment_and_once(database):
    assert points(database, NOON, OPENS - MINUTE) == []
    assert points(database, NOON, OPENS) == ["pay-2026 opens"]
    assert points(database, OPENS, CLOSES - MINUTE) == []
    assert points(database, OPENS, CLOSES) == ["pay-2026 closes"]
    assert points(database, CLOSES, CLOSES + MINUTE) == []
    assert points(database, NOON, CLOSES) == ["pay-2026 opens", "pay-2026 closes"]


def test_a_draft_opens_nothing(database):
    with database.writing() as session:
        create_ballot(session, ballot_in(opens_at=OPENS, closes_at=CLOSES), staff=HQ, now=NOON)
    assert points(database, NOON, CLOSES) == []


@pytest.mark.usefixtures("ballot")
def test_a_checkpoint_is_signed_when_a_ballot_opens_and_when_it_closes(database, settings):
    for now in (NOON, OPENS - MINUTE, OPENS, OPENS + MINUTE, CLOSES, CLOSES + MINUTE):
        keep_checkpoints(database, signer=signer_of(settings), occasions=turning_points, now=now)
    with database.reading() as session:
        made = [(row.occasion.split(" ")[-1], row.at) for row in every_checkpoint(session)]
    assert made[1:] == [("opens", OPENS), ("closes", CLOSES)]
    assert made[0][1] == NOON
