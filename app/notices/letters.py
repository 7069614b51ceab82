"""Letters for members whom neither e-mail nor a text reaches: who gets one, and with which code.

The codes are made for one file, and their keyed digests are stored when that file is whole. So a
file leaves once, and one that could not be made has cost nobody anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import CodesIssued
from app.audit.notice_events import LettersMade
from app.ballots.codes import code_digest, new_code
from app.ballots.credentials import (
    end_codes_off_roll,
    refuse_unless_in_charge,
    refuse_unless_running,
)
from app.ballots.models import Ballot, Credential, RollEntry
from app.ballots.service import key_of
from app.core.errors import Conflict
from app.core.settings import Settings
from app.notices.bounces import no_mail_reaches
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.words import LANGUAGES, one_line
from app.roll.models import Member
from app.security.service import Staff

# A download this large is made in about ten seconds, well before a proxy gives up; the next one
# holds the next members.
MOST_AT_ONCE = 1000
UNDER_WAY = (Delivery.QUEUED, Delivery.SENDING)


class LettersOvertaken(Conflict):
    """Somebody else gave one of these members a code while the file was made."""

    code = "letters_overtaken"
    message = (
        "While the letters were made, some of these members got a code in another way or were "
        "taken off the roll. Nothing was handed over, and no code was stored. Ask for the letters "
        "again."
    )


@dataclass(frozen=True)
class PostalLetter:
    """A letter on its way out: the only moment at which its code is in clear."""

    entry_id: int
    membership_number: str
    name: str
    address: str
    postcode: str
    language: str
    code: str


@dataclass(frozen=True)
class LettersToMake:
    """How many members need a letter, and how many of them have no postal address either."""

    to_make: int
    no_address: int


def letters_to_make(session: Session, ballot: Ballot, *, settings: Settings) -> LettersToMake:
    """Count members on the roll without a code whom neither e-mail nor a text reaches."""
    counts = []
    for has_address in (True, False):
        needing = _needing(ballot, has_address=has_address, settings=settings)
        number = sa.select(sa.func.count()).select_from(needing.subquery())
        counts.append(session.execute(number).scalar_one())
    return LettersToMake(to_make=counts[0], no_address=counts[1])


def draw_up_letters(
    session: Session, ballot: Ballot, *, staff: Staff, settings: Settings, now: datetime
) -> list[PostalLetter]:
    """Return a letter with a code of its own for each member who needs one, none of them stored.

    At most `MOST_AT_ONCE`; once these are stored, the next call returns the next ones.

    Raises:
        NotYours: the one who asks is not in charge of this ballot's codes.
        RollNotFrozen: the ballot is a draft.
        BallotOver: the window has passed.
    """
    refuse_unless_in_charge(ballot, staff=staff)
    refuse_unless_running(ballot, now=now)
    needing = _needing(ballot, has_address=True, settings=settings).limit(MOST_AT_ONCE)
    return [_letter(found) for found in session.execute(needing)]


def store_letters(  # noqa: PLR0913 - what, whose, who and when
    session: Session,
    ballot: Ballot,
    letters: Sequence[PostalLetter],
    *,
    staff: Staff,
    settings: Settings,
    now: datetime,
) -> None:
    """Store the digests of the codes in a file that is whole, and audit that it leaves.

    Raises:
        LettersOvertaken: one of its members needs no letter any more.
    """
    asked = [each.entry_id for each in letters]
    needing = _needing(ballot, has_address=True, settings=settings).subquery()
    still = sa.select(sa.func.count()).where(needing.c.entry_id.in_(asked))
    if session.execute(still).scalar_one() != len(letters):
        raise LettersOvertaken
    key = settings.secret_key.get_secret_value()
    rows = [
        {
            "digest": code_digest(each.code, key=key),
            "ballot_id": key_of(ballot),
            "entry_id": each.entry_id,
            "issued_at": now,
        }
        for each in letters
    ]
    if rows:
        try:
            session.execute(sa.insert(Credential), rows)
        except IntegrityError as clash:
            raise LettersOvertaken from clash
        end_codes_off_roll(session, asked, now=now)
    # Codes are counted the same however they leave; that they left as letters stands beside it.
    issued = CodesIssued(ballot.slug, issued=len(letters))
    audit.record(session, issued, actor=staff.actor, now=now)
    made = LettersMade(ballot.slug, letters=len(letters))
    audit.record(session, made, actor=staff.actor, now=now)


def _needing(ballot: Ballot, *, has_address: bool, settings: Settings) -> sa.Select[Any]:
    live = sa.select(col(Credential.entry_id)).where(
        col(Credential.ballot_id) == key_of(ballot), col(Credential.revoked_at).is_(None)
    )
    # A new link may be on its way by mail: it would end the code in the letter.
    on_its_way = _messages(ballot, Purpose.NEW_LINK).where(col(OutboxMessage.state).in_(UNDER_WAY))
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("entry_id", col(RollEntry.id)),
        *[sa.label(name, col(getattr(Member, name))) for name in _DETAILS],
    ]
    posted = col(Member.address) != ""
    return (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == key_of(ballot),
            col(RollEntry.on_roll),
            no_mail_reaches(),
            _no_text_reaches(ballot, settings=settings),
            posted if has_address else ~posted,
            col(RollEntry.id).not_in(live),
            col(RollEntry.id).not_in(on_its_way),
        )
        .order_by(col(Member.membership_number))
    )


def _no_text_reaches(ballot: Ballot, *, settings: Settings) -> sa.ColumnElement[bool]:
    """Return the condition that no text waits for a member, and none can still be sent to them.

    A text is sent to a member once: one that was refused, or whose code was ended since, leaves the
    letter.
    """
    if settings.sms_url is None:
        return sa.true()
    texted = _messages(ballot, Purpose.TEXT)
    waiting = texted.where(col(OutboxMessage.state).in_(UNDER_WAY))
    entry = col(RollEntry.id)
    return sa.or_(col(Member.mobile) == "", entry.in_(texted) & entry.not_in(waiting))


def _messages(ballot: Ballot, purpose: Purpose) -> sa.Select[Any]:
    return sa.select(col(OutboxMessage.entry_id)).where(
        col(OutboxMessage.ballot_id) == key_of(ballot),
        col(OutboxMessage.entry_id).is_not(None),
        col(OutboxMessage.purpose) == purpose,
    )


_DETAILS = (
    "membership_number",
    "given_name",
    "family_name",
    "address",
    "postcode",
    "language",
)


def _letter(found: sa.Row[Any]) -> PostalLetter:
    return PostalLetter(
        found.entry_id,
        membership_number=found.membership_number,
        name=one_line(f"{found.given_name} {found.family_name}").strip(),
        address=found.address,
        postcode=found.postcode,
        language=found.language if found.language in LANGUAGES else "en",
        code=new_code(),
    )
