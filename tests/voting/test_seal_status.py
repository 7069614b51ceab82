"""A process does not serve a running ballot with keys that open none of its papers."""

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col, select

from app.ballots.models import Ballot
from app.voting.models import BallotPaper
from app.voting.seal_status import KeysOpenNothing, refuse_keys_that_open_nothing
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
    with pytest.raises(KeysOpenNothing, match="papers of pay-2026 were sealed with another key"):
        try_keys(secret_key=OTHER_KEY)
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
