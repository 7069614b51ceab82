"""`muster migrate` seals the papers of a ballot that ran while the seal came, and never again."""

import pytest
from alembic import command
from sqlalchemy import text

from app.cli.main import main
from app.core import migrations
from app.core.database import Database
from app.voting.receipts import receipt_digest
from app.voting.sealing import PaperSeal
from tests.conftest import SECRET
from tests.core.test_migrations_with_rolls import IN_USE

BEFORE_THE_SEAL = "0013"
QUESTION = """
INSERT INTO question (ballot_id, key, position, text, supported_answer)
VALUES (1, 'offer', 0, 'Do you accept?', 'no');
INSERT INTO answer (ballot_id, question_key, key, position, text)
VALUES (1, 'offer', 'accept', 0, 'Yes'), (1, 'offer', 'no', 1, 'No')
"""
PAPER = """
INSERT INTO ballot_paper (ballot_id, id, answers, receipt_digest)
VALUES (1, :id, '{"offer":"no"}', :digest)
"""
COUNTED = """
INSERT INTO ballot (id, slug, title, kind, opens_at, closes_at, cut_off_at, announced_on,
  important_public_service, constituency, exclude_arrears, floor, created_at, created_by, frozen_at,
  sealed_at, stirred_at)
SELECT 2, 'before', title, kind, opens_at, closes_at, cut_off_at, announced_on,
  important_public_service, constituency, exclude_arrears, floor, created_at, created_by, frozen_at,
  closes_at, closes_at
FROM ballot WHERE id = 1
"""
PAPER_THERE = """
INSERT INTO ballot_paper (ballot_id, id, answers, receipt_digest)
VALUES (2, :id, '{"offer":"yes"}', :digest)
"""
DIGEST = receipt_digest("mine", slug="pay")


@pytest.fixture
def database(database_server):
    url = database_server.create_empty()
    database = Database(url)
    yield database
    database.dispose()
    database_server.drop(url)


@pytest.fixture
def migrate(database, monkeypatch):
    def run():
        monkeypatch.setenv("MUSTER_DATABASE_URL", database.url)
        monkeypatch.setenv("MUSTER_SECRET_KEY", SECRET)
        with pytest.raises(SystemExit) as leaving:
            main(["migrate"])
        assert not leaving.value.code

    return run


def papers_in(database):
    with database.reading() as session:
        rows = session.execute(
            text("SELECT sealed, answers, receipt_digest FROM ballot_paper ORDER BY ballot_id")
        )
        return [tuple(row) for row in rows]


def test_open_papers_of_a_running_ballot_are_sealed_once(database, migrate):
    command.upgrade(migrations._config(database.url), BEFORE_THE_SEAL)
    with database.writing() as session:
        for statement in f"{IN_USE};\n{QUESTION}".split(";\n"):
            session.execute(text(statement))
        session.execute(text(PAPER), {"id": bytes(16), "digest": DIGEST})
        for statement in COUNTED.split(";\n"):
            session.execute(text(statement))
        session.execute(text(PAPER_THERE), {"id": bytes(16), "digest": DIGEST})
    migrate()
    (sealed, answers, lookup), counted = papers_in(database)
    seal = PaperSeal([SECRET], ballot="pay")
    assert answers is None
    assert counted == (None, '{"offer":"yes"}', DIGEST), "its papers stay as they were counted"
    assert seal.open(bytes(sealed))[:2] == ('{"offer":"no"}', DIGEST)
    assert bytes(lookup) == seal.lookup(DIGEST)
    with database.writing() as session:
        session.execute(text(PAPER), {"id": bytes([1] * 16), "digest": DIGEST})
    migrate()
    assert [row[0] is None for row in papers_in(database)].count(True) == 2
