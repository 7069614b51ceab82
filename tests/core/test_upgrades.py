"""Whoever used an earlier Muster goes on with this one: each schema that ever was, with data.

A union in use is told in rows of the newest schema. Each database here is at an earlier one, and
has as much of those rows as there was room for; then `muster migrate` brings it to the newest.
"""

from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from app.cli.main import main
from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from app.voting.sealing import PaperSeal
from tests.conftest import SECRET
from tests.support.ballots import NOON
from tests.support.client import AppClient, MovableClock
from tests.support.steps import STEPS, StepDatabases
from tests.support.unions import DECLARED, MEMBERS, UNDER_WAY, receipt, union_in_use

EARLIER = STEPS[:-1]
THE_SEAL = "0014"  # papers lay open before it
NEW_SESSIONS = "0017"  # nobody stays signed in over it
FILLED_BY_A_STEP = {"mail_switch"}
COLUMNS = {
    "sqlite": """
SELECT place.name, there.name FROM sqlite_master place, pragma_table_info(place.name) there
WHERE place.type = 'table' AND place.name NOT LIKE 'sqlite_%'
""",
    "postgresql": """
SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
""",
}
# On SQLite and PostgreSQL: what each table is, as the database itself says it.
SCHEMA = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master",
    "postgresql": """
SELECT table_name, column_name, data_type || is_nullable || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
WHERE NOT tgisinternal
""",
}


def settings_for(url):
    return Settings(
        database_url=url,
        secret_key=SECRET,
        base_url="http://testserver",
        turnout_age=0,
        second_factor="optional",
    )


@contextmanager
def opened(url):
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


@pytest.fixture(scope="module")
def union(sqlite):
    url = sqlite.create_migrated()
    with opened(url) as database:
        yield union_in_use(database, settings_for(url))
    sqlite.drop(url)


def columns_in(database):
    """The columns of every table that there is."""
    found = defaultdict(list)
    with database.reading() as session:
        for table, column in session.execute(sa.text(COLUMNS[database.engine.dialect.name])):
            found[table].append(column)
    del found["alembic_version"]
    return found


def as_then(union, table, columns):
    """A union's rows of one table as an earlier schema had room for them."""
    for row in union.rows[table]:
        kept = {name: row[name] for name in columns}
        if table == "ballot_paper" and "sealed" not in columns and row["sealed"] is not None:
            opened = PaperSeal([SECRET], ballot=UNDER_WAY).open(row["sealed"])
            kept |= {"answers": opened.answers, "receipt_digest": opened.receipt_digest}
        yield kept


def fill(database, union):
    """Put in what there is room for; numbers that the database gives go on after ours."""
    columns = columns_in(database)
    with database.writing() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in columns:
                continue
            kinds = [sa.column(name, table.c[name].type) for name in columns[table.name]]
            here = sa.table(table.name, *kinds)
            if table.name in FILLED_BY_A_STEP:
                session.execute(sa.delete(here))
            rows = list(as_then(union, table.name, columns[table.name]))
            session.execute(sa.insert(here), rows)
        if database.engine.dialect.name == "postgresql":
            for name in columns:
                if "id" in columns[name] and name not in {"ballot_paper", "webhook_event"}:
                    sequence = sa.func.pg_get_serial_sequence(name, "id")
                    last = sa.select(sa.func.max(sa.column("id"))).select_from(sa.table(name))
                    session.execute(sa.select(sa.func.setval(sequence, last.scalar_subquery())))


def contents(database, columns):
    """How often each row is there, by table, of the columns asked for."""
    with database.reading() as session:
        return {
            table: Counter(tuple(map(str, row)) for row in session.execute(_select(table, names)))
            for table, names in columns.items()
        }


def _select(table, names):
    return sa.select(*(sa.column(name) for name in names)).select_from(sa.table(table))


def schema_of(database):
    """What the database says of its schema; SQLite keeps a table's lines in no order."""
    with database.reading() as session:
        found = session.execute(sa.text(SCHEMA[database.engine.dialect.name]))
        return {
            (kind, name, *sorted(line.strip(" \t,") for line in (told or "").splitlines()))
            for kind, name, told in found
        }


@dataclass(frozen=True)
class Upgraded:
    """A database that stood at an earlier step, what was in it then, and where it is now."""

    since: str
    database: Database
    columns: dict
    before: dict


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def steps(request):
    steps = StepDatabases(request.getfixturevalue(request.param))
    yield steps
    steps.drop()


@pytest.fixture(scope="module", params=EARLIER)
def upgraded(request, steps, union):
    url = steps.empty_at(request.param)
    with opened(url) as database, pytest.MonkeyPatch.context() as patch:
        columns = columns_in(database)
        fill(database, union)
        before = contents(database, columns)
        patch.setenv("MUSTER_DATABASE_URL", url)
        patch.setenv("MUSTER_SECRET_KEY", SECRET)
        patch.setenv("MUSTER_BASE_URL", "http://testserver")
        muster("migrate")
        yield Upgraded(request.param, database=database, columns=columns, before=before)
    steps.server.drop(url)


def muster(*words):
    with pytest.raises(SystemExit) as leaving:
        main(words)
    assert not leaving.value.code


def test_every_table_has_something_in_it_before(upgraded):
    assert [table for table, rows in upgraded.before.items() if not rows] == []


def test_every_row_is_still_there_as_it_was(upgraded):
    now = contents(upgraded.database, upgraded.columns)
    if upgraded.since < NEW_SESSIONS:
        assert now.pop("staff_session") == Counter()
        upgraded.before.pop("staff_session", None)
    if upgraded.since < THE_SEAL:
        assert now.pop("ballot_paper").total() == upgraded.before["ballot_paper"].total()
    assert now == {table: rows for table, rows in upgraded.before.items() if table in now}


@pytest.fixture(scope="module")
def schema_of_a_new_one(steps):
    url = steps.server.create_migrated()
    with opened(url) as new:
        yield schema_of(new)
    steps.server.drop(url)


def test_the_schema_is_that_of_a_new_database(upgraded, schema_of_a_new_one):
    assert schema_of(upgraded.database) == schema_of_a_new_one


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("ballot_id, entry_id FROM roll_mark", id="nobody is marked twice"),
        pytest.param("ballot_id, -1 FROM roll_mark", id="no stranger is marked"),
    ],
)
def test_the_database_still_refuses(upgraded, row):
    with pytest.raises(IntegrityError), upgraded.database.writing() as session:
        session.execute(sa.text(f"INSERT INTO roll_mark (ballot_id, entry_id) SELECT {row}"))


def test_the_log_verifies_and_what_was_declared_is_what_the_papers_say(upgraded):
    muster("audit", "verify")
    muster("recount", DECLARED)


def test_the_ballot_under_way_goes_on_and_counts_the_papers_from_before(upgraded, union):
    clock = MovableClock(NOON)
    ballot, votes = f"/api/v1/ballots/{UNDER_WAY}", f"/api/v1/ballots/{UNDER_WAY}/votes"
    with AppClient(create_app(settings_for(upgraded.database.url), clock=clock)) as client:

        def cast(number, sent):
            paper = {"answers": {"offer": "reject"}, "receipt": sent}
            return client.post(votes, token=union.codes[number], json=paper).status_code

        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get(ballot).json()["state"] == "open"
        assert client.get(f"/api/v1/ballots/{DECLARED}/result").json() == union.result
        turnout = client.get(f"{ballot}/turnout", token=union.token).json()
        assert (turnout["entitled"], turnout["votes_cast"]) == (MEMBERS, union.voted)
        assert cast(0, receipt(0)) == 201, "the same vote again, with the receipt that it had"
        assert cast(0, "another receipt of theirs") == 409
        assert cast(union.voted, receipt(union.voted)) == 201
        clock.now += timedelta(days=8)
        declared = client.post(f"{ballot}/declare", token=union.token).json()
    [question] = declared["questions"]
    assert declared["votes_cast"] == union.voted + 1
    assert {each["key"]: each["votes"] for each in question["answers"]} == {
        "accept": 1,
        "reject": 3,
    }
