"""A ballot whose roll changes after the freeze, and the two officers whom that takes."""

from app.ballots.chain import walk_roll
from app.ballots.exclusions import propose_exclusion
from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.ballots.supplements import Supplement, add_supplement
from app.security.models import Role
from app.security.service import Staff
from app.voting.exclusions import approve_exclusion
from tests.support.ballots import HQ, NOON

SECOND = Staff("second-officer", role=Role.HQ, branch=None)
SLUG = "pay-2026"


def supplement(database, *numbers, reason="Came late", staff=HQ, now=NOON, **facts):
    """Put members onto the roll: those named, or everybody who came late."""
    with database.writing() as session:
        asked = Supplement(numbers or None, reason=reason, **{"votes_cast": 0} | facts)
        ballot = get_ballot(session, SLUG)
        return add_supplement(session, ballot, asked, staff=staff, now=now)


def propose(database, number, *, reason="Left before the opening", staff=HQ, now=NOON):
    """Propose to take a member off the roll; return the proposal's number."""
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        row = propose_exclusion(session, ballot, number=number, reason=reason, staff=staff, now=now)
        return row.id


def exclude(database, number, *, now=NOON):
    """Take a member off the roll, proposed by one officer and approved by another."""
    proposal = propose(database, number, now=now)
    return approve_exclusion(database, SLUG, proposal, staff=SECOND, now=now)


def walk(database):
    """Walk the chain of the roll's digests."""
    with database.reading() as session:
        return walk_roll(session, get_ballot(session, SLUG))


def ballot_row(database) -> Ballot:
    with database.reading() as session:
        return get_ballot(session, SLUG)
