"""Links for reps: turnout of one branch, for some days, and nothing else."""

from datetime import timedelta

import pytest

from app.ballots.service import get_ballot
from app.security.models import Role
from app.security.service import Staff
from app.turnout.links import (
    MOST,
    TooManyLinks,
    TurnoutLinkOver,
    UnknownTurnoutLink,
    WrongDays,
    end_link,
    follow_link,
    live_links,
    make_link,
)
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot

LATER = NOW + timedelta(days=7)


@pytest.fixture
def staff():
    return Staff("rep", role=Role.BRANCH, branch="Leeds")


@pytest.fixture(autouse=True)
def ballot(database, settings):
    add_members(database, 40)
    add_members(database, 40, branch="York")
    return given_ballot(database, settings)


@pytest.fixture
def make(database, settings, staff):
    def one(*, branch="Leeds", days=7, now=NOW):
        with database.writing() as session:
            ballot = get_ballot(session, "pay-2026")
            return make_link(
                session, ballot, branch=branch, days=days, staff=staff, settings=settings, now=now
            )

    return one


def follow(database, settings, secret, *, now=NOW):
    with database.reading() as session:
        ballot, branch = follow_link(session, secret, settings=settings, now=now)
        return ballot.slug, branch


def test_a_link_leads_to_its_branch_until_it_ends(database, settings, make):
    made = make()
    assert follow(database, settings, made.secret) == ("pay-2026", "Leeds")
    last = LATER - timedelta(seconds=1)
    assert follow(database, settings, made.secret, now=last) == ("pay-2026", "Leeds")
    with pytest.raises(TurnoutLinkOver):
        follow(database, settings, made.secret, now=LATER)


def test_what_stands_in_the_address_is_kept_nowhere(database, make):
    made = make()
    assert made.secret.encode() not in made.row.digest
    assert len(made.secret) >= 22
    assert len({make().secret for _ in range(3)}) == 3


def test_another_address_leads_nowhere(database, settings, make):
    make()
    with pytest.raises(UnknownTurnoutLink):
        follow(database, settings, "nothing-like-it")


def test_a_branch_ends_its_own_links_and_no_others(database, settings, make, staff):
    made, other = make(), make(branch="York")
    with database.writing() as session:
        ballot = get_ballot(session, "pay-2026")
        with pytest.raises(UnknownTurnoutLink):
            end_link(session, ballot, branch="Leeds", link=other.row.id, staff=staff, now=NOW)
        end_link(session, ballot, branch="LEEDS", link=made.row.id, staff=staff, now=NOW)
        assert live_links(session, ballot, branch="Leeds", now=NOW) == []
    with pytest.raises(TurnoutLinkOver):
        follow(database, settings, made.secret)
    assert follow(database, settings, other.secret) == ("pay-2026", "York")


def test_a_branch_has_only_so_many_and_for_so_long(make):
    with pytest.raises(WrongDays):
        make(days=400)
    for _ in range(MOST):
        make()
    with pytest.raises(TooManyLinks):
        make()
    assert make(now=LATER)
