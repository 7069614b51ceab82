"""What every way to a member looks like to a worker, and text messages by a provider's HTTP."""

import asyncio
import json
import re
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import quote_plus, urlsplit

from app.core.settings import Settings
from app.notices.line import Answer, Fate, ServerTrouble

PATIENCE = 30.0  # seconds for one answer
LONGEST_PAUSE = 3600  # seconds
_BRITISH = re.compile(r"0(7\d{9})")
_WORLDWIDE = re.compile(r"\+[1-9]\d{7,14}")
# Our key is wrong or we may not send: nobody's message is at fault.
_TROUBLE = frozenset({401, 402, 403, 404, 405})
_LATER = frozenset({408, 425, 429})


class NoSuchNumber(Exception):
    """Refused because a text cannot go to such a number; the message says why."""

    def __init__(self) -> None:
        super().__init__("The roll’s mobile number cannot be one.")


class Channel(Protocol):
    """A way by which a message leaves. The line to the mail server is one, too."""

    async def send(self, recipient: str, content: bytes) -> Answer:
        """Hand one message over, and say what became of it.

        Raises:
            ServerTrouble: the other side cannot be used as it is; the message was not touched.
        """


def worldwide(mobile: str) -> str:
    """Return a mobile number as providers take it (E.164), such as +447700900001.

    Raises:
        NoSuchNumber: it is neither a British one nor one with its country.
    """
    plain = re.sub(r"[\s().-]", "", mobile)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    british = _BRITISH.fullmatch(plain)
    number = f"+44{british[1]}" if british else plain
    if not number.isascii() or not _WORLDWIDE.fullmatch(number):
        raise NoSuchNumber
    return number


class TextProvider:
    """A provider of text messages that takes each by HTTP POST. It follows no redirect.

    Args:
        settings: its address, key and body.
        patience: seconds to wait for an answer.
    """

    def __init__(self, settings: Settings, *, patience: float = PATIENCE) -> None:
        self._url = urlsplit(settings.sms_url or "")
        self._key = settings.sms_key.get_secret_value()
        self._body = settings.sms_body
        self._patience = patience

    async def send(self, recipient: str, content: bytes) -> Answer:
        """Hand one text over.

        Raises:
            ServerTrouble: the provider is not there, or does not let us in.
        """
        return await asyncio.to_thread(self._post, recipient, content.decode())

    def _post(self, number: str, text: str) -> Answer:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=self._patience)
        try:
            connection.connect()
        except OSError as away:
            raise ServerTrouble(f"The provider of texts is not there: {away}") from away
        try:
            connection.request("POST", self._target, self._filled(number, text), self._headers)
            response = connection.getresponse()
            response.read(1000)
        except (OSError, HTTPException):
            # It may have the text; only it knows.
            return Answer(Fate.UNSURE, "The provider of texts did not answer.")
        finally:
            connection.close()
        return _answer(response.status, pause=_pause(response.headers.get("Retry-After", "")))

    @property
    def _target(self) -> str:
        return (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")

    @property
    def _is_json(self) -> bool:
        return self._body.lstrip().startswith(("{", "[")) and not self._body.startswith("{number")

    @property
    def _headers(self) -> dict[str, str]:
        kind = "application/json" if self._is_json else "application/x-www-form-urlencoded"
        name, _, value = self._key.partition(":")
        return {"Content-Type": kind} | ({name.strip(): value.strip()} if name else {})

    def _filled(self, number: str, text: str) -> bytes:
        written = {"{number}": number, "{text}": text}
        filled = re.sub(
            r"\{number\}|\{text\}",
            lambda found: (
                json.dumps(written[found[0]])[1:-1]
                if self._is_json
                else quote_plus(written[found[0]])
            ),
            self._body,
        )
        return filled.encode()


def _pause(asked: str) -> int:
    """Return for how many seconds a provider wants to be left alone, an hour at most.

    Source: RFC 9110 section 10.2.3. A date there counts for nothing: our own pauses do.
    """
    return min(int(asked), LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else 0


def _answer(status: int, *, pause: int) -> Answer:
    """Return what a provider's status means. Its words are not kept: they may quote the number."""
    words = f"The provider of texts answered {status}."
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers
        return Answer(Fate.ACCEPTED, words)
    if status in _TROUBLE:
        raise ServerTrouble(words)
    if status in _LATER or status >= 500:  # noqa: PLR2004 - HTTP's own numbers
        return Answer(Fate.LATER, words, pause=pause)
    return Answer(Fate.REFUSED, words)
