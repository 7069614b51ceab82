"""Make a ballot's evidence pack: from the database to the bytes of one zip.

Deterministic: the same database, keys and software give the same bytes, whoever asks and when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from app.ballots.commencements import commenced
from app.ballots.models import Ballot
from app.ballots.repository import questions_of
from app.ballots.service import key_of
from app.core.language import speaking
from app.core.settings import Settings
from app.core.signing import signer_of
from app.evidence.board import board_files
from app.evidence.pack_audit import checkpoint_at_declaration, log_of, open_events, published_till
from app.evidence.pack_facts import (
    as_json,
    ballot_facts,
    delivery_facts,
    roll_facts,
    rules_facts,
)
from app.evidence.pack_keys import FILE as EARLIER_KEYS
from app.evidence.pack_keys import key_facts
from app.evidence.pack_manifest import with_manifest
from app.evidence.pack_readme import readme
from app.evidence.pack_sealed import complete_tally, sealed_roll
from app.evidence.pack_sealing import Part, about, sealed
from app.evidence.pack_software import software_facts
from app.evidence.pack_tally import tally_facts
from app.evidence.pack_zip import as_zip
from app.evidence.summary import summary_pdf
from app.results.count import Count
from app.results.presentation import result_out
from app.results.repository import stored_tally
from app.results.statement import statement_of
from app.results.statement_text import as_text


@dataclass(frozen=True)
class PackKeys:
    """The keys to the sealed parts, 32 bytes each."""

    officers: bytes
    roll: bytes


def pack_of(session: Session, ballot: Ballot, *, keys: PackKeys, settings: Settings) -> bytes:
    """Return the pack of a declared ballot: the bytes of a zip.

    It is made in memory: about 60 MB for 100,000 papers.

    Args:
        session: a session that reads one moment of the database (`one_moment`).
        ballot: which has been declared.
        keys: to the sealed parts.
        settings: those in force at the declaration, and the signing key.

    Raises:
        RuntimeError: the press broke down.
    """
    # Papers of evidence speak English, whoever asks for them.
    with speaking("en"):
        log = log_of(session, ballot)
        files = _open_files(session, ballot, log=log, settings=settings)
        files |= _sealed_files(session, ballot, log=log, keys=keys)
        files["summary.pdf"] = summary_pdf(files)
        files["README.txt"] = readme(ballot)
    return as_zip(with_manifest(files, slug=ballot.slug, signer=signer_of(settings)))


def one_moment(session: Session) -> None:
    """Let everything that a session reads be of one moment, however long it reads."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))


def _open_files(
    session: Session, ballot: Ballot, *, log: Sequence[Mapping[str, Any]], settings: Settings
) -> dict[str, bytes]:
    counts = _counts(session, ballot)
    result = result_out(session, ballot, counts, staff=None)
    statement = statement_of(result, ballot=ballot, commenced=commenced(session))
    first = result.questions[0]
    signer = signer_of(settings)
    facts: Mapping[str, Any] = {
        "ballot.json": ballot_facts(session, ballot, settings=settings),
        "roll.json": roll_facts(session, ballot),
        "codes.json": delivery_facts(session, ballot),
        "rules.json": rules_facts(session, ballot),
        "tally.json": tally_facts(
            counts,
            entitled=result.entitled,
            units={unit.name: unit.entitled for unit in first.units or []},
            withheld=first.unit_totals.withheld if first.unit_totals else 0,
        ),
        "result.json": result.model_dump(mode="json"),
        "statement.json": statement.model_dump(mode="json"),
        "software.json": software_facts(),
        EARLIER_KEYS: key_facts(session, in_use=signer.verifier),
        "audit/events.json": open_events(log, slug=ballot.slug),
    }
    return {
        **{name: as_json(content) for name, content in facts.items()},
        "statement.txt": as_text(statement).encode(),
        "audit/checkpoint.txt": checkpoint_at_declaration(log, signer=signer).encode(),
        "audit/published.txt": published_till(session, ballot, events=len(log)).encode(),
        **{f"board/{name}": content for name, content in board_files(session, ballot).items()},
    }


def _sealed_files(
    session: Session, ballot: Ballot, *, log: Sequence[Mapping[str, Any]], keys: PackKeys
) -> dict[str, bytes]:
    for_officers = {"tally": complete_tally(session, ballot, _counts(session, ballot)), "log": log}
    parts = (
        (Part.OFFICERS, for_officers, keys.officers),
        (Part.ROLL, sealed_roll(session, ballot), keys.roll),
    )
    return {
        part.file: sealed(as_json(content), key=key, about=about(part, slug=ballot.slug))
        for part, content, key in parts
    }


def _counts(session: Session, ballot: Ballot) -> dict[str | None, Count]:
    questions = questions_of(session, key_of(ballot))
    return stored_tally(session, key_of(ballot), questions=questions)
