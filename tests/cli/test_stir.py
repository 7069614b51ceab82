"""`muster stir`, and the stir before `muster backup`."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from app.voting.models import BallotPaper
from tests.support.backups import find_the_servers_tools
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import cast

OTHER_SECRET = "another secret of invented tests, as long as the first"


@pytest.fixture(autouse=True)
def _tools_of_the_servers_version(monkeypatch):
    find_the_servers_tools(monkeypatch)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 5)
    now = datetime.now(UTC)
    ballot = given_ballot(database, settings, now=now)
    cast(database, ballot, ["reject", "accept", None], at=now)
    return ballot


def ids(database):
    with database.reading() as session:
        return set(session.exec(select(BallotPaper.id)))


def test_an_operator_stirs_before_a_copy_of_their_own(muster, database, ballot):
    before = ids(database)
    status, out, _ = muster("stir")
    assert (status, out.splitlines()) == (
        0,
        [
            "pay-2026: 3 papers were rewritten in random order.",
            "Every running ballot is stirred.",
        ],
    )
    assert len(ids(database)) == 3
    assert not ids(database) & before


def test_where_nothing_runs_there_is_nothing_to_stir(muster):
    assert muster("stir")[:2] == (0, "No ballot is running.\n")


def test_papers_that_do_not_open_are_told_before_the_count_needs_them(muster, database, ballot):
    status, _, err = muster("stir", secret_key=OTHER_SECRET)
    assert status == 1
    assert "pay-2026: 3 of 3 papers do not open" in err
    assert len(ids(database)) == 3


def test_a_backup_holds_papers_that_were_stirred(muster, database, ballot, tmp_path):
    before = ids(database)
    status, out, _ = muster("backup", str(tmp_path / "copy"))
    assert (status, "is copied to" in out) == (0, True)
    assert not ids(database) & before
    content = (tmp_path / "copy").read_bytes()
    assert not [each for each in before if each in content or each.hex().encode() in content]
    if database.is_sqlite:
        with closing(sqlite3.connect(tmp_path / "copy")) as copy:
            assert copy.execute("PRAGMA freelist_count").fetchone() == (0,)
            found = {row[0] for row in copy.execute("SELECT id FROM ballot_paper")}
        assert found == ids(database)


def test_a_backup_is_made_even_where_papers_do_not_open(muster, ballot, tmp_path):
    status, _, err = muster("backup", str(tmp_path / "copy"), secret_key=OTHER_SECRET)
    assert status == 0
    assert "papers do not open" in err
    assert (tmp_path / "copy").stat().st_size > 0
