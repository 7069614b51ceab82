"""The notice that a ballot closes later than was set, to those who have not voted."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.notice_events import NoticeQueued
from app.ballots.credentials import BallotOver
from app.ballots.extensions import UnknownExtension
from app.ballots.lifecycle import is_over
from app.ballots.models import Ballot
from app.ballots.proposal_models import WindowExtension
from app.ballots.service import key_of
from app.core.errors import Conflict
from app.core.settings import Settings
from app.notices.composing import SAMPLE_NAMES, Desk
from app.notices.invitations import refuse_if_mail_is_off
from app.notices.models import Purpose
from app.notices.reminder_models import Reminder
from app.notices.words import Mail
from app.notices.words_kinds import kind_of
from app.security.service import Staff


class NoticeIsSent(Conflict):
    """Members are told of one extension once."""

    code = "notice_is_sent"
    message = "Members are being told of this extension already. Nothing more was queued."


def queue_notice(  # noqa: PLR0913 - a notice is this many facts
    session: Session,
    ballot: Ballot,
    row: WindowExtension,
    *,
    staff: Staff,
    settings: Settings,
    now: datetime,
) -> None:
    """Let the worker tell everybody who has not voted of an extension, once.

    Raises:
        MailIsOff: no mail server is set.
        UnknownExtension: it was not approved.
        BallotOver: voting has closed.
        NoticeIsSent: somebody sent it before.
    """
    refuse_if_mail_is_off(settings)
    if row.outcome != "approved":
        raise UnknownExtension
    if is_over(ballot, now=now):
        raise BallotOver
    ours = session.execute(
        sa.update(WindowExtension)
        .where(col(WindowExtension.id) == row.id, col(WindowExtension.notice_at).is_(None))
        .values(notice_at=now)
        .returning(col(WindowExtension.id))
    ).first()
    if ours is None:
        raise NoticeIsSent
    session.add(
        Reminder(
            ballot_id=key_of(ballot),
            purpose=Purpose.EXTENSION,
            at=now,
            planned_by=staff.name,
            planned_at=now,
        )
    )
    event = NoticeQueued(ballot.slug, extension=row.id or 0)
    audit.record(session, event, actor=staff.actor, now=now)


def sample_notice(session: Session, ballot: Ballot, *, settings: Settings, now: datetime) -> Mail:
    """Return the notice as a member would read it."""
    return Desk(session, settings=settings, now=now).mail(
        key_of(ballot),
        kind=kind_of(Purpose.EXTENSION),
        language="en",
        name=SAMPLE_NAMES["en"],
    )
