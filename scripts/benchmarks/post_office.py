"""Who sends and who takes mail in `scripts/bench mail`, each in a process of its own."""
# ruff: noqa: ARG002, N802 - what aiosmtpd calls a handler with

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from itertools import count
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

from aiosmtpd.smtp import Envelope
from aiosmtplib import SMTP

from app.core.clock import system_clock
from app.core.database import Database
from app.core.settings import Settings
from app.notices.message import as_bytes
from app.notices.words import Mail
from app.notices.worker import Worker
from tests.support.ports import free_port

from .electorate import SECRET

SENDER = "ballots@example.org"
PATIENCE = 60  # seconds for one answer, and for the server to come up


@dataclass(frozen=True)
class PostOffice:
    """The server: where it is, how many messages it took, and the first of them, in a file."""

    port: int
    sample: Path
    taken: "Synchronized[int]"

    @property
    def url(self) -> str:
        """Where it is, as the settings have it."""
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    @property
    def accepted(self) -> int:
        """How many messages it took."""
        return int(self.taken.value)


@contextmanager
def post_office(folder: Path) -> Iterator[PostOffice]:
    """Run an aiosmtpd on a port of this machine that takes every message and counts it."""
    context = get_context("spawn")
    office = PostOffice(free_port(), sample=folder / "letter.eml", taken=context.Value("q", 0))
    ready, stop = context.Event(), context.Event()
    server = context.Process(
        target=take_mail, args=(office.port, str(office.sample), office.taken, ready, stop)
    )
    server.start()
    try:
        if not ready.wait(PATIENCE):
            raise TimeoutError("The mail server did not come up.")
        yield office
    finally:
        stop.set()
        server.join(PATIENCE)


def take_mail(
    port: int, sample: str, taken: "Synchronized[int]", ready: Event, stop: Event
) -> None:
    """Take mail until told to stop."""
    from aiosmtpd.controller import Controller

    class Handler:
        async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
            if not taken.value:
                keep(envelope.content)
            # No other process writes it.
            taken.value += 1
            return "250 2.0.0 OK"

    def keep(content: bytes | str | None) -> None:
        if isinstance(content, bytes):
            Path(sample).write_bytes(content)

    controller = Controller(Handler(), hostname="127.0.0.1", port=port, ready_timeout=PATIENCE)
    controller.start()
    ready.set()
    stop.wait()
    controller.stop()


def send_outbox(url: str, smtp_url: str, connections: int) -> float:
    """Let a worker send whatever is due, and return the seconds it took."""
    settings = Settings(
        database_url=url, secret_key=SECRET, smtp_url=smtp_url, mail_connections=connections
    )
    database = Database(url)
    worker = Worker(database, settings=settings, clock=system_clock)
    began_at = time.perf_counter()
    asyncio.run(worker.run(asyncio.Event(), until_idle=True))
    seconds = time.perf_counter() - began_at
    database.dispose()
    return seconds


def send_bare(port: int, sample: str, messages: int, connections: int, *, made: bool) -> float:
    """Hand messages over with nothing but the library, and return the seconds it took.

    Args:
        port: of the server on this machine.
        sample: the file with a message of an outbox.
        messages: how many.
        connections: by how many at once.
        made: make each, as an outbox does, and not hand over the sample again and again.
    """
    content = Path(sample).read_bytes()
    began_at = time.perf_counter()
    asyncio.run(_send_bare(port, content, messages, connections, made=made))
    return time.perf_counter() - began_at


def _make(sample: EmailMessage, turn: int) -> bytes:
    part = sample.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    mail = Mail("en", subject=str(sample["Subject"]), body=text, footer="")
    return as_bytes(
        mail,
        sender=Address(addr_spec=SENDER),
        recipient=f"m{turn}@example.org",
        message_id=f"<{turn}@example.org>",
        now=system_clock(),
    )


async def _send_bare(
    port: int, content: bytes, messages: int, connections: int, *, made: bool
) -> None:
    sample = message_from_bytes(content, policy=default)
    turns = count()

    async def one_connection() -> None:
        smtp = SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=PATIENCE)
        await smtp.connect()
        while (turn := next(turns)) < messages:
            await smtp.mail(SENDER)
            await smtp.rcpt(f"m{turn}@example.org")
            await smtp.data(_make(sample, turn) if made else content)
        await smtp.quit()

    await asyncio.gather(*(one_connection() for _ in range(connections)))
