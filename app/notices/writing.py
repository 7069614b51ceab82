"""Write the mails of messages in hand: who gets them, in which words, with which new code.

The code is made here and leaves with the mail; what stays is its keyed digest.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.codes import code_digest, new_code
from app.ballots.credentials import end_codes_off_roll
from app.ballots.models import Credential
from app.core.settings import Settings
from app.notices.bounces import SUPPRESSED
from app.notices.composing import SAMPLE_CODE, SAMPLE_NAMES, Desk
from app.notices.facts import Facts
from app.notices.in_hand import InHand, store
from app.notices.message import NoSuchAddress, deliverable
from app.notices.models import NOT_NEEDED, Delivery, Purpose
from app.notices.own_check import own_check_mail
from app.notices.quiet import LAST_MOMENT, Span, after_quiet
from app.notices.server import our_domain
from app.notices.words import LANGUAGES, Mail, one_line
from app.notices.words_kinds import kind_of
from app.roll.models import Member
from app.voting.marked_roll import code_not_voted_with

WITHOUT_CODE = frozenset({Purpose.REMINDER, Purpose.EXTENSION})
CODE_ELSEWHERE = "This member was given a code in another way."
CLOSED = "Voting had closed."
CANCELLED = "This ballot was cancelled."
# What a pause or a server that was away held back would leave all at once.
TOO_LATE = "It was held back for too long."
TAKEN_OFF = "This member was taken off the roll of the ballot."


_NEW_CODES = sa.insert(Credential.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it


class NotSent(Exception):
    """Refused because nobody needs this message any more; the message says why."""


class PutOff(Exception):
    """Refused because of the hour; the message leaves later."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


@dataclass(frozen=True)
class Written:
    """A mail, and what its envelope says."""

    recipient: str
    message_id: str
    mail: Mail


def write_mails(
    session: Session, rows: Sequence[InHand], *, settings: Settings, now: datetime
) -> Mapping[int, Written]:
    """Write the mails of messages in hand, each with its new code, by the message's key.

    A message that nobody needs is dropped, and one whose address cannot be is refused.
    """
    desk = Desk(session, settings=settings, now=now)
    desk.read(rows)
    codes = Codes(desk)
    written: dict[int, Written] = {}
    for row in rows:
        try:
            mail = _mail(row, desk, codes)
        except NotSent as reason:
            end(row, Delivery.DROPPED, str(reason), now=now)
        except NoSuchAddress as reason:
            end(row, Delivery.REFUSED, str(reason), now=now)
        except PutOff as later:
            put_off(row, until=later.until)
        else:
            row.message_id = f"<{secrets.token_hex(12)}@{our_domain(settings)}>"
            written[row.id] = Written(row.address, row.message_id, mail)
    store(session, rows)
    codes.store()
    return written


def _mail(row: InHand, desk: Desk, codes: "Codes") -> Mail:
    if row.purpose == Purpose.TEST:
        return desk.mail(
            row.ballot_id or 0,
            kind=kind_of(row.test_of or Purpose.INVITATION),
            language=row.language,
            name=SAMPLE_NAMES[row.language],
            code=SAMPLE_CODE,
        )
    recipient = desk.recipient(row)
    row.address = deliverable(recipient.email)[:320]
    if recipient.is_dead:
        raise NotSent(SUPPRESSED)
    row.language = recipient.language if recipient.language in LANGUAGES else "en"
    if row.purpose == Purpose.OWN_CHECK:
        member = desk.session.get_one(Member, recipient.member_id)
        return own_check_mail(desk.session, member, settings=desk.settings, now=desk.now)
    ballot_id = row.ballot_id or 0
    refuse_if_not_needed(row, desk, ballot=desk.ballot(ballot_id))
    if row.purpose in WITHOUT_CODE:
        refuse_unless_welcome(row, desk)
    return desk.mail(
        ballot_id,
        kind=kind_of(row.purpose),
        language=row.language,
        name=f"{recipient.given_name} {recipient.family_name}",
        code="" if row.purpose in WITHOUT_CODE else codes.renew(row),
    )


def refuse_if_not_needed(row: InHand, desk: Desk, *, ballot: Facts) -> None:
    """Let nothing leave that its member cannot use or has no need of.

    Raises:
        NotSent: which of the two, in words.
    """
    if ballot.cancelled_at is not None:
        raise NotSent(CANCELLED)
    if desk.now >= ballot.closes_at:
        raise NotSent(CLOSED)
    recipient = desk.recipient(row)
    if recipient.is_off_roll:
        raise NotSent(TAKEN_OFF)
    # By the entry, not by a live code: there may be none although they have voted.
    if row.entry_id in desk.voted:
        raise NotSent(NOT_NEEDED)
    live = recipient.live_code
    own_only = row.purpose in {Purpose.INVITATION, Purpose.TEXT}
    if own_only and live is not None and live != row.code_digest:
        raise NotSent(CODE_ELSEWHERE)


def refuse_unless_welcome(row: InHand, desk: Desk) -> None:
    """Let a reminder leave only to who has a code, when it was meant to, and never at night.

    Raises:
        NotSent: there is no code to vote with, or it is too late.
        PutOff: until a random moment after the quiet hours, so that not all leave at once.
    """
    if desk.recipient(row).live_code is None:
        raise NotSent(NOT_NEEDED)
    if row.purpose != Purpose.REMINDER:
        return
    spread, latest = desk.settings.reminder_spread, desk.ballot(row.ballot_id or 0).closes_at
    latest -= LAST_MOMENT
    if desk.now > min(row.due_at + spread, latest):
        raise NotSent(TOO_LATE)
    begins_at = after_quiet(desk.now, hours=desk.settings.quiet_hours)
    if begins_at == desk.now:
        return
    if begins_at + spread > latest:
        raise NotSent(TOO_LATE)
    raise PutOff(Span(begins_at, begins_at + spread).random_moment())


def put_off(row: InHand, *, until: datetime) -> None:
    """Give a message in hand back, to leave at a later moment."""
    row.state, row.due_at, row.attempts = Delivery.QUEUED, until, row.attempts - 1
    row.worker, row.claimed_until = None, None


def end(row: InHand, state: Delivery, reason: str, *, now: datetime) -> None:
    """Settle a message in hand that is not sent, and say why."""
    row.state, row.reply, row.settled_at = state, one_line(reason)[:500], now
    row.worker, row.claimed_until = None, None


class Codes:
    """The codes that leave with a batch: each ends the one its member had."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._key = desk.settings.secret_key.get_secret_value()
        self._old: list[bytes] = []
        self._new: list[dict[str, object]] = []
        self._renewing: list[int] = []

    def renew(self, row: InHand) -> str:
        """Make a code for the member of a message, to be stored with the others."""
        code = new_code()
        old = self._desk.recipient(row).live_code
        if old is not None:
            self._old.append(old)
        row.replaced_digest = old
        row.code_digest = code_digest(code, key=self._key)
        self._renewing.append(row.entry_id or 0)
        self._new.append(
            {
                "digest": row.code_digest,
                "ballot_id": row.ballot_id,
                "entry_id": row.entry_id,
                "issued_at": self._desk.now,
            }
        )
        return code

    def store(self) -> None:
        """End the old codes and store the digests of the new ones.

        Nothing of it is audited here: a code is made only for who has not voted, so a record of
        each would tell who had. What is asked for is audited as it is asked (docs/decisions/0040).
        """
        session, now = self._desk.session, self._desk.now
        if self._old:
            session.execute(
                sa.update(Credential)
                # Of one who votes this very moment it stays; the new one then clashes with it.
                .where(col(Credential.digest).in_(self._old), code_not_voted_with())
                .values(revoked_at=now)
                .execution_options(synchronize_session=False)
            )
        if self._new:
            session.connection().execute(_NEW_CODES, self._new)
            end_codes_off_roll(session, self._renewing, now=now)
