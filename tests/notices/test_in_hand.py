"""Messages in hand: how often a batch asks the database, and what may still change them."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import col

from app.audit.service import COMMAND_LINE
from app.notices.desk import pause_mail
from app.notices.erasure import forget_member
from app.notices.in_hand import take_in_hand
from app.notices.line import Answer, Fate
from app.notices.models import OutboxMessage
from app.notices.outbox import Settled, claim, settle
from app.notices.writing import write_mails
from app.roll.repository import find_member
from tests.support.ballots import NOON, add_members
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import with_mail

FEW, MANY = 2, 30
# As many as there are connections.
TOGETHER = 12
# Mail leaves as fast as the database answers these (docs/performance.md).
MOST_STATEMENTS = 9
TAKEN = Answer(Fate.ACCEPTED, "250 2.0.0 Queued")


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def claimed(database, settings):
    add_members(database, FEW + MANY)
    frozen_ballot(database)
    invite(database, settings)
    with database.writing() as session:
        return claim(session, worker="w", most=FEW + MANY, now=NOON)


@contextmanager
def statements_of(database):
    """What runs while the block lasts: each statement and its values."""
    seen = []

    def note(connection, cursor, statement, values, context, many):
        if not statement.startswith("BEGIN"):
            seen.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def in_hand(database, settings, messages):
    """Take messages in hand and write them, as a worker does in one commit."""
    with database.writing() as session:
        rows = take_in_hand(session, messages, worker="w", now=NOON)
        return write_mails(session, rows, settings=settings, now=NOON)


def settled(database, messages, *, worker="w", answer=TAKEN):
    with database.writing() as session:
        settle(session, [Settled(each, answer) for each in messages], worker=worker, now=NOON)


def states(database, messages):
    with database.reading() as session:
        asked = sa.select(col(OutboxMessage.state)).where(col(OutboxMessage.id).in_(messages))
        return set(session.execute(asked).scalars())


def test_a_batch_asks_as_often_for_many_messages_as_for_few(database, settings, claimed):
    asked = []
    for batch in (claimed[:FEW], claimed[FEW:]):
        with statements_of(database) as statements:
            assert len(in_hand(database, settings, batch)) == len(batch)
            settled(database, batch)
        asked.append(len(statements))
    assert asked[0] == asked[1] <= MOST_STATEMENTS
    assert states(database, claimed) == {"accepted"}


def test_messages_are_taken_in_hand_by_their_keys_however_many_are_queued(
    database, settings, claimed
):
    with statements_of(database) as statements:
        in_hand(database, settings, claimed[:TOGETHER])
    [(taking, values)] = [each for each in statements if each[0].startswith("UPDATE outbox SET st")]
    with database.reading() as session:
        connection = session.connection()
        if database.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {taking}", values)
        else:
            # A table of thirty rows is read whole unless that is ruled out.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {taking}", values)
        told = str(plan.all())
    assert "PRIMARY KEY" in told or "pk_outbox" in told
    assert "ix_outbox_due" not in told


def test_while_mail_is_paused_nothing_is_taken_in_hand(database, settings, claimed):
    with database.writing() as session:
        pause_mail(session, actor=COMMAND_LINE, now=NOON)
    assert in_hand(database, settings, claimed) == {}
    assert states(database, claimed) == {"queued"}


def test_what_is_in_hand_or_settled_is_not_taken_in_hand_again(database, settings, claimed):
    assert len(in_hand(database, settings, claimed)) == len(claimed)
    assert in_hand(database, settings, claimed) == {}
    with database.writing() as session:
        # As if its worker were still the same.
        session.execute(sa.update(OutboxMessage).values(state="accepted", worker="w"))
    assert in_hand(database, settings, claimed) == {}


@pytest.mark.parametrize("fate", [Fate.ACCEPTED, Fate.UNSURE, Fate.REFUSED, Fate.LATER])
def test_only_the_worker_that_has_a_message_in_hand_settles_it(database, settings, claimed, fate):
    in_hand(database, settings, claimed)
    settled(database, claimed, worker="another", answer=Answer(fate, "words"))
    assert states(database, claimed) == {"sending"}


@pytest.mark.parametrize("fate", [Fate.ACCEPTED, Fate.UNSURE, Fate.REFUSED, Fate.LATER])
def test_an_answer_about_a_member_who_was_erased_meanwhile_changes_nothing(
    database, settings, claimed, fate
):
    in_hand(database, settings, claimed[:1])
    with database.writing() as session:
        forget_member(session, find_member(session, "LEE0001"))
    settled(database, claimed[:1], answer=Answer(fate, "lee1@example.org is away"))
    with database.reading() as session:
        row = session.get_one(OutboxMessage, claimed[0])
    assert (row.state, row.address, row.reply) == ("dropped", "", "The member was erased.")


def test_one_batch_settles_every_kind_of_answer(database, settings, claimed):
    accepted, refused, unsure, later, untouched = claimed[:5]
    in_hand(database, settings, claimed[:5])
    answers = {
        accepted: TAKEN,
        refused: Answer(Fate.REFUSED, "550 No"),
        unsure: Answer(Fate.UNSURE, "gone"),
        later: Answer(Fate.LATER, "451 Busy"),
        untouched: None,
    }
    with database.writing() as session:
        settle(session, [Settled(*each) for each in answers.items()], worker="w", now=NOON)
    with database.reading() as session:
        rows = [session.get_one(OutboxMessage, each) for each in answers]
    assert [(row.state, row.reply, row.attempts) for row in rows] == [
        ("accepted", "250 2.0.0 Queued", 1),
        ("refused", "550 No", 1),
        ("unsure", "gone", 1),
        ("queued", "451 Busy", 1),
        ("queued", "", 0),
    ]
    # A code that the server may have stays; what it does not have had one that is nobody's now.
    assert [row.code_digest is not None for row in rows] == [True, False, True, False, False]
    assert {(row.worker, row.claimed_until) for row in rows} == {(None, None)}
