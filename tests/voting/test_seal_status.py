"""A process does not serve a running ballot with keys that open none of its papers."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col, select

from app.ballots.models import Ballot
from app.voting import seal_status
from app.voting.models import BallotPaper
from app.voting.seal_status import (
    KeysOpenNothing,
    papers_of_other_keys,
    refuse_keys_that_open_nothing,
)
from app.voting.stirring import stir_boxes
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import cast

OTHER_KEY = SecretStr("another secret of invented tests, as long as the first")


@pytest.fixture
def ballot(database, settings):
    add_members(database, 5)
    return given_ballot(database, settings)


@pytest.fixture
def try_keys(database, settings):
    def run(**keys):
        with database.reading() as session:
            refuse_keys_that_open_nothing(
                session, settings=settings.model_copy(update=keys), now=NOW
            )

    return run


def test_keys_that_open_no_paper_are_refused_in_one_sentence(database, ballot, settings, try_keys):
    try_keys(secret_key=OTHER_KEY)
    cast(database, ballot, ["reject", "accept"])
    with pytest.raises(KeysOpenNothing) as refused:
        try_keys(secret_key=OTHER_KEY)
    assert refused.value.detail == (
        "The papers of pay-2026 were sealed with another key than MUSTER_SECRET_KEY or "
        "MUSTER_PREVIOUS_SECRET_KEY, so nothing was started: set the key that was in use while "
        "members voted (docs/operations.md, Keys and their rotation)."
    )
    try_keys()
    try_keys(secret_key=OTHER_KEY, previous_secret_key=settings.secret_key)


def test_one_paper_that_does_not_open_keeps_nobody_from_voting(database, ballot, try_keys):
    cast(database, ballot, ["reject", "accept"])
    with database.writing() as session:
        paper = session.exec(select(BallotPaper)).first()
        paper.sealed = bytes(len(paper.sealed))
    try_keys()


def test_papers_of_a_cancelled_ballot_are_asked_of_nobody(database, ballot, try_keys):
    cast(database, ballot, ["reject"])
    with database.writing() as session:
        session.execute(
            sa.update(Ballot)
            .where(col(Ballot.id) == ballot.id)
            .values(sealed_at=NOW, cancelled_at=NOW, cancel_reason="The key is lost.")
        )
    try_keys(secret_key=OTHER_KEY)


def test_so_many_papers_are_tried_and_no_more(database, ballot, try_keys, monkeypatch):
    """Those with the lowest ids: a process that starts must not read a whole box."""
    monkeypatch.setattr(seal_status, "TRIED", 1)
    cast(database, ballot, ["reject", "accept"])
    with database.writing() as session:
        paper = session.exec(select(BallotPaper).order_by(BallotPaper.id)).first()
        paper.sealed = bytes(len(paper.sealed))
    with pytest.raises(KeysOpenNothing):
        try_keys()


def test_a_box_without_sealed_papers_says_nothing_of_the_keys(database, settings, ballot, try_keys):
    given_ballot(database, settings, slug="other")
    cast(database, ballot, ["reject"])
    try_keys()
    with database.writing() as session:
        paper = session.exec(select(BallotPaper)).one()
        paper.sealed, paper.answers = None, '{"offer":"reject"}'
    try_keys()


def test_papers_wait_for_the_newer_key_until_their_box_is_stirred(database, settings, ballot):
    rotated = settings.model_copy(
        update={"secret_key": OTHER_KEY, "previous_secret_key": settings.secret_key}
    )
    other = given_ballot(database, settings, slug="other")
    cast(database, ballot, ["reject", "accept"])
    cast(database, other, ["reject"])

    def waiting(keys, *, now=NOW):
        with database.reading() as session:
            return papers_of_other_keys(session, settings=keys, now=now)

    assert (waiting(settings), waiting(rotated)) == (0, 3)
    assert waiting(rotated, now=NOW - timedelta(days=1)) == 0, "neither has opened"
    stir_boxes(database, settings=rotated, now=NOW)
    assert (waiting(settings), waiting(rotated)) == (3, 0)
