"""The worker for text messages: the same outbox and promise as mail, another channel."""

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlmodel import Session

from app.core.clock import Clock
from app.core.database import DATABASE_AWAY, Database
from app.core.settings import Settings
from app.notices.channels import Channel, TextProvider
from app.notices.in_hand import InHand
from app.notices.ledger import Ledger
from app.notices.line import Fate, ServerTrouble
from app.notices.outbox import claim, give_up_on_the_lost, is_anything_due, release, switch_of
from app.notices.pace import Pace
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
        self._pace = Pace(settings.sms_rate, at_once=AT_ONCE)
        self._troubles = 0
        # What an earlier worker wrote down may be over.
        self._noted = False

    async def run(self, stop: asyncio.Event, *, until_idle: bool = False) -> None:
        """Work until told to stop; `until_idle` ends it as soon as nothing is due or can leave."""
        while self._channel is not None and not stop.is_set():
            try:
                claimed = await asyncio.to_thread(self._claim)
                wait = await self._send_all(self._channel, claimed, stop) if claimed else LOOK_EVERY
            except DATABASE_AWAY as away:
                log.warning("texts_wait_for_the_database", kind=type(away).__name__)
                claimed, wait = [], LOOK_EVERY
            if until_idle and (not claimed or wait):
                return
            if wait:
                await _sleep(wait, stop)

    def _claim(self) -> list[int]:
        now = self._clock()
        with self._database.reading() as session:
            paused = switch_of(session).paused_at is not None
            if paused or not is_anything_due(session, now=now, texts=True):
                return []
        with self._database.writing() as session:
            lost = give_up_on_the_lost(session, now=now)
            most = self._pace.ahead
            claimed = claim(session, worker=self.name, most=most, now=now, texts=True)
        if lost:
            log.warning("mail_unsure", messages=lost)
        return claimed

    def _write(
        self, session: Session, rows: Sequence[InHand], now: datetime
    ) -> Mapping[int, WrittenText]:
        return write_texts(session, rows, settings=self._settings, now=now)

    async def _send_all(self, channel: Channel, claimed: list[int], stop: asyncio.Event) -> float:
        """Hand over what was claimed; return how long to leave the provider alone."""
        ledger = Ledger(self._database, write=self._write, clock=self._clock, worker=self.name)
        writing = asyncio.create_task(ledger.run())
        waiting = deque(claimed)
        troubles = await asyncio.gather(
            *(self._send_by(channel, waiting, ledger=ledger, stop=stop) for _ in range(LANES))
        )
        ledger.end()
        await writing
        if waiting:
            await asyncio.to_thread(self._give_back)
        return await self._note(next((each for each in troubles if each), ""))

    async def _send_by(
        self,
        channel: Channel,
        waiting: deque[int],
        *,
        ledger: Ledger[WrittenText],
        stop: asyncio.Event,
    ) -> str:
        """Hand texts over one after the other; return why the provider is left alone, if it is."""
        while waiting and not stop.is_set():
            await self._pace.turn()
            if not waiting:
                break
            message = waiting.popleft()
            text = await ledger.take(message)
            if text is None:
                continue
            try:
                answer = await channel.send(text.number, text.content)
            except ServerTrouble as trouble:
                ledger.settle(message, None)
                return str(trouble)
            ledger.settle(message, answer)
            # It asks for a pause, or is in trouble of its own: the next one would fare no better.
            if answer.fate is Fate.LATER:
                return answer.words
        return ""

    async def _note(self, trouble: str) -> float:
        """Write down what the provider said, and return how long to leave it alone."""
        if not trouble and not self._troubles and self._noted:
            return 0
        self._troubles = self._troubles + 1 if trouble else 0
        if trouble:
            log.warning("texts_provider_trouble", times=self._troubles)
        await asyncio.to_thread(self._write_trouble, trouble)
        self._noted = True
        return min(2.0 ** (self._troubles - 1), LONGEST_WAIT) if trouble else 0

    def _write_trouble(self, trouble: str) -> None:
        with self._database.writing() as session:
            switch = switch_of(session)
            switch.text_trouble = trouble[:500]
            switch.text_trouble_at = self._clock() if trouble else None
            session.add(switch)

    def _give_back(self) -> None:
        with self._database.writing() as session:
            release(session, worker=self.name)


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
