"""A drill: back up while votes come in, restore into an empty place, and find the same."""

import asyncio
import resource
import sqlite3
import stat
from contextlib import closing, contextmanager

import pytest

from app.core.backup import CopyFailed, NotEmpty, back_up, restore, table_digests
from app.core.database import Database
from app.voting.box import open_box
from app.voting.seal import box_totals
from app.voting.votes import Outcome
from tests.support.backups import find_the_servers_tools
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import sealed_vote


@pytest.fixture(autouse=True)
def _tools_of_the_servers_version(monkeypatch):
    find_the_servers_tools(monkeypatch)


@pytest.fixture
def empty_url(database_server):
    url = database_server.create_empty()
    yield url
    database_server.drop(url)


def restored(file, url):
    restore(file, url)
    return Database(url)


def test_a_restored_backup_has_the_same_digests(database, settings, empty_url, tmp_path):
    add_members(database, 30)
    given_ballot(database, settings)
    back_up(database.url, tmp_path / "copy")
    copy = restored(tmp_path / "copy", empty_url)
    assert table_digests(copy) == table_digests(database)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE member SET family_name = 'Changed'")
    assert table_digests(copy) != table_digests(database)
    copy.dispose()


def test_a_backup_while_votes_come_in_holds_every_vote_answered_before_it_and_no_half_of_another(
    database, settings, empty_url, tmp_path
):
    add_members(database, 400)
    ballot = given_ballot(database, settings)
    votes = [
        sealed_vote(ballot, code, answers='{"offer":"reject"}', receipt=code)
        for code in ballot.codes.values()
    ]

    async def vote_and_back_up():
        box = open_box(database.url)
        first = await asyncio.gather(*(box.cast(vote) for vote in votes[:100]))

        async def trickle():
            return [await box.cast(vote) for vote in votes[100:]]

        backup = asyncio.to_thread(back_up, database.url, tmp_path / "copy")
        rest, _ = await asyncio.gather(trickle(), backup)
        await box.close()
        return first + rest

    assert set(asyncio.run(vote_and_back_up())) == {Outcome.COUNTED}
    copy = restored(tmp_path / "copy", empty_url)
    with copy.reading() as session:
        papers, marks, counters = box_totals(session, ballot.id)
    assert papers == marks == counters >= 100
    copy.dispose()


def test_a_backup_is_for_its_owner_alone(database, tmp_path):
    back_up(database.url, tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def test_a_backup_never_writes_over_a_file(database, tmp_path):
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(NotEmpty, match="copy exists"):
        back_up(database.url, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "precious"


def test_a_restore_never_writes_over_a_database(database, tmp_path):
    back_up(database.url, tmp_path / "copy")
    before = table_digests(database)
    with pytest.raises(NotEmpty):
        restore(tmp_path / "copy", database.url)
    assert table_digests(database) == before


def test_what_is_no_backup_is_refused_in_a_sentence(empty_url, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear members")
    with pytest.raises(CopyFailed, match=r"\.|pg_restore said"):
        restore(tmp_path / "letter.txt", empty_url)
    with pytest.raises(CopyFailed, match="There is no file"):
        restore(tmp_path / "nowhere", empty_url)


def test_a_backup_that_fails_leaves_no_half_of_itself(database, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    lost = database.url.replace("test_", "gone_")
    with pytest.raises(CopyFailed):
        back_up(lost, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@contextmanager
def a_full_disk():
    """No file of this process may grow past a few kilobytes while the block lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_backup_without_room_is_a_sentence_and_leaves_nothing(tmp_path):
    source = tmp_path / "muster.sqlite3"
    with closing(sqlite3.connect(source)) as made, made:
        made.execute("CREATE TABLE t AS SELECT randomblob(100000) AS much")
    with a_full_disk(), pytest.raises(CopyFailed) as refusal:
        back_up(f"sqlite:///{source}", tmp_path / "copy")
    assert refusal.value.detail.startswith("copy could not be written: ")
    assert refusal.value.detail.endswith("Make room, or name a file on a disk that has some.")
    assert not (tmp_path / "copy").exists()
