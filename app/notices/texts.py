"""Text messages to members with a mobile number and no e-mail that works: links and reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.notice_events import TextsQueued
from app.ballots.credentials import refuse_unless_running
from app.ballots.models import Ballot, Credential, RollEntry
from app.ballots.service import key_of
from app.core.errors import Conflict
from app.core.settings import Settings
from app.notices.bounce_models import Bounce
from app.notices.bounces import no_mail_reaches
from app.notices.channels import NoSuchNumber, worldwide
from app.notices.composing import Desk
from app.notices.in_hand import InHand, store
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.words import LANGUAGES
from app.notices.words_kinds import as_text
from app.notices.writing import (
    WITHOUT_CODE,
    Codes,
    NotSent,
    PutOff,
    end,
    put_off,
    refuse_if_not_needed,
    refuse_unless_welcome,
)
from app.roll.models import Member
from app.security.service import Staff

SLICE = 5000


class TextsAreOff(Conflict):
    """No provider of text messages is set."""

    code = "texts_are_off"
    message = "Texts are off: MUSTER_SMS_URL names no provider. Whoever runs Muster sets it."


@dataclass(frozen=True)
class WrittenText:
    """A text, and the number it goes to."""

    number: str
    content: bytes


def texts_to_send(session: Session, ballot: Ballot) -> int:
    """Count members with a mobile and no e-mail address that works, without code or text yet."""
    waiting = sa.select(sa.func.count()).select_from(_to_text(ballot).subquery())
    return int(session.execute(waiting).scalar_one())


def queue_texts(
    session: Session, ballot: Ballot, *, staff: Staff, settings: Settings, now: datetime
) -> int:
    """Queue a text for each of them, and return how many. They leave when the ballot opens.

    Raises:
        TextsAreOff: no provider is set.
        RollNotFrozen: the ballot is a draft.
        BallotOver: voting has closed.
    """
    if settings.sms_url is None:
        raise TextsAreOff
    refuse_unless_running(ballot, now=now)
    rows = [
        {
            "key": f"{Purpose.TEXT}/{key_of(ballot)}/{found.entry_id}",
            "purpose": Purpose.TEXT,
            "ballot_id": key_of(ballot),
            "entry_id": found.entry_id,
            "member_id": found.member_id,
            "by_text": True,
            "address": "",
            "language": found.language,
            "state": Delivery.QUEUED,
            "attempts": 0,
            "queued_at": now,
            "due_at": max(now, ballot.opens_at),
            "reply": "",
        }
        for found in session.execute(_to_text(ballot))
    ]
    for start in range(0, len(rows), SLICE):
        session.execute(sa.insert(OutboxMessage), rows[start : start + SLICE])
    event = TextsQueued(ballot.slug, queued=len(rows))
    audit.record(session, event, actor=staff.actor, now=now)
    return len(rows)


def write_texts(
    session: Session, rows: Sequence[InHand], *, settings: Settings, now: datetime
) -> dict[int, WrittenText]:
    """Write the texts of messages in hand by the message's key; a link has its new code in it."""
    desk = Desk(session, settings=settings, now=now)
    desk.read(rows)
    codes = Codes(desk)
    written: dict[int, WrittenText] = {}
    for row in rows:
        try:
            written[row.id] = _text(row, desk, codes)
        except NotSent as reason:
            end(row, Delivery.DROPPED, str(reason), now=now)
        except NoSuchNumber as reason:
            end(row, Delivery.REFUSED, str(reason), now=now)
        except PutOff as later:
            put_off(row, until=later.until)
    store(session, rows)
    codes.store()
    return written


def _text(row: InHand, desk: Desk, codes: Codes) -> WrittenText:
    recipient, ballot = desk.recipient(row), desk.ballot(row.ballot_id or 0)
    refuse_if_not_needed(row, desk, ballot=ballot)
    row.address = worldwide(recipient.mobile)
    row.language = recipient.language if recipient.language in LANGUAGES else "en"
    if row.purpose in WITHOUT_CODE:
        refuse_unless_welcome(row, desk)
    text = desk.text(
        row.ballot_id or 0,
        kind=as_text(row.purpose),
        language=row.language,
        code="" if row.purpose in WITHOUT_CODE else codes.renew(row),
    )
    return WrittenText(row.address, text.encode())


def _to_text(ballot: Ballot) -> sa.Select[Any]:
    """Return whom to text. One whose code came back counts as without, whether or not it was used.

    Whoever voted with it is sent nothing when their text would leave, and nobody is told
    (docs/decisions/0040).
    """
    came_back = (
        sa.select(col(OutboxMessage.code_digest))
        .join(Bounce, col(Bounce.message_id) == col(OutboxMessage.message_id))
        .where(col(OutboxMessage.ballot_id) == key_of(ballot), col(Bounce.hard))
    )
    live = sa.select(col(Credential.entry_id)).where(
        col(Credential.ballot_id) == key_of(ballot),
        col(Credential.revoked_at).is_(None),
        col(Credential.digest).not_in(came_back.where(col(OutboxMessage.code_digest).is_not(None))),
    )
    texted = sa.select(col(OutboxMessage.entry_id)).where(
        col(OutboxMessage.ballot_id) == key_of(ballot),
        col(OutboxMessage.entry_id).is_not(None),
        col(OutboxMessage.purpose) == Purpose.TEXT,
    )
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("entry_id", col(RollEntry.id)),
        sa.label("member_id", col(Member.id)),
        sa.label("language", col(Member.language)),
    ]
    return (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == key_of(ballot),
            col(RollEntry.on_roll),
            no_mail_reaches(),
            col(Member.mobile) != "",
            col(RollEntry.id).not_in(live),
            col(RollEntry.id).not_in(texted),
        )
        .order_by(col(RollEntry.id))
    )
