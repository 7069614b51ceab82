"""Votes come in, something breaks, and no answered vote is lost or counted twice.

Real processes, real databases that write through to the disk, real faults. Each test leaves a row
for the table of docs/reliability.md.
"""

import time

import pytest

from tests.support.faults import try_fault

# One after another: each wants the machine's time for itself.
pytestmark = pytest.mark.xdist_group("faults")


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
    assert row.cut_off


def test_postgresql_is_restarted(breakable, postgres_settings):
    def strike(trial):
        breakable.restart()
        trial.over()

    try_fault("PostgreSQL restarted (fast)", settings=postgres_settings, strike=strike)
