"""A ballot's own words for its messages: kept, read, and given up again for those that ship."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from app.audit import service as audit
from app.audit.changes import changes
from app.audit.events import WordsChanged
from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.errors import Invalid
from app.notices.models import NoticeTemplate
from app.notices.words import LANGUAGES, Words
from app.notices.words_kinds import Kind, faults_in
from app.security.service import Staff

# Asked anew for every batch of messages.
_OWN = sa.select(col(NoticeTemplate.subject), col(NoticeTemplate.body)).where(
    col(NoticeTemplate.ballot_id) == sa.bindparam("ballot"),
    col(NoticeTemplate.purpose) == sa.bindparam("purpose"),
    col(NoticeTemplate.language) == sa.bindparam("language"),
)


class WrongWords(Invalid):
    """Words that would not work in every message."""

    code = "wrong_words"
    message = "These words were not saved. Mend them and save again."

    def __init__(self, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(" ".join([self.message, *(sentence for _, sentence in faults)]))
        self.faults = list(faults)


def words_of(session: Session, ballot_id: int, *, kind: Kind, language: str) -> Words:
    """Return a ballot's words for a message: its own, or those that ship."""
    asked = {"ballot": ballot_id, "purpose": str(kind.key), "language": language}
    own = session.connection().execute(_OWN, asked).first()
    return kind.shipped[language] if own is None else Words(own.subject, own.body)


def own_words(session: Session, ballot: Ballot) -> Mapping[tuple[str, str], NoticeTemplate]:
    """Return which messages have words of their own, by message and language."""
    rows = session.exec(select(NoticeTemplate).where(NoticeTemplate.ballot_id == key_of(ballot)))
    return {(row.purpose, row.language): row for row in rows}


def save_words(  # noqa: PLR0913 - what, where, who and when
    session: Session,
    ballot: Ballot,
    *,
    kind: Kind,
    language: str,
    words: Words,
    staff: Staff,
    now: datetime,
) -> None:
    """Keep a ballot's own words for a message.

    Raises:
        WrongWords: a field is unknown or missing, or a text is too long.
    """
    faults = faults_in(words, kind)
    if language not in LANGUAGES:
        faults.append(("body", "A message is in English or in Welsh."))
    if faults:
        raise WrongWords(faults)
    before = words_of(session, key_of(ballot), kind=kind, language=language)
    session.merge(
        NoticeTemplate(
            ballot_id=key_of(ballot),
            purpose=str(kind.key),
            language=language,
            subject=words.subject if kind.has_subject else "",
            body=words.body,
            changed_at=now,
            changed_by=staff.name,
        )
    )
    _put_on_record(
        session, ballot, kind=kind, language=language, before=before, staff=staff, now=now
    )


def restore_words(  # noqa: PLR0913 - what, where, who and when
    session: Session, ballot: Ballot, *, kind: Kind, language: str, staff: Staff, now: datetime
) -> None:
    """Give up a ballot's own words for those that ship; without any of its own nothing changes."""
    if session.get(NoticeTemplate, (key_of(ballot), str(kind.key), language)) is None:
        return
    before = words_of(session, key_of(ballot), kind=kind, language=language)
    gone = session.exec(
        delete(NoticeTemplate)
        .where(
            col(NoticeTemplate.ballot_id) == key_of(ballot),
            col(NoticeTemplate.purpose) == str(kind.key),
            col(NoticeTemplate.language) == language,
        )
        .returning(col(NoticeTemplate.language))
    ).first()
    if gone is not None:
        _put_on_record(
            session, ballot, kind=kind, language=language, before=before, staff=staff, now=now
        )


def _put_on_record(  # noqa: PLR0913 - what, where, who and when
    session: Session,
    ballot: Ballot,
    *,
    kind: Kind,
    language: str,
    before: Words,
    staff: Staff,
    now: datetime,
) -> None:
    """Record what the words were and what they are now."""
    session.flush()
    after = words_of(session, key_of(ballot), kind=kind, language=language)
    event = WordsChanged(
        ballot.slug,
        purpose=str(kind.key),
        language=language,
        changes=changes(asdict(before), asdict(after)),
    )
    audit.record(session, event, actor=staff.actor, now=now)
