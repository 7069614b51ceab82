"""Turnout is what the counters of every process add up to, ballot by ballot and cell by cell."""

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.ballots.models import Ballot, RollCell
from app.voting.counters import turnout_version, votes_by_ballot, votes_by_cell
from app.voting.models import TurnoutCounter
from tests.support.ballots import add_members, given_ballot


@pytest.fixture
def ballots(database, settings):
    """Two ballots of two branches; in each branch two processes counted."""
    add_members(database, 5, branch="Leeds")
    add_members(database, 5, branch="York")
    pay = given_ballot(database, settings)
    other = given_ballot(database, settings, slug="other")
    with database.writing() as session:
        for ballot, counts in ((pay, [(1, 2), (4, 0)]), (other, [(3, 0), (0, 0)])):
            for cell, of_writers in zip(cells_of(session, ballot), counts, strict=True):
                for writer, votes in enumerate(of_writers):
                    session.add(
                        TurnoutCounter(
                            ballot_id=ballot.id, cell_id=cell, writer=writer, votes_cast=votes
                        )
                    )
    return pay, other


def cells_of(session, ballot):
    cells = select(RollCell).where(RollCell.ballot_id == ballot.id).order_by(col(RollCell.branch))
    return [cell.id for cell in session.exec(cells)]


def test_a_cell_has_what_all_processes_counted_in_it(database, ballots):
    pay, other = ballots
    with database.reading() as session:
        leeds, york = cells_of(session, pay)
        assert votes_by_cell(session, pay.id) == {leeds: 3, york: 4}
        leeds, york = cells_of(session, other)
        assert votes_by_cell(session, other.id) == {leeds: 3, york: 0}


def test_a_ballot_has_what_its_cells_have_and_only_those_asked_about_are_answered(
    database, ballots
):
    pay, other = ballots
    with database.reading() as session:
        assert votes_by_ballot(session, [pay.id, other.id]) == {pay.id: 7, other.id: 3}
        assert votes_by_ballot(session, [other.id]) == {other.id: 3}
        assert votes_by_ballot(session, []) == {}


def test_turnout_follows_from_the_votes_and_the_digest_of_the_roll(database, ballots):
    with database.reading() as session:
        digest = session.scalars(
            sa.select(col(Ballot.roll_digest)).where(col(Ballot.slug) == "pay-2026")
        ).one()
        assert digest
        assert turnout_version(session, "pay-2026") == (7, digest)
        assert turnout_version(session, "other")[0] == 3


def test_a_ballot_without_votes_has_none_and_one_that_is_not_there_has_no_roll_either(
    database, settings
):
    add_members(database, 1)
    given_ballot(database, settings)
    with database.reading() as session:
        assert turnout_version(session, "pay-2026")[0] == 0
        assert turnout_version(session, "pay-2026")[1] is not None
        for slug in ("no-such-ballot", "pay-2026\0"):
            assert turnout_version(session, slug) == (0, None)
