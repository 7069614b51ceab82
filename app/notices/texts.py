"""Text messages with a voting link, for members with a mobile number and no e-mail that works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.notice_events import TextsQueued
from app.ballots.codes import read_code
from app.ballots.credentials import BallotOver, RollNotFrozen
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot, Credential, RollEntry
from app.ballots.service import key_of
from app.core.errors import Conflict
from app.core.settings import Settings
from app.notices.bounces import has_dead_address
from app.notices.channels import NoSuchNumber, worldwide
from app.notices.composing import Desk
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.words import LANGUAGES, UNION, fill, moment, one_line
from app.notices.writing import Codes, NotSent, refuse_if_not_needed
from app.roll.models import Member
from app.security.service import Staff

# One text of the network's own alphabet; a longer one is sent, and charged, as two.
ONE_TEXT = 160
SHORTEST_TITLE = 20
WORDS = {
    "en": "{union}: vote in {title} by {closes}: {link}",
    "cy": "{union}: pleidleisiwch: {title}, erbyn {closes}: {link}",
}
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
    state = state_of(ballot, now=now)
    if state is State.DRAFT:
        raise RollNotFrozen
    if state in {State.CLOSED, State.DECLARED}:
        raise BallotOver
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
    session: Session, rows: Sequence[OutboxMessage], *, settings: Settings, now: datetime
) -> dict[int, WrittenText]:
    """Write the texts of messages in hand, each with its new code, by the message's key."""
    desk = Desk(session, settings=settings, now=now)
    desk.read(rows)
    codes = Codes(desk)
    written: dict[int, WrittenText] = {}
    for row in rows:
        try:
            refuse_if_not_needed(row, desk, ballot=desk.ballot(row.ballot_id or 0))
            number = worldwide(desk.member(row).mobile)
        except (NotSent, NoSuchNumber) as reason:
            row.state = Delivery.DROPPED if isinstance(reason, NotSent) else Delivery.REFUSED
            row.reply, row.settled_at = str(reason), now
            row.worker, row.claimed_until = None, None
            continue
        member = desk.member(row)
        row.address = number
        row.language = member.language if member.language in LANGUAGES else "en"
        text = text_for(
            desk.ballot(row.ballot_id or 0),
            code=codes.renew(row),
            language=row.language,
            settings=settings,
        )
        written[row.id or 0] = WrittenText(number, text.encode())
    session.flush()
    codes.store()
    return written


def text_for(ballot: Ballot, *, code: str, language: str, settings: Settings) -> str:
    """Return a text with the shortest form of the link; the title gives way to keep it one text."""
    values = {
        "union": settings.union_name or UNION[language],
        "closes": moment(ballot.closes_at, language=language),
        "link": f"{settings.base_url}/vote/{read_code(code)}",
        "title": "",
    }
    room = max(ONE_TEXT - len(fill(WORDS[language], values)), SHORTEST_TITLE)
    title = one_line(ballot.title)
    values["title"] = title if len(title) <= room else f"{title[: room - 3].rstrip()}..."
    text = fill(WORDS[language], values)
    return text[:1].upper() + text[1:]


def _to_text(ballot: Ballot) -> sa.Select[Any]:
    live = sa.select(col(Credential.entry_id)).where(
        col(Credential.ballot_id) == key_of(ballot), col(Credential.revoked_at).is_(None)
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
            sa.or_(col(Member.email) == "", has_dead_address()),
            col(Member.mobile) != "",
            col(RollEntry.id).not_in(live),
            col(RollEntry.id).not_in(texted),
        )
        .order_by(col(RollEntry.id))
    )
