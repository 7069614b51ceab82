"""The worker: looks at what members ask, claims messages that are due, and hands them over.

Killed at any moment it loses nothing: what it had not begun is claimed again, and what it had in
hand is called unsure, because only the server knows (docs/decisions/0031).
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from app.core.clock import Clock
from app.core.database import DATABASE_AWAY, Database, cause_of
from app.core.settings import Settings
from app.notices.changed_addresses import queue_to_changed_addresses
from app.notices.in_hand import InHand
from app.notices.ledger import NOT_WRITTEN, Ledger
from app.notices.line import PATIENCE, Answer, Fate, Line, ServerTrouble
from app.notices.message import as_bytes
from app.notices.outbox import (
    claim,
    give_up_on_the_lost,
    is_anything_due,
    release,
    switch_of,
)
from app.notices.pace import Pace
from app.notices.reminding import queue_due_reminders
from app.notices.requests import is_anybody_asking, resolve_requests
from app.notices.server import mail_server, sender_of
from app.notices.writing import Written, write_mails

AT_ONCE = 200  # messages claimed together, and requests looked at together
LOOK_EVERY = 1.0  # seconds between looks at an outbox in which nothing is due
LONGEST_WAIT = 60.0  # seconds between tries of a server that cannot be used
# A worker that runs is seen this often, and one that was not seen for so long has stopped.
SEEN_EVERY, GONE_AFTER = timedelta(seconds=20), timedelta(minutes=5)
log = structlog.get_logger()


class Worker:
    """Sends what is in the outbox.

    Args:
        database: where the outbox is.
        settings: the mail server, the rate and the connections.
        clock: tells the time.
        patience: seconds to wait for one answer of the server.
    """

    def __init__(
        self, database: Database, *, settings: Settings, clock: Clock, patience: float = PATIENCE
    ) -> None:
        self.name = secrets.token_hex(8)
        self._database = database
        self._settings = settings
        self._clock = clock
        server = mail_server(settings)
        self._sender = sender_of(settings)
        self._lines = (
            [
                Line(server, sender=self._sender, patience=patience)
                for _ in range(settings.mail_connections)
            ]
            if server
            else []
        )
        self._troubles = 0
        # What an earlier worker wrote down may be over.
        self._noted = False
        self._pace = Pace(settings.mail_rate, at_once=AT_ONCE)

    async def run(self, stop: asyncio.Event, *, until_idle: bool = False) -> None:
        """Work until told to stop, and then finish what is in hand.

        Args:
            stop: set it to end.
            until_idle: end as soon as nothing is due, or the server cannot be used.
        """
        is_away = False
        try:
            while not stop.is_set():
                try:
                    claimed = await self._next_messages()
                    wait = await self._send_all(claimed, stop) if claimed else LOOK_EVERY
                    is_away = False
                except DATABASE_AWAY as away:
                    # Once, and not each second: a log must not fill a disk that is full.
                    if not is_away:
                        log.warning("mail_waits_for_the_database", kind=cause_of(away))
                    claimed, wait, is_away = [], LOOK_EVERY, True
                if until_idle and (not claimed or wait):
                    return
                await _sleep(wait, stop)
        finally:
            await asyncio.gather(*(line.close() for line in self._lines))

    async def _next_messages(self) -> list[int]:
        return await asyncio.to_thread(self._look_around)

    def _look_around(self) -> list[int]:
        """Do what does not need the server, and claim what does."""
        now = self._clock()
        with self._database.reading() as session:
            seen_at = switch_of(session).seen_at
            due = bool(self._lines) and is_anything_due(session, now=now)
            asking = is_anybody_asking(session)
        # An idle worker leaves the database to the votes.
        seen = seen_at is not None and now - seen_at < SEEN_EVERY
        if seen and not due and not asking:
            return []
        if asking:
            with self._database.writing() as session:
                resolve_requests(session, most=AT_ONCE, now=now)
        if self._lines:
            queue_due_reminders(self._database, settings=self._settings, now=now)
            if not due:
                queue_to_changed_addresses(self._database, now=now)
        with self._database.writing() as session:
            switch = switch_of(session)
            switch.seen_at = now
            session.add(switch)
            lost = give_up_on_the_lost(session, now=now)
            may_send = bool(self._lines) and switch.paused_at is None
            claimed = (
                claim(session, worker=self.name, most=self._pace.ahead, now=now) if may_send else []
            )
        if lost:
            log.warning("mail_unsure", messages=lost)
        return claimed

    def _write(
        self, session: Session, rows: Sequence[InHand], now: datetime
    ) -> Mapping[int, Written]:
        return write_mails(session, rows, settings=self._settings, now=now)

    async def _send_all(self, claimed: list[int], stop: asyncio.Event) -> float:
        """Hand over what was claimed, and return how long to wait before the next look."""
        ledger = Ledger(self._database, write=self._write, clock=self._clock, worker=self.name)
        writing = asyncio.create_task(ledger.run())
        waiting = deque(claimed)
        troubles = await asyncio.gather(
            *(self._send_by(line, waiting, ledger=ledger, stop=stop) for line in self._lines)
        )
        ledger.end()
        await writing
        trouble = next((each for each in troubles if each), None)
        if waiting:
            await asyncio.to_thread(self._give_back)
        return await self._note(trouble)

    async def _send_by(
        self, line: Line, waiting: deque[int], *, ledger: Ledger[Written], stop: asyncio.Event
    ) -> str | None:
        """Hand messages over by one connection; return the server's words if it cannot be used."""
        while waiting and not stop.is_set():
            try:
                await line.open()
            except ServerTrouble as trouble:
                return str(trouble)
            await self._pace.turn()
            if not waiting:
                return None
            message = waiting.popleft()
            written = await ledger.take(message)
            if written is None:
                continue
            try:
                answer = await self._hand_over(line, written)
            except ServerTrouble as trouble:
                ledger.settle(message, None)
                return str(trouble)
            ledger.settle(message, answer)
        return None

    async def _hand_over(self, line: Line, written: Written) -> Answer:
        try:
            content = as_bytes(
                written.mail,
                sender=self._sender,
                recipient=written.recipient,
                message_id=written.message_id,
                now=self._clock(),
            )
        except Exception:  # one mail that cannot be made must not stop the others
            log.exception("mail_not_written", messages=1)
            return Answer(Fate.REFUSED, NOT_WRITTEN)
        return await line.send(written.recipient, content)

    def _give_back(self) -> None:
        with self._database.writing() as session:
            release(session, worker=self.name)

    async def _note(self, trouble: str | None) -> float:
        """Write down what the server said, and return how long to leave it alone."""
        if trouble is None and not self._troubles and self._noted:
            return 0
        self._troubles = self._troubles + 1 if trouble else 0
        if trouble:
            # The server's words may quote an address, so they stand in the outbox and not here.
            log.warning("mail_server_trouble", times=self._troubles)
        await asyncio.to_thread(self._write_trouble, trouble)
        self._noted = True
        return min(2.0 ** (self._troubles - 1), LONGEST_WAIT) if trouble else 0

    def _write_trouble(self, trouble: str | None) -> None:
        with self._database.writing() as session:
            switch = switch_of(session)
            switch.trouble = trouble or ""
            switch.trouble_at = self._clock() if trouble else None
            session.add(switch)


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    if seconds <= 0:
        return
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
