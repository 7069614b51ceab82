"""The worker for text messages: the same outbox and promise as mail, another channel."""

import asyncio
import secrets
from collections import deque

import structlog

from app.core.clock import Clock
from app.core.database import DATABASE_AWAY, Database
from app.core.settings import Settings
from app.notices.channels import Channel, TextProvider
from app.notices.line import Answer, ServerTrouble
from app.notices.outbox import (
    Settled,
    claim,
    is_anything_due,
    release,
    settle,
    switch_of,
    take_in_hand,
)
from app.notices.texts import WrittenText, write_texts

AT_ONCE = 50  # claimed together
LANES = 4  # handed over at the same time
LOOK_EVERY = 1.0  # seconds
LONGEST_WAIT = 60.0  # seconds between tries of a provider that cannot be used
log = structlog.get_logger()


class TextWorker:
    """Hands over the texts that are in the outbox.

    Args:
        database: where the outbox is.
        settings: the provider, and what the texts say.
        clock: tells the time.
        channel: by which they leave; the provider of the settings where left out.
    """

    def __init__(
        self,
        database: Database,
        *,
        settings: Settings,
        clock: Clock,
        channel: Channel | None = None,
    ) -> None:
        self.name = secrets.token_hex(8)
        self._database = database
        self._settings = settings
        self._clock = clock
        self._channel = channel or (TextProvider(settings) if settings.sms_url else None)
        self._troubles = 0

    async def run(self, stop: asyncio.Event, *, until_idle: bool = False) -> None:
        """Work until told to stop; `until_idle` ends it as soon as nothing is due or can leave."""
        while self._channel is not None and not stop.is_set():
            try:
                claimed = await asyncio.to_thread(self._claim)
                trouble = await self._send_all(self._channel, claimed, stop) if claimed else False
            except DATABASE_AWAY as away:
                log.warning("texts_wait_for_the_database", kind=type(away).__name__)
                claimed, trouble = [], False
            if until_idle and (not claimed or trouble):
                return
            self._troubles = self._troubles + 1 if trouble else 0
            if trouble or not claimed:
                wait = min(2.0 ** (self._troubles - 1), LONGEST_WAIT) if trouble else LOOK_EVERY
                await _sleep(wait, stop)

    def _claim(self) -> list[int]:
        now = self._clock()
        with self._database.reading() as session:
            paused = switch_of(session).paused_at is not None
            if paused or not is_anything_due(session, now=now, texts=True):
                return []
        with self._database.writing() as session:
            return claim(session, worker=self.name, most=AT_ONCE, now=now, texts=True)

    async def _send_all(self, channel: Channel, claimed: list[int], stop: asyncio.Event) -> bool:
        """Hand over what was claimed; return whether the provider cannot be used."""
        waiting = deque(claimed)
        troubles = await asyncio.gather(
            *(self._send_by(channel, waiting, stop) for _ in range(LANES))
        )
        if waiting:
            await asyncio.to_thread(self._give_back)
        return any(troubles)

    async def _send_by(self, channel: Channel, waiting: deque[int], stop: asyncio.Event) -> bool:
        while waiting and not stop.is_set():
            message = waiting.popleft()
            text = await asyncio.to_thread(self._take, message)
            if text is None:
                continue
            try:
                answer = await channel.send(text.number, text.content)
            except ServerTrouble:
                # What it said may quote a number, so it stands nowhere.
                log.warning("texts_provider_trouble")
                await asyncio.to_thread(self._settle, message, None)
                return True
            await asyncio.to_thread(self._settle, message, answer)
        return False

    def _take(self, message: int) -> WrittenText | None:
        now = self._clock()
        with self._database.writing() as session:
            rows = take_in_hand(session, [message], worker=self.name, now=now)
            return write_texts(session, rows, settings=self._settings, now=now).get(message)

    def _settle(self, message: int, answer: Answer | None) -> None:
        with self._database.writing() as session:
            settle(session, [Settled(message, answer)], worker=self.name, now=self._clock())

    def _give_back(self) -> None:
        with self._database.writing() as session:
            release(session, worker=self.name)


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
