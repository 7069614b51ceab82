"""How mail, webhooks and backups stand, for Prometheus: looked at when it asks, and never for long.

Every look costs a handful of rows by their indexes. Counting the outbox is another matter: it has a
row for each message there ever was, so it is counted again only after a hundred times as long as
that last took, and costs the database a hundredth of its time at most, whatever its size and
however often somebody asks.
"""

import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from app.core import metrics
from app.core.clock import Clock
from app.core.database import DATABASE_AWAY, Database
from app.core.settings import Settings
from app.notices.bounce_models import Bounce
from app.notices.in_hand import IN_HAND
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.outbox import switch_of
from app.notices.server import mail_server
from app.notices.webhook_models import WebhookDelivery, WebhookEvent

# Whoever has one of the other messages has asked for it, or has not voted yet; and to whoever has
# voted even an invitation is dropped and not sent again. So one alone must not be seen to go.
TO_EVERYBODY = frozenset({Purpose.INVITATION, Purpose.TEXT, Purpose.TEST})
TELLING = frozenset({Delivery.ACCEPTED, Delivery.DROPPED})
NEAREST = 10
CHANNELS = {False: "email", True: "text"}
# A count may take a hundredth of the time.
SHARE = 100
# A worker that was not seen for so long is worth a line on a page; five minutes wake somebody.
UNSEEN = timedelta(minutes=1)
LONGEST_LOOK = "5s"
PATIENCE = 2.0  # seconds; Prometheus gives up after ten
BACKUPS = "muster-*.backup"  # as deploy/backup.sh names whole ones
Row = OutboxMessage
log = structlog.get_logger()


class Watch:
    """Looks for one process, one look at a time.

    Args:
        database: where the outbox is.
        settings: whether mail is on, and where backups are.
        clock: tells the time.
    """

    def __init__(self, database: Database, *, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._looking: threading.Thread | None = None
        self._count_from: datetime | None = None

    def look(self, *, patience: float = PATIENCE) -> None:
        """Bring the metrics up to date, or leave them as they were if that takes too long.

        Args:
            patience: seconds. A look that takes longer ends by itself, for the next who asks.
        """
        with self._lock:
            if self._looking is None or not self._looking.is_alive():
                self._looking = threading.Thread(target=self._look, daemon=True)
                self._looking.start()
            looking = self._looking
        looking.join(patience)

    def _look(self) -> None:
        now = self._clock()
        try:
            _look_for_backups(self._settings.backup_folder)
            with self._database.reading() as session:
                if not self._database.is_sqlite:
                    session.execute(sa.text(f"SET LOCAL statement_timeout = '{LONGEST_LOOK}'"))
                _look_at_worker(session, settings=self._settings)
                _look_at_queues(session, now=now)
                if self._count_from is None or now >= self._count_from:
                    began = time.perf_counter()
                    _count(session)
                    took = timedelta(seconds=time.perf_counter() - began)
                    self._count_from = now + SHARE * took
            metrics.LOOKED.set(now.timestamp())
        except DATABASE_AWAY as away:
            log.warning("metrics_wait_for_the_database", kind=type(away).__name__)


def worker_seen(session: Session) -> datetime | None:
    """Return when a worker was last known to run, if ever.

    It says so itself between messages; while a slow server lets it wait in the middle of many, the
    newest message that it took in hand says it.
    """
    seen = switch_of(session).seen_at
    held_until = session.scalars(
        sa.select(sa.func.max(col(Row.claimed_until))).where(col(Row.state) == Delivery.SENDING)
    ).first()
    known = [seen, held_until - IN_HAND if held_until else None]
    return max((each for each in known if each is not None), default=None)


def newest_backup(folder: Path) -> float | None:
    """Return when the newest whole backup in a folder was made, in seconds since 1970."""
    try:
        return max((each.stat().st_mtime for each in folder.glob(BACKUPS)), default=None)
    except OSError:  # one was just being deleted, or the folder is not for us
        return None


def _look_for_backups(folder: Path | None) -> None:
    metrics.BACKUP_EXPECTED.set(folder is not None)
    if folder is not None:
        metrics.BACKUP_MADE.set(newest_backup(folder) or 0)


def _look_at_worker(session: Session, *, settings: Settings) -> None:
    switch = switch_of(session)
    metrics.MAIL_ON.set(mail_server(settings) is not None)
    metrics.MAIL_PAUSED.set(switch.paused_at is not None)
    metrics.MAIL_TROUBLE.labels("email").set(bool(switch.trouble))
    metrics.MAIL_TROUBLE.labels("text").set(bool(switch.text_trouble))
    seen = worker_seen(session)
    metrics.WORKER_SEEN.set(seen.timestamp() if seen else 0)


def _look_at_queues(session: Session, *, now: datetime) -> None:
    for by_text, channel in CHANNELS.items():
        first = session.scalars(
            sa.select(col(Row.due_at))
            .where(col(Row.state) == Delivery.QUEUED, col(Row.by_text) == by_text)
            .order_by(col(Row.due_at))
            .limit(1)
        ).first()
        metrics.OUTBOX_OVERDUE.labels(channel).set(_seconds_since(first, now))
    waiting = session.execute(
        sa.select(sa.func.count(), sa.func.min(col(WebhookEvent.occurred_at)))
        .join(WebhookDelivery, col(WebhookDelivery.event_id) == col(WebhookEvent.id))
        .where(col(WebhookDelivery.state) == "queued")
    ).one()
    metrics.WEBHOOKS_WAITING.set(waiting[0])
    metrics.WEBHOOKS_OVERDUE.set(_seconds_since(waiting[1], now))


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0) if moment else 0


def _count(session: Session) -> None:
    """Count every message once, and what came back."""
    kinds = col(Row.purpose), col(Row.by_text), col(Row.state)
    found: Counter[tuple[str, str, str]] = Counter()
    for purpose, by_text, state, number in session.execute(
        sa.select(*kinds, sa.func.count()).group_by(*kinds)
    ):
        found[purpose, CHANNELS[by_text], state] = number
    for purpose in Purpose:
        for channel in CHANNELS.values():
            for state in Delivery:
                number = found[purpose, channel, state]
                if purpose not in TO_EVERYBODY or state in TELLING:
                    number = (number + NEAREST // 2) // NEAREST * NEAREST
                metrics.OUTBOX.labels(purpose, channel, state).set(number)
    returned = Counter(
        {
            bool(hard): number
            for hard, number in session.execute(
                sa.select(col(Bounce.hard), sa.func.count()).group_by(col(Bounce.hard))
            )
        }
    )
    metrics.RETURNED.labels("hard").set(returned[True])
    metrics.RETURNED.labels("soft").set(returned[False])
