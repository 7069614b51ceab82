"""The databases of tests: what a test left behind reaches no other."""

import psycopg
import pytest

from app.core.database import Database
from tests.support.ballots import add_members

PLACES = "SELECT ctid::text FROM member ORDER BY ctid"
APPEND_ONLY = "DROP TRIGGER audit_event_append_only ON audit_event"
FIRST_PLACES = [("(0,1)",), ("(0,2)",)]


def asked(url, statement):
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        answer = connection.execute(statement)
        return answer.fetchall() if answer.description else None


@pytest.fixture
def next_to(postgres):
    """What the next test is given after a statement was run in the database of this one."""
    given = []

    def next_to(statement):
        url = postgres.create_migrated()
        database = Database(url)
        add_members(database, 2)
        database.dispose()
        assert asked(url, PLACES) == FIRST_PLACES
        asked(url, statement)
        postgres.drop(url)
        given.append(postgres.create_migrated())
        return url, given[0]

    yield next_to
    postgres.drop(given[0])


def test_what_was_filled_is_emptied_to_the_last_page(next_to):
    url, given = next_to("SELECT 1")
    assert given == url
    assert asked(given, "SELECT * FROM member, branch") == []
    asked(given, "INSERT INTO branch (code, folded_code) VALUES ('a', 'a'), ('b', 'b')")
    assert asked(given, "SELECT ctid::text FROM branch ORDER BY ctid") == FIRST_PLACES


def test_rows_are_numbered_from_the_first_again(next_to):
    url, given = next_to("SELECT 1")
    assert given == url
    database = Database(given)
    add_members(database, 1)
    database.dispose()
    assert asked(given, "SELECT id FROM member") == [(1,)]


def test_what_was_altered_is_not_given_again(next_to):
    url, given = next_to(APPEND_ONLY)
    assert given != url
    asked(given, APPEND_ONLY)


def test_what_the_migrations_wrote_is_as_they_wrote_it(next_to):
    url, given = next_to("UPDATE mail_switch SET trouble = 'the mail server is away'")
    assert given != url
    assert asked(given, "SELECT trouble FROM mail_switch") == [("",)]


def test_nobody_is_left_inside(postgres):
    url = postgres.create_migrated()
    forgotten = psycopg.connect(url.replace("+psycopg", ""))
    forgotten.execute("SELECT * FROM branch")
    postgres.drop(url)
    with pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")
    forgotten.close()
    assert postgres.create_migrated() == url
    postgres.drop(url)
