"""Once the count has begun, no sealed paper and no earlier row of one is left to be read."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select

from app.ballots.service import get_ballot
from app.results.opening import open_box_for_count
from app.voting.models import BallotPaper
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import cast

VOTES = 12
# The versions of rows that lie in the table's pages, whoever may still see them.
VERSIONS = """
SELECT count(*) FROM
  generate_series(0, pg_relation_size('ballot_paper') / 8192 - 1) AS n,
  heap_page_items(get_raw_page('ballot_paper', n::int)) WHERE lp_len > 0
"""


def begin_the_count(database, settings):
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
    open_box_for_count(database, ballot, settings=settings, now=NOW + timedelta(days=8))


def in_the_files(database, papers):
    """The papers whose bytes still stand in SQLite's file or in its log."""
    file = Path(database.url.removeprefix("sqlite:///"))
    files = (file, file.with_name(f"{file.name}-wal"))
    held = b"".join(each.read_bytes() for each in files if each.exists())
    return [each for each in papers if each in held]


def versions_of_papers(database):
    with database.writing() as session:
        session.execute(text("CREATE EXTENSION IF NOT EXISTS pageinspect"))
        return session.execute(text(VERSIONS)).scalar_one()


def test_the_count_leaves_no_earlier_version_of_a_paper_behind(database, settings):
    add_members(database, VOTES)
    cast(database, given_ballot(database, settings), ["accept", "reject", None] * (VOTES // 3))
    with database.reading() as session:
        sealed = session.exec(select(BallotPaper.sealed)).all()
    if database.is_sqlite:
        assert len(in_the_files(database, sealed)) == VOTES
    begin_the_count(database, settings)
    if database.is_sqlite:
        assert in_the_files(database, sealed) == []
    else:
        assert versions_of_papers(database) == VOTES
