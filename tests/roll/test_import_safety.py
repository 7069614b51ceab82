"""All of an import or none of it: dry runs, files that break off, two imports at once."""

import hashlib
import io
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError

from app.audit import service as audit
from app.core.database import Database
from app.roll import repository, service
from tests.support.rolls import HQ, counts, load, member_row, roll_csv, roll_of
from tests.support.staff import events_of, facts_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def imports_recorded(database):
    return [each for each in events_of(database) if each.action == "RollImported"]


def test_a_dry_run_comes_to_the_same_numbers_and_writes_nothing(database, put):
    put(member_row("1"), member_row("2", left_on="2020-01-01"))
    before = roll_of(database)
    rows = [
        member_row("1", family_name="Reid"),
        member_row("2", joined_on="2024-01-01"),
        member_row("3", branch="Hull"),
        member_row("3"),
        member_row("4", branch="HULL", joined_on="2026-12-01"),
    ]
    dry = put(*rows, dry_run=True)
    assert roll_of(database) == before
    assert len(imports_recorded(database)) == 1
    with database.reading() as session:
        assert repository.branch_codes(session) == ["Leeds"]
    real = put(*rows)
    assert counts(real) == (2, 1, 0, 2)
    assert dry.dry_run is True
    assert real == dry.model_copy(update={"dry_run": False})


def test_reading_a_file_does_not_wait_for_a_writer_nor_hold_one_up(database):
    held, at_each_block = [], []

    def write_meanwhile(rows):
        # On SQLite this would wait ten seconds and fail if the import held the writer.
        with database.writing() as session:
            session.connection().exec_driver_sql("UPDATE branch SET code = code")
        at_each_block.append(rows)

    content = roll_csv(*[member_row(str(n)) for n in range(50)])
    load(database, content, now=NOW, tell=write_meanwhile)
    assert at_each_block == [50]
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE branch SET code = code")
        held.append(load(database, content, dry_run=True, now=NOW).unchanged)
    assert held == [50]


def test_an_import_is_recorded_with_its_numbers_and_the_digest_of_the_file(database):
    content = roll_csv(member_row("1"), member_row("2", joined_on="soon"))
    load(database, content, file_name="rolls/november.csv", now=NOW)
    [event] = imports_recorded(database)
    assert (event.subject, event.actor, event.at) == ("november.csv", HQ.name, NOW)
    assert facts_of(event) == {
        "rows": 2,
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
        "file_digest": hashlib.sha256(content).hexdigest(),
        "columns": {},
        "marked_as_left": 0,
    }
    with database.reading() as session:
        assert audit.walk_chain(session).broken is None


def test_an_import_says_what_the_roll_was_before_and_after_and_names_nobody(database):
    first = roll_csv(member_row("1"), member_row("2"))
    second = roll_csv(member_row("1", email="new.address@example.org"), member_row("3"))
    for content in (first, second):
        load(database, content, file_name="a.csv", now=NOW)
    one, two = (event.details["changes"] for event in imports_recorded(database))
    assert (one["members"], two["members"]) == ([0, 2], [2, 3])
    digest = None
    for content, numbers, changed in ((first, "2 0", one), (second, "1 1", two)):
        file = hashlib.sha256(content).hexdigest()
        said = f"{digest or ''}\n{file}\n{numbers}\n"
        before, digest = digest, hashlib.sha256(said.encode()).hexdigest()
        assert changed["files"] == [before, digest]
    [_, last] = imports_recorded(database)
    assert last.details["columns"] == {"email": 1}
    assert "new.address" not in str(last.details)


class BreaksOff(io.BytesIO):
    """A file on a disk that fails: it reads well until it is told to break off."""

    def __init__(self, content, *, good_reads):
        super().__init__(content)
        self.good_reads = good_reads

    def _count(self):
        if self.good_reads == 0:
            raise OSError("the disk failed")
        self.good_reads -= 1

    def read(self, *size):
        self._count()
        return super().read(*size)

    def read1(self, *size):
        self._count()
        return super().read1(*size)


def test_an_import_that_breaks_off_leaves_the_roll_as_it_was(database, put):
    put(member_row("0"))
    before = roll_of(database)
    rows = [member_row(str(n), family_name="Reid") for n in range(6000)]
    content = roll_csv(*rows)
    failures = 0
    for good_reads in range(0, 40, 3):
        file = BreaksOff(content, good_reads=good_reads)
        try:
            service.import_roll(database, file, file_name="a.csv", dry_run=False, actor=HQ, now=NOW)
        except OSError:
            failures += 1
            assert roll_of(database) == before
    assert failures > 3, "the file must break off in every part of the import"
    assert len(roll_of(database)) == 6000


def test_of_two_imports_at_once_each_is_whole(database):
    files = [
        roll_csv(*[member_row(str(n), family_name=name) for n in range(300)])
        for name in ("Okafor", "Reid")
    ]
    outcomes, ready = [], threading.Barrier(2)

    def act(content):
        ready.wait()
        outcomes.append(load(database, content, now=NOW))

    threads = [threading.Thread(target=act, args=[content]) for content in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts(outcome) for outcome in outcomes) == [(0, 300, 0, 0), (300, 0, 0, 0)]
    assert len({member["family_name"] for member in roll_of(database).values()}) == 1


@pytest.fixture
def on_postgres(postgres):
    url = postgres.create_migrated()
    database = Database(url)
    yield database
    database.dispose()
    postgres.drop(url)


def test_an_import_waits_for_another_one_and_not_for_ever(on_postgres):
    # SQLite has one writer at a time without being asked.
    with on_postgres.writing() as first, on_postgres.reading() as second:
        repository.let_one_import_write(first)
        second.connection().exec_driver_sql("SET LOCAL lock_timeout = 50")
        with pytest.raises(OperationalError, match="lock"):
            repository.let_one_import_write(second)
