"""Declared ballots with evidence, and packs with something changed in them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.evidence.pack_store import make_pack, pieces_of
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from tests.support.ballots import HQ, NOON, ReadyBallot


def declared(database: Database, settings: Settings, ballot: ReadyBallot) -> Ballot:
    """Close a ballot, open its box and declare it, eight days after `NOON`."""
    after = NOON + timedelta(days=8)
    with database.reading() as session:
        row = get_ballot(session, ballot.slug)
    open_box_for_count(database, row, settings=settings, now=after)
    with database.writing() as session:
        declare_result(session, ballot.slug, staff=HQ, now=after)
    with database.reading() as session:
        return get_ballot(session, ballot.slug)


def pack_bytes(
    database: Database, settings: Settings, ballot: Ballot, *, now: datetime = NOON
) -> bytes:
    """Make a declared ballot's pack and return its bytes as they are handed out."""
    made = make_pack(database, ballot, settings=settings, now=now)
    return b"".join(pieces_of(database, made.ballot_id))
