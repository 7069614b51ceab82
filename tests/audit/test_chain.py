"""The audit log: append-only for whoever comes through SQL, and a chain for whoever does not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit import service as audit
from app.audit.events import StaffDisabled, TokenIssued
from app.audit.models import AuditEvent
from app.audit.service import COMMAND_LINE, GENESIS, link_hash, record, walk_chain
from app.core.database import Database
from tests.support.audit import behind_its_back
from tests.support.staff import NOON, events_of


def append(database, subject, *, now=NOON):
    with database.writing() as session:
        record(session, TokenIssued(subject), actor=COMMAND_LINE, now=now)


def walk(database):
    with database.reading() as session:
        return walk_chain(session)


@pytest.fixture
def log(database):
    """Three events: 1, 2 and 3."""
    for subject in ("anna", "bea", "Siân"):
        append(database, subject)
    return database


def test_an_empty_log_holds(database):
    assert walk(database) == audit.Walk(0, head=GENESIS, broken=None)


def test_a_log_that_nobody_touched_holds(log):
    found = walk(log)
    assert (found.events, found.broken) == (3, None)
    assert found.head == events_of(log)[-1].hash


def test_each_event_carries_the_hash_of_the_one_before(log):
    hashes = [event.hash for event in events_of(log)]
    assert [event.previous_hash for event in events_of(log)] == [GENESIS, *hashes[:2]]
    assert [event.number for event in events_of(log)] == [1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("at = '2026-11-21 12:00:01'", id="the time"),
        pytest.param("actor = 'somebody else'", id="who"),
        pytest.param("origin = '203.0.113.9'", id="where from"),
        pytest.param("action = 'StaffSignedIn'", id="what"),
        pytest.param("subject = 'carla'", id="to whom"),
        pytest.param("""details = '{"issued": 1}'""", id="the details"),
        pytest.param("hash = 'f'", id="the hash itself"),
        pytest.param("previous_hash = 'f'", id="the hash of the one before"),
    ],
)
def test_a_changed_event_is_named_by_its_number(log, change):
    behind_its_back(log, f"UPDATE audit_event SET {change} WHERE number = 2")
    found = walk(log)
    assert (found.events, found.broken.number) == (1, 2)
    assert "event 2" in found.broken.reason


def test_an_event_changed_together_with_its_hash_betrays_itself_in_the_next(log):
    forged = AuditEvent(**events_of(log)[1].model_dump() | {"subject": "carla"})
    behind_its_back(
        log,
        "UPDATE audit_event SET subject = 'carla', hash = :hash WHERE number = 2",
        hash=link_hash(forged),
    )
    assert walk(log).broken == audit.BrokenLink(3, "event 3 does not follow the one before it")


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_event_is_named_by_its_number(log, number):
    behind_its_back(log, "DELETE FROM audit_event WHERE number = :number", number=number)
    assert walk(log).broken == audit.BrokenLink(number, f"event {number} is missing")


def test_an_event_put_in_before_the_first_is_named(log):
    forged = AuditEvent(**events_of(log)[0].model_dump() | {"number": 0, "hash": "f"})
    with log.writing() as session:
        session.add(forged)
    assert walk(log).broken.number == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET subject = 'carla'",
        "UPDATE audit_event SET subject = 'carla' WHERE number = 2",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE number = 3",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_event(log, statement):
    with pytest.raises(DBAPIError, match="append-only"), log.writing() as session:
        session.execute(text(statement))
    assert (walk(log).events, walk(log).broken) == (3, None)


def test_an_event_stands_or_falls_with_the_deed(database):
    class Refused(Exception):
        pass

    def undone():
        with database.writing() as session:
            record(session, StaffDisabled("anna"), actor=COMMAND_LINE, now=NOON)
            raise Refused

    with pytest.raises(Refused):
        undone()
    assert walk(database).events == 0


def test_events_appended_at_once_by_two_processes_make_one_chain(database, database_url):
    processes = [database, Database(database_url)]
    with ThreadPoolExecutor(8) as pool:
        done = [
            pool.submit(append, processes[n % 2], f"officer {n}", now=NOON + timedelta(seconds=n))
            for n in range(24)
        ]
        for each in done:
            each.result()
    processes[1].dispose()
    found = walk(database)
    assert (found.events, found.broken) == (24, None)
    assert {event.subject for event in events_of(database)} == {f"officer {n}" for n in range(24)}
