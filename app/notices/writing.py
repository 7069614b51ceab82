"""Write the letters of messages in hand: who gets them, in which words, with which new code.

The code is made here and leaves with the letter; what stays is its keyed digest.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import LinkRenewed
from app.audit.service import SERVICE
from app.ballots.codes import code_digest, new_code
from app.ballots.credentials import voting_link
from app.ballots.models import Ballot, Credential
from app.ballots.repository import questions_of
from app.core.settings import Settings
from app.notices.message import NoSuchAddress, deliverable
from app.notices.models import Delivery, NoticeTemplate, OutboxMessage, Purpose
from app.notices.own_check import own_check_letter
from app.notices.server import our_domain
from app.notices.words import (
    DEFAULTS,
    FOOTERS,
    HELP,
    LANGUAGES,
    MEMBER,
    UNION,
    Letter,
    Words,
    fill,
    moment,
    one_line,
)
from app.roll.models import Member
from app.voting.service import look_up

# Stands for a code where none may be: in previews and tests. It opens nothing.
SAMPLE_CODE = "0000-0000-0000-0000-0000-0000-0000"
SAMPLE_NAMES = {"en": "Sam Sample", "cy": "Siân Sampl"}
NOT_NEEDED = "It was no longer needed."
CODE_ELSEWHERE = "This member was given a code in another way."
CLOSED = "Voting had closed."


class NotSent(Exception):
    """Refused because nobody needs this message any more; the message says why."""


@dataclass(frozen=True)
class Written:
    """A letter, and what its envelope says."""

    recipient: str
    message_id: str
    letter: Letter


class Desk:
    """What the letters of one batch have in common, read once.

    Args:
        session: a session that writes.
        settings: address of the service, its key, the union's name.
        now: this moment.
    """

    def __init__(self, session: Session, *, settings: Settings, now: datetime) -> None:
        self.session = session
        self.settings = settings
        self.now = now
        self._ballots: dict[int, Ballot] = {}
        self._questions: dict[int, str] = {}
        self._words: dict[tuple[int, str, str], Words] = {}
        self._members: dict[int, Member] = {}
        self._live: dict[tuple[int, int], bytes] = {}

    def read(self, rows: Sequence[OutboxMessage]) -> None:
        """Read the members of these messages and the live codes of their entries."""
        members = {row.member_id for row in rows if row.member_id is not None}
        found = self.session.execute(sa.select(Member).where(col(Member.id).in_(members)))
        self._members = {each.id: each for each in found.scalars() if each.id is not None}
        entries = {row.entry_id for row in rows if row.entry_id is not None}
        live = self.session.execute(
            sa.select(
                col(Credential.ballot_id), col(Credential.entry_id), col(Credential.digest)
            ).where(col(Credential.entry_id).in_(entries), col(Credential.revoked_at).is_(None))
        )
        self._live = {(ballot, entry): digest for ballot, entry, digest in live}

    def member(self, row: OutboxMessage) -> Member:
        """Return the member whom a message is for."""
        return self._members[row.member_id or 0]

    def live_code(self, row: OutboxMessage) -> bytes | None:
        """Return the digest of the code with which this message's member could vote now."""
        return self._live.get((row.ballot_id or 0, row.entry_id or 0))

    def ballot(self, ballot_id: int) -> Ballot:
        """Return a ballot."""
        if ballot_id not in self._ballots:
            self._ballots[ballot_id] = self.session.get_one(Ballot, ballot_id)
        return self._ballots[ballot_id]

    def voting_letter(
        self, ballot_id: int, *, purpose: str, language: str, name: str, code: str
    ) -> Letter:
        """Return a letter that holds a voting link."""
        words = self._words_of(ballot_id, purpose, language)
        return letter_of(
            words,
            self.ballot(ballot_id),
            question=self._question(ballot_id),
            language=language,
            name=name,
            link=voting_link(code, settings=self.settings),
            settings=self.settings,
        )

    def _words_of(self, ballot_id: int, purpose: str, language: str) -> Words:
        key = (ballot_id, purpose, language)
        if key not in self._words:
            self._words[key] = words_of(self.session, ballot_id, purpose=purpose, language=language)
        return self._words[key]

    def _question(self, ballot_id: int) -> str:
        if ballot_id not in self._questions:
            self._questions[ballot_id] = "\n".join(
                question.text for question in questions_of(self.session, ballot_id)
            )
        return self._questions[ballot_id]


def words_of(session: Session, ballot_id: int, *, purpose: str, language: str) -> Words:
    """Return a ballot's words for a message: its own, or those that ship."""
    stored_as = Purpose.INVITATION if purpose == Purpose.TEST else purpose
    own = session.get(NoticeTemplate, (ballot_id, str(stored_as), language))
    return DEFAULTS[purpose][language] if own is None else Words(own.subject, own.body)


def letter_of(  # noqa: PLR0913 - a letter is this many facts
    words: Words,
    ballot: Ballot,
    *,
    question: str,
    language: str,
    name: str,
    link: str,
    settings: Settings,
) -> Letter:
    """Fill in a ballot's words for one member."""
    values = {
        "name": one_line(name) or MEMBER[language],
        "title": one_line(ballot.title),
        "question": question,
        "link": link,
        "opens": moment(ballot.opens_at, language=language),
        "closes": moment(ballot.closes_at, language=language),
        "union": settings.union_name or UNION[language],
        "help": settings.help_contact or HELP[language],
    }
    body = fill(words.body.replace("\r\n", "\n").strip(), values)
    return Letter(
        language=language,
        subject=one_line(fill(words.subject, values)),
        body=body[:1].upper() + body[1:],
        footer=fill(FOOTERS[language], values | {"base": settings.base_url}),
        link=link,
    )


def write_letters(
    session: Session, rows: Sequence[OutboxMessage], *, settings: Settings, now: datetime
) -> Mapping[int, Written]:
    """Write the letters of messages in hand, each with its new code, by the message's key.

    A message that nobody needs is dropped, and one whose address cannot be is refused.
    """
    desk = Desk(session, settings=settings, now=now)
    desk.read(rows)
    codes = Codes(desk)
    written: dict[int, Written] = {}
    for row in rows:
        try:
            letter = _letter(row, desk, codes)
        except NotSent as reason:
            _end(row, Delivery.DROPPED, str(reason), now=now)
        except NoSuchAddress as reason:
            _end(row, Delivery.REFUSED, str(reason), now=now)
        else:
            row.message_id = f"<{secrets.token_hex(12)}@{our_domain(settings)}>"
            written[row.id or 0] = Written(row.address, row.message_id, letter)
    session.flush()
    codes.store()
    return written


def _letter(row: OutboxMessage, desk: Desk, codes: "Codes") -> Letter:
    if row.purpose == Purpose.TEST:
        return desk.voting_letter(
            row.ballot_id or 0,
            purpose=row.purpose,
            language=row.language,
            name=SAMPLE_NAMES[row.language],
            code=SAMPLE_CODE,
        )
    member = desk.member(row)
    row.address = deliverable(member.email)[:320]
    row.language = member.language if member.language in LANGUAGES else "en"
    if row.purpose == Purpose.OWN_CHECK:
        return own_check_letter(desk.session, member, settings=desk.settings, now=desk.now)
    ballot_id = row.ballot_id or 0
    _refuse_if_not_needed(row, desk, ballot=desk.ballot(ballot_id))
    return desk.voting_letter(
        ballot_id,
        purpose=row.purpose,
        language=row.language,
        name=f"{member.given_name} {member.family_name}",
        code=codes.renew(row),
    )


def _refuse_if_not_needed(row: OutboxMessage, desk: Desk, *, ballot: Ballot) -> None:
    if desk.now >= ballot.closes_at:
        raise NotSent(CLOSED)
    live = desk.live_code(row)
    if live is None:
        return
    if row.purpose == Purpose.INVITATION and live != row.code_digest:
        raise NotSent(CODE_ELSEWHERE)
    found = look_up(desk.session, live)
    if found is not None and found.voted:
        raise NotSent(NOT_NEEDED)


def _end(row: OutboxMessage, state: Delivery, reason: str, *, now: datetime) -> None:
    row.state, row.reply, row.settled_at = state, one_line(reason)[:500], now
    row.worker, row.claimed_until = None, None


class Codes:
    """The codes that leave with a batch: each ends the one its member had."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._key = desk.settings.secret_key.get_secret_value()
        self._old: list[bytes] = []
        self._new: list[dict[str, object]] = []
        self._renewed: list[str] = []

    def renew(self, row: OutboxMessage) -> str:
        """Make a code for the member of a message, to be stored with the others."""
        code = new_code()
        old = self._desk.live_code(row)
        if old is not None:
            self._old.append(old)
        row.code_digest = code_digest(code, key=self._key)
        self._new.append(
            {
                "digest": row.code_digest,
                "ballot_id": row.ballot_id,
                "entry_id": row.entry_id,
                "issued_at": self._desk.now,
            }
        )
        if row.purpose == Purpose.NEW_LINK:
            self._renewed.append(self._desk.ballot(row.ballot_id or 0).slug)
        return code

    def store(self) -> None:
        """End the old codes, store the digests of the new ones, and audit each lost link."""
        session, now = self._desk.session, self._desk.now
        if self._old:
            session.execute(
                sa.update(Credential)
                .where(col(Credential.digest).in_(self._old))
                .values(revoked_at=now)
                .execution_options(synchronize_session=False)
            )
        if self._new:
            session.execute(sa.insert(Credential), self._new)
        for slug in _counted(self._renewed):
            audit.record(session, LinkRenewed(*slug), actor=SERVICE, now=now)


def _counted(slugs: Iterable[str]) -> list[tuple[str, int]]:
    listed = list(slugs)
    return [(slug, listed.count(slug)) for slug in sorted(set(listed))]
