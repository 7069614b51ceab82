"""What officers and operators do with mail as a whole: look at it, pause it, try the server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.audit import service as audit
from app.audit.events import MailPaused, MailResumed
from app.audit.service import Actor
from app.core.errors import Unavailable
from app.core.settings import Settings
from app.notices.invitations import MailIsOff
from app.notices.line import Line, ServerTrouble
from app.notices.outbox import numbers_by_state, switch_of
from app.notices.server import mail_server, sender_of
from app.notices.worker import GONE_AFTER

CHECK_PATIENCE = 20  # seconds for one answer, while somebody waits at a terminal


class MailServerRefuses(Unavailable):
    """The mail server cannot be used as it is set."""

    code = "mail_server_refuses"
    message = "The mail server cannot be used as it is set. Check MUSTER_SMTP_URL."

    def __init__(self, words: str = "") -> None:
        super().__init__(f"{words.rstrip('.')}. {self.message}" if words else self.message)


@dataclass(frozen=True)
class MailDesk:
    """How mail stands.

    Attributes:
        on: whether a mail server is set.
        running: whether a worker was seen lately.
        seen_at: when, if ever.
        paused_at: since when mail is paused, if it is.
        paused_by: by whom.
        trouble: the server's words when it could last not be used; empty when it can.
        trouble_at: when it said them.
        text_trouble: the same of the provider of texts.
        numbers: how many messages stand where.
    """

    on: bool
    running: bool
    seen_at: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    trouble: str
    trouble_at: datetime | None
    text_trouble: str
    numbers: Mapping[str, int]


def desk_of(
    session: Session,
    *,
    settings: Settings,
    now: datetime,
    ballot_id: int | None = None,
    purpose: str | None = None,
) -> MailDesk:
    """Say how mail stands, with the numbers of one ballot or one purpose where they are named."""
    switch = switch_of(session)
    return MailDesk(
        on=mail_server(settings) is not None,
        running=switch.seen_at is not None and now - switch.seen_at < GONE_AFTER,
        seen_at=switch.seen_at,
        paused_at=switch.paused_at,
        paused_by=switch.paused_by,
        trouble=switch.trouble,
        trouble_at=switch.trouble_at,
        text_trouble=switch.text_trouble,
        numbers=numbers_by_state(session, ballot_id=ballot_id, purpose=purpose),
    )


def pause_mail(session: Session, *, actor: Actor, now: datetime) -> None:
    """Let nothing more leave until somebody resumes it; what is in hand is finished."""
    switch = switch_of(session)
    if switch.paused_at is not None:
        return
    switch.paused_at, switch.paused_by = now, actor.name
    session.add(switch)
    audit.record(session, MailPaused("mail"), actor=actor, now=now)


def resume_mail(session: Session, *, actor: Actor, now: datetime) -> None:
    """Let mail go again, from where it stopped."""
    switch = switch_of(session)
    if switch.paused_at is None:
        return
    switch.paused_at, switch.paused_by = None, None
    session.add(switch)
    audit.record(session, MailResumed("mail"), actor=actor, now=now)


async def check_server(settings: Settings, *, patience: float = CHECK_PATIENCE) -> str:
    """Connect, sign in and name the sender without sending anything; return what to tell.

    Raises:
        MailIsOff: no mail server is set.
        MailServerRefuses: in the server's own words.
    """
    server = mail_server(settings)
    if server is None:
        raise MailIsOff
    sender = sender_of(settings)
    line = Line(server, sender=sender, patience=patience)
    try:
        await line.try_sender()
    except ServerTrouble as trouble:
        raise MailServerRefuses(str(trouble)) from trouble
    finally:
        await line.close()
    user = f" signed us in as {server.user} and" if server.user else ""
    return f"{server.name}{user} takes mail from {sender.addr_spec}."
