"""One connection to the mail server, and what each of its answers means for a message."""

from dataclasses import dataclass
from email.headerregistry import Address
from enum import StrEnum

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from app.notices.server import MailServer

# RFC 5321 4.5.3.2 asks for five to ten minutes for some of these.
PATIENCE = 300  # seconds for one answer
LONGEST_REPLY = 500
CLOSING, PERMANENT = 421, 500


class Fate(StrEnum):
    """What the server's answer means for one message."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Answer:
    """What became of a message, in the server's own words.

    Attributes:
        fate: what becomes of it now.
        words: what the server said.
        pause: how long it asks to be left alone, in seconds, where it says so.
    """

    fate: Fate
    words: str
    pause: int = 0


class ServerTrouble(Exception):
    """The server cannot be used as it is; no message was touched. Carries its own words."""


class Line:
    """A connection that is opened when it is first needed, and kept.

    Args:
        server: where to.
        sender: who the mail is from.
        patience: seconds to wait for one answer.
    """

    def __init__(self, server: MailServer, *, sender: Address, patience: float = PATIENCE) -> None:
        self._server = server
        self._sender = sender.addr_spec
        self._patience = patience
        self._smtp: SMTP | None = None

    async def open(self) -> None:
        """Connect and sign in; an open connection stays.

        Raises:
            ServerTrouble: with the server's words, or the system's.
        """
        if self._smtp is not None and self._smtp.is_connected:
            return
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.starttls,
            timeout=self._patience,
        )
        try:
            await smtp.connect()
        except (SMTPException, OSError, ValueError) as trouble:
            raise ServerTrouble(f"{server.name} said: {words_of(trouble)}") from trouble
        self._smtp = smtp

    async def try_sender(self) -> None:
        """Connect, sign in and name the sender, and hand over nothing.

        Raises:
            ServerTrouble: one of these was refused.
        """
        await self.open()
        await self._name_sender()
        await self._begin_again()

    async def send(self, recipient: str, content: bytes) -> Answer:
        """Hand one message over.

        From the DATA command on only the server's answer says whether it has the message: a
        connection that breaks before that answer leaves it unsure.

        Raises:
            ServerTrouble: before that; the message was not handed over.
        """
        await self.open()
        await self._name_sender()
        try:
            await self._smtp_open.rcpt(recipient)
        except SMTPRecipientRefused as refused:
            if refused.code == CLOSING:
                raise self._trouble(refused) from refused
            await self._begin_again()
            return _answer_to(refused)
        except (SMTPException, OSError, ValueError) as trouble:
            raise self._trouble(trouble) from trouble
        return await self._hand_over(content)

    async def close(self) -> None:
        """Say goodbye; a server that does not answer is left."""
        smtp, self._smtp = self._smtp, None
        if smtp is None or not smtp.is_connected:
            return
        try:
            await smtp.quit(timeout=2)
        except (SMTPException, OSError):
            smtp.close()

    @property
    def _smtp_open(self) -> SMTP:
        if self._smtp is None:
            raise ServerTrouble(f"{self._server.name} closed the connection.")
        return self._smtp

    async def _name_sender(self) -> None:
        try:
            await self._smtp_open.mail(self._sender)
        except SMTPSenderRefused as refused:
            raise self._trouble(refused) from refused
        except (SMTPException, OSError) as trouble:
            raise self._trouble(trouble) from trouble

    async def _hand_over(self, content: bytes) -> Answer:
        try:
            taken = await self._smtp_open.data(content)
        except SMTPDataError as refused:
            if refused.code == CLOSING:
                self._drop()
            return _answer_to(refused)
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as lost:
            self._drop()
            return Answer(Fate.UNSURE, words_of(lost))
        return Answer(Fate.ACCEPTED, _short(f"{taken.code} {taken.message}"))

    async def _begin_again(self) -> None:
        try:
            await self._smtp_open.rset()
        except (SMTPException, OSError):
            self._drop()

    def _trouble(self, trouble: Exception) -> ServerTrouble:
        self._drop()
        return ServerTrouble(f"{self._server.name} said: {words_of(trouble)}")

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def words_of(trouble: Exception) -> str:
    """Return what the server said, or what the system said of the connection, on one line."""
    if isinstance(trouble, SMTPResponseException):
        return _short(f"{trouble.code} {trouble.message}")
    return _short(str(trouble) or type(trouble).__name__)


def _answer_to(refused: SMTPResponseException) -> Answer:
    fate = Fate.REFUSED if refused.code >= PERMANENT else Fate.LATER
    return Answer(fate, words_of(refused))


def _short(words: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(plain.split())[:LONGEST_REPLY]
