"""The worker's part in webhooks: notice what happened, and tell it until it is heard.

An event may arrive twice, because an answer can be lost; its id tells a receiver that it is the
same one.
"""

import asyncio
import http.client
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from app.core.clock import Clock
from app.core.database import DATABASE_AWAY, Database
from app.core.errors import Invalid
from app.core.settings import Settings
from app.notices.webhook_address import Target, Unreachable, numbers_of, target_of
from app.notices.webhook_events import news_of, note_events
from app.notices.webhook_models import Webhook, WebhookDelivery, WebhookEvent
from app.notices.webhooks import may_go_inside, signature_of, signing_keys

AT_ONCE = 10
LOOK_EVERY = timedelta(seconds=5)
PATIENCE = 10.0  # seconds for a connection, and for each part of an answer
# How long a telling may take before another worker may try it too.
CLAIM = timedelta(minutes=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
# With these pauses that is about a day.
MOST_TRIES = 32
GOOD = range(200, 300)
Row = WebhookDelivery
log = structlog.get_logger()


@dataclass(frozen=True)
class Telling:
    """One event for one address, as it goes out."""

    webhook_id: int
    event_id: str
    url: str
    body: bytes
    keys: Sequence[bytes]


class Courier:
    """Tells the union's own systems of events.

    Args:
        database: where events are noted.
        settings: the key of the service, and whether private networks are allowed.
        clock: tells the time.
    """

    def __init__(self, database: Database, *, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def run(self, stop: asyncio.Event, *, until_idle: bool = False) -> None:
        """Work until told to stop; a fault here never keeps mail from leaving."""
        while not stop.is_set():
            told = 0
            try:
                told = await self.tell_once()
            except DATABASE_AWAY as away:
                log.warning("webhooks_wait_for_the_database", kind=type(away).__name__)
            except Exception:
                log.exception("webhooks_not_told")
            if until_idle and not told:
                return
            if not told:
                await _sleep(LOOK_EVERY.total_seconds(), stop)

    async def tell_once(self) -> int:
        """Note what happened, tell what is due, and return how many tellings that were."""
        tellings = await asyncio.to_thread(self._claim)
        answers = await asyncio.gather(
            *(asyncio.to_thread(tell, each, self._settings, self._clock()) for each in tellings)
        )
        if tellings:
            told = list(zip(tellings, answers, strict=True))
            await asyncio.to_thread(self._settle, told)
        return len(tellings)

    def _claim(self) -> list[Telling]:
        now = self._clock()
        with self._database.reading() as session:
            news = next(news_of(session, settings=self._settings, now=now), None)
            # An idle worker leaves the database to the votes.
            if news is None and not _is_anything_due(session, now=now):
                return []
        with self._database.writing() as session:
            note_events(session, settings=self._settings, now=now)
            return claim(session, settings=self._settings, now=now)

    def _settle(self, told: list[tuple[Telling, tuple[bool, str]]]) -> None:
        now = self._clock()
        # In the order in which `end_webhook` locks them, or the two could wait for each other.
        in_order = sorted(told, key=lambda each: (each[0].webhook_id, each[0].event_id))
        with self._database.writing() as session:
            for telling, (heard, answer) in in_order:
                settle(session, telling, heard=heard, answer=answer, now=now)


def claim(session: Session, *, settings: Settings, now: datetime) -> list[Telling]:
    """Claim what is due, so that of two workers one tells it."""
    due = session.execute(
        sa.select(Row, Webhook, WebhookEvent)
        .join(Webhook, col(Webhook.id) == col(Row.webhook_id))
        .join(WebhookEvent, col(WebhookEvent.id) == col(Row.event_id))
        .where(_due(now))
        .order_by(col(Row.due_at), col(WebhookEvent.occurred_at))
        .limit(AT_ONCE)
        .with_for_update(of=Row, skip_locked=True)
    ).all()
    tellings = []
    for row, hook, event in due:
        row.claimed_until, row.attempts = now + CLAIM, row.attempts + 1
        keys = signing_keys(hook, settings=settings)
        body = event.body.encode()
        tellings.append(Telling(row.webhook_id, row.event_id, hook.url, body=body, keys=keys))
    return tellings


def _due(now: datetime) -> sa.ColumnElement[bool]:
    free = sa.or_(col(Row.claimed_until).is_(None), col(Row.claimed_until) < now)
    return sa.and_(col(Row.state) == "queued", col(Row.due_at) <= now, free)


def _is_anything_due(session: Session, *, now: datetime) -> bool:
    found = session.execute(sa.select(col(Row.event_id)).where(_due(now)).limit(1))
    return found.first() is not None


def settle(session: Session, telling: Telling, *, heard: bool, answer: str, now: datetime) -> None:
    """Write down whether a telling was heard, and if not, when to try again."""
    row = session.get(Row, (telling.webhook_id, telling.event_id))
    if row is None or row.state != "queued":
        return
    row.answer, row.claimed_until = answer[:200], None
    if heard:
        row.state, row.settled_at = "delivered", now
    elif row.attempts >= MOST_TRIES:
        row.state, row.settled_at = "given_up", now
    else:
        row.due_at = now + pause_after(row.attempts)
    session.add(row)


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries: 10, 20, 40 ... seconds, at most an hour."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)


def tell(telling: Telling, settings: Settings, now: datetime) -> tuple[bool, str]:
    """Send one event to one address; say whether it was heard, and what was answered.

    Redirects are not followed: an address that was allowed could lead to one that is not.
    """
    inside = may_go_inside(settings)
    try:
        target = target_of(telling.url, inside=inside)
        status = _post(target, numbers_of(target, inside=inside), telling, now=now)
    except (Unreachable, Invalid) as refusal:
        return False, str(refusal)
    except ssl.SSLError:
        return False, "its certificate is not good"
    except (OSError, http.client.HTTPException) as failure:
        return False, f"no answer ({type(failure).__name__})"
    return status in GOOD, f"HTTP {status}"


def _post(target: Target, number: str, telling: Telling, *, now: datetime) -> int:
    timestamp = int(now.timestamp())
    connection = _Pinned(target, number)
    try:
        connection.request(
            "POST",
            target.path,
            body=telling.body,
            headers={
                "Host": target.name,
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Muster",
                "webhook-id": telling.event_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature_of(
                    telling.body, event_id=telling.event_id, timestamp=timestamp, keys=telling.keys
                ),
            },
        )
        return connection.getresponse().status
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to the very number that was looked at, by the name it has."""

    def __init__(self, target: Target, number: str) -> None:
        super().__init__(target.host, target.port, timeout=PATIENCE)
        self._target = target
        self._number = number

    def connect(self) -> None:
        """Connect, and with TLS make sure that it is the machine of that name."""
        plain = socket.create_connection((self._number, self._target.port), PATIENCE)
        self.sock = plain
        if self._target.tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self._target.host)


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
