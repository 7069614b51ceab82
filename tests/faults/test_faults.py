"""Votes come in, something breaks, and no answered vote is lost or counted twice.

Real processes, real databases that write through to the disk, real faults. Each test leaves a row
for the table of docs/reliability.md.
"""

import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from tests.faults.breaking import BreakablePostgres, Wire, box_process, query, slow_disk, small_disk
from tests.faults.clock import STEP, move_clock
from tests.faults.conftest import settings_for
from tests.support.databases import SqliteForTests
from tests.support.faults import READ, try_fault


def killed_server(trial):
    trial.server.kill()
    trial.server.start()
    trial.over()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_server_is_killed(request, kind):
    settings = request.getfixturevalue(f"{kind}_settings")
    row = try_fault(
        "server killed (SIGKILL)", settings=settings, strike=killed_server, process_dies=True
    )
    assert row.cut_off


def test_postgresql_is_killed(breakable, postgres_settings):
    def strike(trial):
        breakable.kill()
        time.sleep(2)
        breakable.start()
        trial.over()

    row = try_fault("PostgreSQL killed (SIGKILL)", settings=postgres_settings, strike=strike)
    assert row.refused
    assert row.pages_refused


def test_postgresql_is_stopped_at_once(breakable, postgres_settings):
    def strike(trial):
        breakable.stop_at_once()
        time.sleep(2)
        breakable.start()
        trial.over()

    row = try_fault(
        "PostgreSQL stopped at once (pg_ctl -m immediate)",
        settings=postgres_settings,
        strike=strike,
    )
    assert row.refused
    assert row.pages_refused


def test_both_are_killed(breakable, postgres_settings):
    def strike(trial):
        breakable.kill()
        trial.server.kill()
        # The server is back before its database is.
        trial.server.start()
        time.sleep(1)
        breakable.start()
        trial.over()

    row = try_fault(
        "server and PostgreSQL killed (SIGKILL)",
        settings=postgres_settings,
        strike=strike,
        process_dies=True,
    )
    assert row.refused
    assert row.pages_refused
    assert row.cut_off


def test_postgresql_is_restarted(breakable, postgres_settings):
    def strike(trial):
        breakable.restart()
        trial.over()

    try_fault("PostgreSQL restarted (fast)", settings=postgres_settings, strike=strike)


CUT = "SELECT pg_terminate_backend(%s)"


def test_connections_are_cut_in_the_middle_of_a_batch(breakable, postgres_settings):
    url = postgres_settings.database_url

    def strike(trial):
        with slow_commits(url, milliseconds=20):
            cuts = 0
            while cuts < 40:
                if (process := box_process(url)) is not None:
                    cuts += bool(query(url, CUT, process))
                time.sleep(0.05)
        trial.over()

    try_fault("connection of the box cut 40 times", settings=postgres_settings, strike=strike)


@contextmanager
def slow_commits(url, *, milliseconds):
    """Let PostgreSQL wait before it flushes each COMMIT to the disk."""
    query(url, f"ALTER SYSTEM SET commit_delay = {milliseconds * 1000}")
    query(url, "ALTER SYSTEM SET commit_siblings = 0")
    query(url, "SELECT pg_reload_conf()")
    yield
    query(url, "ALTER SYSTEM RESET ALL")
    query(url, "SELECT pg_reload_conf()")


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_disk_is_slow(request, breakable, kind):
    """Batches grow with the time that a flush takes, so nobody is refused."""
    settings = request.getfixturevalue(f"{kind}_settings")

    def strike(trial):
        flushing = breakable.pids if kind == "postgres" else [trial.server.pid]
        with slow_disk(flushing, seconds=0.1):
            time.sleep(3)
        trial.over()

    row = try_fault(
        "slow disk: each flush takes 0.1 s longer, for 3 s", settings=settings, strike=strike
    )
    assert row.refused == 0
    assert row.pages_refused == 0
    assert row.slowest >= 0.1


def test_postgresql_hangs(breakable, postgres_settings):
    """As behind a disk that does not answer: it is there, and says nothing to voter or reader."""

    def strike(trial):
        with breakable.frozen():
            began = time.monotonic()
            time.sleep(14)
            told = {path: each for path, each in trial.crowd.read if each.came_at > began + 7}
        # Each page of its own, and once it is known that nothing comes, without a wait.
        assert told.keys() == {*READ}
        assert {each.status for path, each in told.items() if path != "/"} <= {303, 503}
        assert max(each.seconds for each in told.values()) < 2
        trial.over()

    row = try_fault(
        "PostgreSQL hangs for 14 s (SIGSTOP)", settings=postgres_settings, strike=strike
    )
    assert row.refused
    assert row.pages_refused


@pytest.fixture
def wire(breakable):
    # The path of a socket has a limit.
    folder = Path(tempfile.mkdtemp(prefix="mw"))
    wire = Wire(folder, onward=breakable.socket)
    yield wire
    wire.close()
    shutil.rmtree(folder)


def through(wire, settings):
    url, _, _ = settings.database_url.partition("?host=")
    return settings_for(f"{url}?host={wire.folder}")


def test_the_answer_to_a_commit_is_lost(wire, postgres_settings):
    """The worst moment for a line to break: the votes are in, and the box does not know."""

    def strike(trial):
        wire.lose_answers(50)
        trial.wait_until(lambda: wire.to_lose == 0)
        trial.over()

    row = try_fault(
        "line cut after COMMIT, before its answer, 50 times",
        settings=through(wire, postgres_settings),
        strike=strike,
    )
    assert row.refused == 0


def test_the_line_to_postgresql_falls_silent_for_good(wire, postgres_settings):
    """As when a machine or a network vanishes: no end of the line is told, and none is closed."""

    def strike(trial):
        wire.fall_silent()
        # What was on its way has arrived by then.
        time.sleep(0.2)
        trial.over()

    row = try_fault(
        "line to PostgreSQL silent for good",
        settings=through(wire, postgres_settings),
        strike=strike,
    )
    assert row.refused
    assert row.recovery > 4


@contextmanager
def write_lock(database):
    with database.writing() as session:
        # SQLite begins, and so locks, at the first statement.
        session.execute(text("SELECT 1"))
        yield


def test_sqlite_is_locked(sqlite_settings):
    def strike(trial):
        with write_lock(trial.database):
            time.sleep(4)
        trial.over()

    row = try_fault("write lock held for 4 s", settings=sqlite_settings, strike=strike)
    assert row.refused == 0
    assert row.slowest > 3


def test_sqlite_is_locked_for_long(sqlite_settings):
    def strike(trial):
        with write_lock(trial.database):
            time.sleep(7)
        trial.over()

    row = try_fault("write lock held for 7 s", settings=sqlite_settings, strike=strike)
    assert row.refused


STUMBLE = """
CREATE SEQUENCE stumbles;
CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n bigint := nextval('stumbles'); BEGIN
  IF n % 3 = 1 THEN RAISE EXCEPTION 'invented' USING ERRCODE = '40P01'; END IF;
  IF n % 3 = 2 THEN RAISE EXCEPTION 'invented' USING ERRCODE = '40001'; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER stumble AFTER INSERT ON turnout_counter
FOR EACH STATEMENT EXECUTE FUNCTION stumble();
"""


def test_batches_meet_deadlocks_and_serialisation_failures(breakable, postgres_settings):
    """Two tries in three fail, by turns with either; a sequence counts on where work is undone."""
    url = postgres_settings.database_url

    def strike(trial):
        query(url, STUMBLE)
        trial.wait_for(300)
        query(url, "DROP FUNCTION stumble CASCADE")
        trial.over()
        assert query(url, "SELECT last_value FROM stumbles")[0][0] > 30

    row = try_fault(
        "deadlock (40P01) and serialisation failure (40001) in 2 of 3 tries",
        settings=postgres_settings,
        strike=strike,
    )
    assert row.refused == 0


def test_a_rival_locks_the_other_way_round(breakable, postgres_settings):
    """A real deadlock: a rival holds a counter and wants the ballot, which every batch holds."""
    url = postgres_settings.database_url.replace("+psycopg", "")

    def strike(trial):
        for _ in range(2):
            with psycopg.connect(url) as rival, suppress(psycopg.errors.DeadlockDetected):
                rival.execute("UPDATE turnout_counter SET votes_cast = votes_cast")
                time.sleep(0.3)
                rival.execute("UPDATE ballot SET title = title")
        trial.over()
        found = query(
            url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        assert found[0][0]

    row = try_fault("2 real deadlocks", settings=postgres_settings, strike=strike)
    assert row.refused == 0


@pytest.fixture
def disk():
    with small_disk(256) as disk:
        yield disk


def full_disk(disk):
    def strike(trial):
        disk.fill()
        time.sleep(3)
        assert any(answer.status == 503 for _, answer in trial.crowd.voted)
        disk.free()
        trial.over()

    return strike


def test_the_disk_of_sqlite_is_full(disk):
    settings = settings_for(SqliteForTests(disk.folder).create_migrated())
    row = try_fault("disk full for 3 s", settings=settings, strike=full_disk(disk))
    assert row.refused


def test_the_disk_of_postgresql_is_full(disk):
    server = BreakablePostgres(disk.folder)
    try:
        settings = settings_for(server.create_migrated())
        row = try_fault("disk full for 3 s", settings=settings, strike=full_disk(disk))
    finally:
        server.stop()
    assert row.refused


def test_the_disk_of_postgresql_is_too_full_for_its_log(disk):
    """It gives up and ends; whoever looks after services starts it again when there is room."""
    server = BreakablePostgres(disk.folder)

    def strike(trial):
        disk.fill()
        with suppress(psycopg.Error):
            for _ in range(64):
                query(settings.database_url, "SELECT pg_switch_wal()")
                query(settings.database_url, "SELECT txid_current()")
        time.sleep(2)
        disk.free()
        if not server.is_running():
            server.start()
        trial.over()

    try:
        settings = settings_for(server.create_migrated())
        row = try_fault("disk full for the write-ahead log", settings=settings, strike=strike)
    finally:
        server.stop()
    assert row.refused


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_clock_steps_back(request, kind, tmp_path):
    """An hour, while the ballot is open: nothing changes. Before the opening: refused, and kept."""
    settings = request.getfixturevalue(f"{kind}_settings")
    step = tmp_path / "step"
    step.write_text("0", "utf-8")

    def strike(trial):
        move_clock(step, hours=-1)
        trial.wait_for(200)
        assert not any(answer.status == 403 for _, answer in trial.crowd.voted)
        move_clock(step, hours=-3)
        time.sleep(1)
        assert any(answer.status == 403 for _, answer in trial.crowd.voted)
        move_clock(step, hours=0)
        trial.over()

    row = try_fault(
        "clock back by 1 h, then by 3 h to before the opening",
        settings=settings,
        strike=strike,
        allowed={403: "ballot_not_open"},
        window={"opens_at": datetime.now(UTC) - timedelta(hours=2)},
        factory="tests.faults.clock:create_app_with_a_clock_that_steps",
        **{STEP: str(step)},
    )
    assert row.refused
