"""Whom of the union's own systems we tell of events, and the key by which they know it was us."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.notice_events import WebhookAdded, WebhookEnded
from app.core.errors import Conflict, NotFound
from app.core.settings import Settings
from app.notices.webhook_address import target_of
from app.notices.webhook_models import Webhook, WebhookDelivery, WebhookEvent
from app.security.secrets import possible_digests
from app.security.service import Staff

MOST_WEBHOOKS = 10
MOST_SHOWN = 50
SALT_BYTES = 16


class TooManyWebhooks(Conflict):
    """More addresses than a union has systems."""

    code = "too_many_webhooks"
    message = f"Already {MOST_WEBHOOKS} addresses are told of events. End one of them first."


class UnknownWebhook(NotFound):
    """There is none, or it has ended."""

    code = "unknown_webhook"
    message = "There is no such webhook, or it has ended. Look at the list again."


@dataclass(frozen=True)
class Told:
    """One event on its way to one address, for the page."""

    url: str
    kind: str
    event_id: str
    occurred_at: datetime
    state: str
    attempts: int
    answer: str


def add_webhook(
    session: Session, url: str, *, staff: Staff, settings: Settings, now: datetime
) -> tuple[Webhook, str]:
    """Tell an address of every event from now on; return the key to show once.

    Raises:
        WrongAddress: no webhook goes there.
        TooManyWebhooks: there are enough.
    """
    target_of(url, inside=may_go_inside(settings))
    if len(live_webhooks(session)) >= MOST_WEBHOOKS:
        raise TooManyWebhooks
    row = Webhook(url=url, salt=secrets.token_bytes(SALT_BYTES), added_by=staff.name, added_at=now)
    session.add(row)
    session.flush()
    event = WebhookAdded(_host(url), webhook=row.id or 0)
    audit.record(session, event, actor=staff.actor, now=now)
    return row, shown_key(row, settings=settings)


def end_webhook(session: Session, number: int, *, staff: Staff, now: datetime) -> None:
    """Tell an address of nothing more, not even what waits.

    Raises:
        UnknownWebhook: there is none, or it has ended.
    """
    url = session.scalars(
        sa.update(Webhook)
        .where(col(Webhook.id) == number, col(Webhook.ended_at).is_(None))
        .values(ended_at=now, ended_by=staff.name)
        .returning(col(Webhook.url))
    ).first()
    if url is None:
        raise UnknownWebhook
    waiting = sa.and_(
        col(WebhookDelivery.webhook_id) == number, col(WebhookDelivery.state) == "queued"
    )
    # In the order in which the worker settles them, or the two could wait for each other.
    session.execute(
        sa.select(col(WebhookDelivery.event_id))
        .where(waiting)
        .order_by(col(WebhookDelivery.event_id))
        .with_for_update()
    ).all()
    session.execute(
        sa.update(WebhookDelivery)
        .where(waiting)
        .values(state="given_up", answer="the webhook was ended", settled_at=now)
    )
    event = WebhookEnded(_host(url), webhook=number)
    audit.record(session, event, actor=staff.actor, now=now)


def live_webhooks(session: Session) -> Sequence[Webhook]:
    """Return the addresses that are told of events, in the order in which they were added."""
    return session.exec(
        select(Webhook).where(col(Webhook.ended_at).is_(None)).order_by(col(Webhook.id))
    ).all()


def lately_told(session: Session) -> list[Told]:
    """Return what became of the newest events, the newest first."""
    rows = session.execute(
        sa.select(
            col(Webhook.url),
            col(WebhookEvent.kind),
            col(WebhookEvent.id),
            col(WebhookEvent.occurred_at),
            col(WebhookDelivery.state),
            col(WebhookDelivery.attempts),
            col(WebhookDelivery.answer),
        )
        .select_from(WebhookDelivery)
        .join(Webhook, col(Webhook.id) == col(WebhookDelivery.webhook_id))
        .join(WebhookEvent, col(WebhookEvent.id) == col(WebhookDelivery.event_id))
        .order_by(col(WebhookEvent.occurred_at).desc(), col(WebhookEvent.id))
        .limit(MOST_SHOWN)
    )
    return [Told(*row) for row in rows]


def may_go_inside(settings: Settings) -> bool:
    """Whether private networks and plain HTTP are allowed: by a setting, and in the demo."""
    return settings.webhooks_inside or settings.demo


def signing_keys(row: Webhook, *, settings: Settings) -> Sequence[bytes]:
    """Return the keys, of 32 bytes, that sign what an address is sent; they are stored nowhere.

    Two while a new secret key takes the place of another: its receiver knows one of them.
    """
    return possible_digests(row.salt.hex(), purpose="webhook", settings=settings)


def shown_key(row: Webhook, *, settings: Settings) -> str:
    """Return the key as its receiver enters it (https://www.standardwebhooks.com)."""
    in_use, *_ = signing_keys(row, settings=settings)
    return f"whsec_{base64.b64encode(in_use).decode()}"


def signature_of(body: bytes, *, event_id: str, timestamp: int, keys: Sequence[bytes]) -> str:
    """Return the signatures over event id, timestamp (seconds since 1970) and body.

    HMAC-SHA-256 in the form of Standard Webhooks, for which receivers have libraries: one for each
    key, with a space between; whoever receives them is content with one that is right.
    """
    signed = f"{event_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(key, signed, sha256) for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
