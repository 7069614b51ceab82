"""What the letters of one batch have in common, read once, and a ballot's words filled in."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.credentials import voting_link
from app.ballots.models import Ballot, Credential
from app.ballots.repository import entries_off_roll, questions_of
from app.core.settings import Settings
from app.notices.bounces import dead_addresses
from app.notices.models import NoticeTemplate, OutboxMessage, Purpose
from app.notices.words import (
    DEFAULTS,
    FOOTERS,
    HELP,
    MEMBER,
    UNION,
    Letter,
    Words,
    fill,
    moment,
    one_line,
)
from app.roll.models import Member

# Stands for a code where none may be: in previews and tests. It opens nothing.
SAMPLE_CODE = "0000-0000-0000-0000-0000-0000-0000"
SAMPLE_NAMES = {"en": "Sam Sample", "cy": "Siân Sampl"}


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
        # Entries that were taken off the roll since these messages were queued.
        self.off_roll: set[int] = set()
        # Addresses of theirs from which mail came back for good.
        self.dead: set[str] = set()

    def read(self, rows: Sequence[OutboxMessage]) -> None:
        """Read the members of these messages and the live codes of their entries."""
        members = {row.member_id for row in rows if row.member_id is not None}
        found = self.session.execute(sa.select(Member).where(col(Member.id).in_(members)))
        self._members = {each.id: each for each in found.scalars() if each.id is not None}
        self.dead = dead_addresses(
            self.session, [member.email for member in self._members.values()]
        )
        entries = {row.entry_id for row in rows if row.entry_id is not None}
        live = self.session.execute(
            sa.select(
                col(Credential.ballot_id), col(Credential.entry_id), col(Credential.digest)
            ).where(col(Credential.entry_id).in_(entries), col(Credential.revoked_at).is_(None))
        )
        self._live = {(ballot, entry): digest for ballot, entry, digest in live}
        self.off_roll = entries_off_roll(self.session, entries)

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
        return letter_for(
            self,
            ballot_id,
            words=self._words_of(ballot_id, purpose, language),
            language=language,
            name=name,
            code=code,
        )

    def _words_of(self, ballot_id: int, purpose: str, language: str) -> Words:
        key = (ballot_id, purpose, language)
        if key not in self._words:
            self._words[key] = words_of(self.session, ballot_id, purpose=purpose, language=language)
        return self._words[key]

    def question(self, ballot_id: int) -> str:
        """Return what a ballot asks, a question a line."""
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


def letter_for(  # noqa: PLR0913 - a letter is this many facts
    desk: Desk, ballot_id: int, *, words: Words, language: str, name: str, code: str
) -> Letter:
    """Fill in a ballot's words for one member."""
    ballot, settings = desk.ballot(ballot_id), desk.settings
    link = voting_link(code, settings=settings)
    values = {
        "name": one_line(name) or MEMBER[language],
        "title": one_line(ballot.title),
        "question": desk.question(ballot_id),
        "link": link,
        "opens": moment(ballot.opens_at, language=language),
        "closes": moment(ballot.closes_at, language=language),
        "union": settings.union_name or UNION[language],
        "help": settings.help_contact or HELP[language],
    }
    body = fill(words.body, values)
    return Letter(
        language=language,
        subject=one_line(fill(words.subject, values)),
        body=body,
        footer=fill(FOOTERS[language], values | {"base": settings.base_url}),
        link=link,
    )
