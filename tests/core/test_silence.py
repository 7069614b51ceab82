"""A PostgreSQL that says nothing is told from one that takes long."""

import asyncio
import socket
import threading
import time
from contextlib import suppress

import pytest
from sqlalchemy import text

from app.core import silence
from app.core.database import DATABASE_AWAY, Database
from app.core.silence import PostgresSilent, Pulse

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(silence, "SILENT_AFTER", 0.2)
    monkeypatch.setattr(silence, "ANSWERS_WITHIN", 2)  # the driver takes no less
    monkeypatch.setattr(silence, "ASK_AGAIN_AFTER", 0.1)


@pytest.fixture
def mute():
    """A door that somebody could come through, and nobody opens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door


def address_of(door):
    return f"postgresql+psycopg://postgres@127.0.0.1:{door.getsockname()[1]}/muster"


@pytest.fixture
def database(mute):
    database = Database(address_of(mute))
    yield database
    database.dispose()


def wait_until(happened):
    give_up_at = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.02)


def test_whoever_comes_while_it_is_silent_is_told_at_once(database):
    database.pulse.doubt()
    wait_until(lambda: database.pulse.silent)
    began = time.monotonic()
    with pytest.raises(DATABASE_AWAY), database.reading() as session:
        session.execute(text("SELECT 1"))
    assert time.monotonic() - began < 1


def test_the_loop_is_told_as_soon_as_a_thread(database):
    database.pulse.doubt()
    wait_until(lambda: database.pulse.silent)
    began = time.monotonic()
    with pytest.raises(DATABASE_AWAY):
        asyncio.run(database.glance(lambda session: session.execute(text("SELECT 1"))))
    assert time.monotonic() - began < 1


def test_a_first_word_says_that_it_is_back(mute, database):
    database.pulse.doubt()
    wait_until(lambda: database.pulse.silent)

    def refuse_everybody():
        with suppress(OSError):
            while True:
                mute.accept()[0].close()

    threading.Thread(target=refuse_everybody, daemon=True).start()
    wait_until(lambda: not database.pulse.silent)


def test_a_line_that_cannot_be_had_is_a_doubt(mute):
    pulse = Pulse(address_of(mute))
    with pytest.raises(silence.ConnectionTimeout):
        pulse.connect(address_of(mute).replace("+psycopg", ""), connect_timeout=2)
    wait_until(lambda: pulse.silent)
    with pytest.raises(PostgresSilent):
        pulse.connect("")
    pulse.close()


def test_a_statement_that_takes_long_is_waited_for_while_the_server_is_well(postgres):
    url = postgres.create_empty()
    database = Database(url)
    doubts = []
    database.pulse.doubt, doubt = lambda: doubts.append(doubt()), database.pulse.doubt
    with database.reading() as session:
        assert session.execute(text("SELECT 'done' FROM pg_sleep(1.2)")).scalar() == "done"
    assert len(doubts) >= 2
    assert not database.pulse.silent
    database.dispose()
    postgres.drop(url)


def test_nobody_is_asked_while_answers_come(postgres):
    url = postgres.create_empty()
    database = Database(url)
    database.pulse.doubt = lambda: pytest.fail("there was no doubt")
    with database.reading() as session:
        assert len(session.execute(text("SELECT generate_series(1, 200000)")).all()) == 200_000
    database.dispose()
    postgres.drop(url)
