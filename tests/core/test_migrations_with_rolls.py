"""A schema step on a database that is in use: rolls, marks and counters come through it."""

from contextlib import contextmanager

import pytest
from alembic import command
from sqlalchemy import text

from app.core import migrations
from app.core.database import Database

# A ballot of the first schema: one branch, two members, one of whom has voted.
IN_USE = """
INSERT INTO branch (code, folded_code) VALUES ('Leeds', 'leeds');
INSERT INTO member (id, membership_number, given_name, family_name, email, mobile, branch, region,
  employer, workplace, category, joined_on, in_arrears, language, address, postcode)
VALUES
  (1, 'L1', '', 'Okafor', '', '', 'Leeds', '', '', '', 'full', '2020-01-01', FALSE, 'en', '', ''),
  (2, 'L2', '', 'Byrne', '', '', 'Leeds', '', '', '', 'full', '2020-01-01', FALSE, 'en', '', '');
INSERT INTO ballot (id, slug, title, kind, opens_at, closes_at, cut_off_at, announced_on,
  important_public_service, constituency, exclude_arrears, floor, created_at, created_by, frozen_at)
VALUES (1, 'pay', 'Pay', 'indicative', '2026-11-21 00:00:00', '2026-11-28 00:00:00',
  '2026-11-20 00:00:00', '2026-11-01', FALSE, '{}', FALSE, 5, '2026-11-01 00:00:00', 'anna',
  '2026-11-20 00:00:00');
INSERT INTO roll_cell (id, ballot_id, branch, region, employer, workplace, entitled)
VALUES (1, 1, 'Leeds', '', '', '', 2);
INSERT INTO roll_entry (id, ballot_id, member_id, cell_id, membership_number, category, joined_on)
VALUES (1, 1, 1, 1, 'L1', 'full', '2020-01-01'), (2, 1, 2, 1, 'L2', 'full', '2020-01-01');
INSERT INTO roll_mark (ballot_id, entry_id) VALUES (1, 1);
INSERT INTO turnout_counter (ballot_id, cell_id, writer, votes_cast) VALUES (1, 1, 0, 1)
"""
# The roll of the newest schema: who can be reached is counted beside who cannot.
SPLIT = """
UPDATE roll_cell SET reachable = TRUE, entitled = 1;
INSERT INTO roll_cell (id, ballot_id, branch, region, employer, workplace, reachable, entitled)
VALUES (2, 1, 'Leeds', '', '', '', FALSE, 1);
UPDATE roll_entry SET cell_id = 2 WHERE id = 2;
INSERT INTO turnout_counter (ballot_id, cell_id, writer, votes_cast) VALUES (1, 2, 0, 1);
INSERT INTO turnout_counter (ballot_id, cell_id, writer, votes_cast) VALUES (1, 2, 1, 3)
"""


@pytest.fixture
def url(database_server):
    url = database_server.create_empty()
    yield url
    database_server.drop(url)


@contextmanager
def connected(url):
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            yield connection
            connection.commit()
    finally:
        database.dispose()


def given(url, statements):
    with connected(url) as connection:
        for statement in statements.split(";\n"):
            connection.execute(text(statement))


def rows(url, query):
    with connected(url) as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def in_use(url):
    command.upgrade(migrations._config(url), "0001")
    given(url, IN_USE)


def test_a_roll_that_was_frozen_before_goes_on_as_it_is(url):
    in_use(url)
    migrations.migrate(url)
    assert rows(url, "SELECT cell_id, votes_cast FROM turnout_counter") == [(1, 1)]
    assert rows(url, "SELECT branch, entitled, reachable FROM roll_cell") == [("Leeds", 2, None)]
    assert rows(url, "SELECT entry_id FROM roll_mark") == [(1,)]


def test_a_step_back_puts_the_halves_of_a_group_together(url):
    in_use(url)
    migrations.migrate(url)
    given(url, SPLIT)
    command.downgrade(migrations._config(url), "0003")
    assert rows(url, "SELECT id, entitled FROM roll_cell") == [(1, 2)]
    assert rows(url, "SELECT id, cell_id FROM roll_entry ORDER BY id") == [(1, 1), (2, 1)]
    counters = "SELECT cell_id, writer, votes_cast FROM turnout_counter ORDER BY writer"
    assert rows(url, counters) == [(1, 0, 2), (1, 1, 3)]


def test_the_check_on_the_size_of_a_cell_survives(url):
    in_use(url)
    migrations.migrate(url)
    with pytest.raises(Exception, match="entitled_is_a_count"):
        given(url, "UPDATE roll_cell SET entitled = -1")
