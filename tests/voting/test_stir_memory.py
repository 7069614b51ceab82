"""The stir before the count holds every paper once: a large union's fit into a small machine."""

import secrets
import tracemalloc

import sqlalchemy as sa

from app.voting import seal as box_seal
from app.voting.seal import PAPERS, stir_box
from app.voting.sealing import PaperSeal
from tests.conftest import SECRET
from tests.support.ballots import add_members, given_ballot

NUMBER = 4000
# Bytes of Python's own: at 1.3 million papers 0.9 GB.
MOST_FOR_A_PAPER = 700


def sealed_papers(ballot, seal):
    for _ in range(NUMBER):
        digest = secrets.token_bytes(32)
        yield {
            "ballot_id": ballot.id,
            "id": secrets.token_bytes(16),
            "sealed": seal.seal('{"offer":"reject"}', receipt_digest=digest, width=20),
            "receipt_digest": seal.lookup(digest),
        }


def test_a_paper_takes_little_memory(database, settings, monkeypatch):
    # What is on its way back is the same for a box of any size.
    monkeypatch.setattr(box_seal, "SLICE", 100)
    add_members(database, 2)
    ballot = given_ballot(database, settings)
    seal = PaperSeal([SECRET], ballot=ballot.slug)
    with database.writing() as session:
        session.execute(sa.insert(PAPERS), list(sealed_papers(ballot, seal)))
    with database.writing() as session:
        tracemalloc.start()
        try:
            assert stir_box(session, ballot.id, seal=seal) == NUMBER
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most / NUMBER < MOST_FOR_A_PAPER
