"""A real mail server for tests (aiosmtpd), which can be told to refuse, to greylist, to break."""
# ruff: noqa: ARG002, N802 - what aiosmtpd calls a handler with

import asyncio
import re
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from app.notices.worker import Worker
from tests.support.ports import free_port

LINK = re.compile(r"https?://\S+/vote/(\S+)")
PASSWORD = "letter-box-42"


class PostOffice:
    """The handler: keeps what was accepted, and does to some recipients what a test asks.

    `refuse`, `busy`: recipients answered with 550 or 451. `greylist`: everybody is told once to
    come again. `hang_up`: recipients whose message is dropped with the connection before an answer.
    `lose_answer`: recipients whose message is accepted and the connection dropped before the answer
    arrives. `slow`: seconds before the last answer.
    """

    def __init__(self):
        self.accepted = []
        self.connections = 0
        self.refuse, self.busy = set(), set()
        self.hang_up, self.lose_answer = set(), set()
        self.greylist, self.slow = False, 0.0
        self.refuse_sender = False
        self._seen = set()
        self._lock = threading.Lock()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.refuse_sender:
            return "550 5.7.1 Sender address rejected: not owned by you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return "550 5.1.1 No such person here"
        if address in self.busy:
            return "451 4.3.0 Mailbox busy"
        if self.greylist and address not in self._seen:
            self._seen.add(address)
            return "450 4.2.0 Greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [recipient] = envelope.rcpt_tos
        if self.slow:
            await asyncio.sleep(self.slow)
        if recipient in self.hang_up:
            server.transport.abort()
            return "451 never seen"
        with self._lock:
            self.accepted.append((recipient, envelope.content))
        if recipient in self.lose_answer:
            server.transport.abort()
        return "250 2.0.0 Queued as INVENTED"

    @property
    def recipients(self):
        return [recipient for recipient, _ in self.accepted]

    @property
    def letters(self):
        return [message_from_bytes(content, policy=default) for _, content in self.accepted]

    def letter_to(self, recipient):
        """The newest message that somebody was sent."""
        found = [content for each, content in self.accepted if each == recipient]
        return message_from_bytes(found[-1], policy=default)


def text_of(letter):
    return letter.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(letter):
    return letter.get_body(("html",)).get_content()


def code_in(letter):
    """The voting code in a message's link."""
    return LINK.search(text_of(letter))[1]


@contextmanager
def a_post_office(*, password=None):
    """Run a mail server on a port of this machine; with a password it knows who signs in."""
    handler = PostOffice()
    more = {}
    if password is not None:

        def authenticate(server, session, envelope, mechanism, given):
            del server, session, envelope, mechanism
            right = given.password == password.encode()
            return AuthResult(success=right, handled=right)

        more = {
            "authenticator": authenticate,
            "auth_require_tls": False,
        }
    office = Controller(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=10, **more)
    office.start()
    try:
        handler.url = f"smtp://127.0.0.1:{office.port}"
        yield handler
    finally:
        office.stop()


def with_mail(settings, office, **more):
    """The settings, with mail going to a test's own server."""
    return settings.model_copy(update={"smtp_url": office.url, "mail_connections": 2} | more)


def deliver(database, settings, *, clock, patience=5.0):
    """Run the worker until nothing is due; returns what it is called."""
    worker = Worker(database, settings=settings, clock=clock, patience=patience)

    async def run():
        await worker.run(asyncio.Event(), until_idle=True)

    asyncio.run(run())
    return worker.name
