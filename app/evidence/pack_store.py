"""Keep a pack as it was made, once for all processes, and hand out its bytes and its keys.

The bytes are kept, not made again: a later version of Muster, or of the press, would make others of
the same ballot, and the digest that was published must stay right.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.evidence_events import EvidenceBegun, EvidenceKeyHandedOver, EvidenceMade
from app.audit.service import SERVICE
from app.ballots.models import Ballot, RollEntry
from app.ballots.service import key_of
from app.core.database import Database
from app.core.errors import Conflict, Forbidden, Gone
from app.core.settings import Settings
from app.evidence.pack import PackKeys, one_moment, pack_of
from app.evidence.pack_models import EvidencePack, EvidencePiece
from app.evidence.pack_sealing import KEY_BYTES, Part, key_in_words
from app.roll.models import Member
from app.security.models import Role
from app.security.service import Staff

PIECE = 1024 * 1024  # bytes
TABLES = ("evidence_pack",)


class NoEvidenceYet(Conflict):
    """There is no evidence of a ballot that goes on."""

    code = "no_evidence_yet"
    message = (
        "The evidence of a ballot is made when its result is declared, and this one has not been."
    )


class NotYourKey(Forbidden):
    """The roll by name is for the scrutineer."""

    code = "not_your_key"
    message = (
        "Only a scrutineer can have the key to the roll: the one whom this ballot names, or any "
        "where it names none."
    )


class KeyIsGone(Gone):
    """A member on the roll was erased, and the sealed roll with them."""

    code = "evidence_key_gone"
    message = (
        "A member on this roll was erased, so Muster has forgotten the key to it. A copy of the "
        "key that was taken before still opens the roll, and must be destroyed."
    )


def find_pack(session: Session, ballot: Ballot) -> EvidencePack | None:
    """Return a ballot's pack, if it has been made."""
    row = session.get(EvidencePack, key_of(ballot))
    return row if row is not None and row.sha256 is not None else None


def make_pack(
    database: Database, ballot: Ballot, *, settings: Settings, now: datetime
) -> EvidencePack:
    """Make a declared ballot's pack, unless it is there; the first of several processes wins.

    Raises:
        NoEvidenceYet: the result has not been declared.
        RuntimeError: the press broke down; the next try begins where this one did.
    """
    if ballot.declared_at is None:
        raise NoEvidenceYet
    keys = _keys(database, ballot, now=now)
    with database.reading() as session:
        made = find_pack(session, ballot)
    if made is not None:
        return made
    with database.reading() as session:
        one_moment(session)
        content = pack_of(session, ballot, keys=keys, settings=settings)
    with database.writing() as session:
        return _store(session, ballot, content, now=now)


def _keys(database: Database, ballot: Ballot, *, now: datetime) -> PackKeys:
    """Return the keys of a pack, drawn once: whoever makes it, makes the same bytes."""
    with database.reading() as session:
        row = session.get(EvidencePack, key_of(ballot))
    if row is None:
        drawn = EvidencePack(
            ballot_id=key_of(ballot),
            officers_key=secrets.token_bytes(KEY_BYTES),
            roll_key=secrets.token_bytes(KEY_BYTES),
        )
        try:
            with database.writing() as session:
                session.add(drawn)
                audit.record(session, EvidenceBegun(ballot.slug), actor=SERVICE, now=now)
        except IntegrityError:  # another process was first: theirs it is
            return _keys(database, ballot, now=now)
        row = drawn
    # Without a key to the roll nobody can open it, which is what an erased member is owed.
    return PackKeys(row.officers_key, roll=row.roll_key or secrets.token_bytes(KEY_BYTES))


def _store(session: Session, ballot: Ballot, content: bytes, *, now: datetime) -> EvidencePack:
    row = session.get(EvidencePack, key_of(ballot), with_for_update=True)
    assert row is not None  # noqa: S101 - its keys were drawn before
    if row.sha256 is not None:
        return row
    row.sha256, row.size, row.made_at = hashlib.sha256(content).hexdigest(), len(content), now
    session.add(row)
    session.flush()
    for number, start in enumerate(range(0, len(content), PIECE)):
        piece = EvidencePiece(
            ballot_id=row.ballot_id, number=number, content=content[start : start + PIECE]
        )
        session.add(piece)
        session.flush()
        session.expunge(piece)
    event = EvidenceMade(ballot.slug, sha256=row.sha256, size=row.size)
    audit.record(session, event, actor=SERVICE, now=now)
    return row


def pieces_of(database: Database, ballot_id: int) -> Iterator[bytes]:
    """Yield the bytes of a pack, a piece at a time, holding no connection in between."""
    number = 0
    while True:
        with database.reading() as session:
            piece = session.get(EvidencePiece, (ballot_id, number))
        if piece is None:
            return
        yield piece.content
        number += 1


def may_have_key(ballot: Ballot, part: Part, *, staff: Staff) -> bool:
    """Say who may open what: small units are for those in office, the roll for the scrutineer."""
    if staff.role is Role.SCRUTINEER:
        return ballot.scrutineer in {None, staff.name}
    return staff.role is Role.HQ and part is Part.OFFICERS


def hand_over_key(
    session: Session, ballot: Ballot, part: Part, *, staff: Staff, now: datetime
) -> str:
    """Return the key to a sealed part, in words, and put on record who has it.

    Raises:
        NoEvidenceYet: there is no pack.
        NotYourKey: it is not for the one who asks.
        KeyIsGone: a member on the roll was erased.
    """
    row = find_pack(session, ballot)
    if row is None:
        raise NoEvidenceYet
    if not may_have_key(ballot, part, staff=staff):
        raise NotYourKey
    key = row.officers_key if part is Part.OFFICERS else row.roll_key
    if key is None:
        raise KeyIsGone
    event = EvidenceKeyHandedOver(ballot.slug, part=part.value)
    audit.record(session, event, actor=staff.actor, now=now)
    return key_in_words(part, key)


def forget_member(session: Session, member: Member) -> None:
    """Drop the keys to the sealed rolls that an erased member is on: nobody opens those again."""
    theirs = sa.select(col(RollEntry.ballot_id)).where(col(RollEntry.member_id) == member.id)
    session.execute(
        sa.update(EvidencePack)
        .where(col(EvidencePack.ballot_id).in_(theirs))
        .values(roll_key=None)
        .execution_options(synchronize_session=False)
    )


def ballots_without_pack(session: Session) -> list[Ballot]:
    """Return the declared ballots whose pack is still to be made, the oldest first."""
    made = sa.exists().where(
        col(EvidencePack.ballot_id) == col(Ballot.id), col(EvidencePack.sha256).is_not(None)
    )
    return list(
        session.exec(
            select(Ballot)
            .where(col(Ballot.declared_at).is_not(None), ~made)
            .order_by(col(Ballot.declared_at))
        )
    )
