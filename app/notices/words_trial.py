"""A test of a message, to the officer who asks for it."""

import secrets
from datetime import datetime

from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.notices.models import OutboxMessage, Purpose
from app.notices.words_kinds import Kind


def queue_test(  # noqa: PLR0913 - a test is this many facts
    session: Session, ballot: Ballot, *, kind: Kind, address: str, language: str, now: datetime
) -> None:
    """Queue a mail in the words that are kept, with an invented name and links that open nothing.

    Args:
        session: a session that writes.
        ballot: whose words it shows.
        kind: which message.
        address: where the officer wants it.
        language: `en` or `cy`.
        now: this moment.
    """
    session.add(
        OutboxMessage(
            key=f"{Purpose.TEST}/{key_of(ballot)}/{secrets.token_hex(8)}",
            purpose=Purpose.TEST,
            ballot_id=key_of(ballot),
            address=address,
            language=language,
            test_of=str(kind.key),
            queued_at=now,
            due_at=now,
        )
    )
