"""Declared ballots with evidence, and packs with something changed in them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.core.database import Database
from app.core.settings import Settings
from app.core.signing import Signer, signer_of
from app.evidence.findings import Finding, Standing
from app.evidence.pack_facts import as_json
from app.evidence.pack_manifest import KEY, MANIFEST, SIGNATURE, with_manifest
from app.evidence.pack_models import EvidencePack
from app.evidence.pack_sealing import Part, key_in_words
from app.evidence.pack_store import make_pack, pieces_of
from app.evidence.pack_zip import as_zip, files_in
from app.results.opening import open_box_for_count
from app.results.service import declare_result
from app.security.service import Staff
from tests.support.ballots import HQ, NOON, ReadyBallot

AFTER = NOON + timedelta(days=8)


def declared(
    database: Database,
    settings: Settings,
    ballot: ReadyBallot,
    *,
    after: datetime = AFTER,
    staff: Staff = HQ,
) -> Ballot:
    """Close a ballot, open its box and declare it."""
    with database.reading() as session:
        row = get_ballot(session, ballot.slug)
    open_box_for_count(database, row, settings=settings, now=after)
    with database.writing() as session:
        declare_result(session, ballot.slug, staff=staff, now=after)
    with database.reading() as session:
        return get_ballot(session, ballot.slug)


def pack_bytes(
    database: Database, settings: Settings, ballot: Ballot, *, now: datetime = AFTER
) -> bytes:
    """Make a declared ballot's pack and return its bytes as they are handed out."""
    made = make_pack(database, ballot, settings=settings, now=now)
    return b"".join(pieces_of(database, made.ballot_id))


def keys_of(database: Database, ballot: Ballot) -> dict[Part, str]:
    """The keys to both sealed parts, in words."""
    with database.reading() as session:
        row = session.get(EvidencePack, ballot.id)
    assert row is not None
    assert row.roll_key is not None
    return {
        Part.OFFICERS: key_in_words(Part.OFFICERS, row.officers_key),
        Part.ROLL: key_in_words(Part.ROLL, row.roll_key),
    }


def signed_again(files: Mapping[str, bytes], *, signer: Signer, slug: str = "pay-2026") -> bytes:
    """The pack that somebody would make who can sign: files of any content, all digests right."""
    kept = {name: each for name, each in files.items() if name not in {MANIFEST, SIGNATURE, KEY}}
    return as_zip(with_manifest(kept, slug=slug, signer=signer))


def with_changed(
    pack: bytes, name: str, change: Callable[[Any], object], *, settings: Settings
) -> bytes:
    """A pack in which one JSON file says something else, signed again by the union's own key."""
    files = files_in(pack)
    content = json.loads(files[name])
    change(content)
    files[name] = as_json(content)
    return signed_again(files, signer=signer_of(settings))


def broken_in(findings: Sequence[Finding]) -> list[str]:
    """What was found broken, by what it is about."""
    return [each.about for each in findings if each.standing is Standing.BROKEN]
