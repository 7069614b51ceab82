"""Whoever is taken off the roll gets no mail about the ballot, and whoever comes late does."""

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.ballots.models import Credential
from app.notices.models import OutboxMessage
from tests.support.ballots import add_members
from tests.support.changes import exclude, supplement
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import deliver, with_mail


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


def test_an_invitation_on_its_way_is_dropped_and_no_code_is_made(database, settings, clock):
    add_members(database, 2)
    frozen_ballot(database)
    assert invite(database, settings) == 2
    exclude(database, "LEE0001")
    deliver(database, settings, clock=clock)
    with database.reading() as session:
        rows = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.state))).all()
        codes = session.scalar(sa.select(sa.func.count()).select_from(Credential))
    assert [(row.state, row.reply[:26]) for row in rows if row.state == "dropped"] == [
        ("dropped", "This member was taken off ")
    ]
    assert (len(rows), codes) == (2, 1)


def test_only_who_is_on_the_roll_is_invited(database, settings, clock):
    add_members(database, 3)
    frozen_ballot(database)
    exclude(database, "LEE0001")
    add_members(database, 1, branch="Hull")
    supplement(database)
    assert invite(database, settings) == 3
