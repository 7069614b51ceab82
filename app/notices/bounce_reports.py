"""Read the reports that mail servers return: which message, whose address, for good or for now.

Anybody may write to the mailbox that these come from, so nothing in them is believed but a
Message-ID of ours, which only its recipient and the servers on its way have seen.

Source:
    RFC 3464 (delivery status notifications), RFC 3463 (enhanced status codes), RFC 4155 (mbox).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from typing import Any

# Longer than any report; a returned letter of ours is a few thousand bytes.
LARGEST = 2_000_000
_IDS = re.compile(r"<[^<>\s]{3,298}>")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<!\d)5(?:50|51|53)(?!\d)")
_ENVELOPE_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n")
# Of the permanent ones those that speak of the address. A full mailbox, a size, a policy or a
# server's own trouble may be over tomorrow, or be our fault.
_NO_SUCH_ADDRESS = frozenset(
    {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4"}
)


@dataclass(frozen=True)
class Heard:
    """What a report says of one message.

    Attributes:
        message_ids: of the message that came back, as far as the report names any.
        recipients: the addresses that it speaks of, in lower case; may be none.
        hard: whether the address itself is of no use.
        status: the enhanced status code; empty where none was given.
    """

    message_ids: tuple[str, ...]
    recipients: frozenset[str]
    hard: bool
    status: str


def messages_in(content: bytes) -> Iterator[bytes]:
    """Yield the messages of a file: of an mbox each, of anything else the whole."""
    starts = [found.span() for found in _ENVELOPE_LINE.finditer(content)]
    if not starts or starts[0][0] != 0:
        yield content
        return
    ends = [begin for begin, _ in starts[1:]] + [len(content)]
    for (_, begin), end in zip(starts, ends, strict=True):
        yield content[begin:end]


def read_report(content: bytes) -> Heard | None:
    """Return what a message reports, or nothing where it reports no failure.

    A delay is none: the server is still trying. Whatever the bytes are, this returns.
    """
    try:
        return _read(message_from_bytes(content[:LARGEST]))
    except Exception:  # noqa: BLE001 - somebody else's bytes must not stop the reports after them
        return None


def is_hard(status: str, *, diagnostic: str = "") -> bool:
    """Say whether a failure means that the address itself is of no use.

    Args:
        status: the enhanced status code, or nothing.
        diagnostic: what the server said; looked at where the status says nothing in particular.

    Source:
        RFC 3463 s.3: the second number names the subject, 1 being the address.
    """
    if status and not status.endswith(".0.0"):
        return status in _NO_SUCH_ADDRESS
    said = _STATUS.search(diagnostic)
    if said is not None and not said[1].endswith(".0.0"):
        return said[1] in _NO_SUCH_ADDRESS
    return not status.startswith("4") and _REPLY_CODE.search(diagnostic) is not None


def _read(message: "Message[Any, Any]") -> Heard | None:
    if message.get_content_type() != "multipart/report":
        return None
    failed: list[Message[Any, Any]] = []
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            failed += [each for each in _blocks(part) if _text(each, "Action") == "failed"]
    if not failed:
        return None
    recipients = {
        _address(_text(block, name))
        for block in failed
        for name in ("Final-Recipient", "Original-Recipient")
    }
    verdicts = [_verdict(block) for block in failed]
    hard = all(each for each, _ in verdicts)
    status = next((code for _, code in verdicts if code), "")
    return Heard(tuple(_ids(message)), frozenset(recipients - {""}), hard=hard, status=status)


def _blocks(part: "Message[Any, Any]") -> "list[Message[Any, Any]]":
    return [each for each in part.get_payload() if isinstance(each, Message)]


def _verdict(block: "Message[Any, Any]") -> tuple[bool, str]:
    found = _STATUS.search(_text(block, "Status"))
    status = found[1] if found else ""
    diagnostic = _text(block, "Diagnostic-Code")
    return is_hard(status, diagnostic=diagnostic), status


def _ids(message: "Message[Any, Any]") -> Iterator[str]:
    """Yield what may be our Message-ID: that of the returned part, then what the report answers."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            yield from _IDS.findall(" ".join(_text(each, "Message-ID") for each in _blocks(part)))
        if part.get_content_type() == "text/rfc822-headers":
            returned = part.get_payload(decode=True)
            headers = message_from_bytes(returned if isinstance(returned, bytes) else b"")
            yield from _IDS.findall(_text(headers, "Message-ID"))
    for name in ("In-Reply-To", "References"):
        yield from _IDS.findall(_text(message, name))


def _text(message: "Message[Any, Any]", name: str) -> str:
    value = str(message.get(name, ""))
    return " ".join(value.split()).lower() if name == "Action" else " ".join(value.split())


def _address(field: str) -> str:
    """Return the address of `rfc822; someone@example.org`."""
    _, _, written = field.rpartition(";")
    return parseaddr(written.strip())[1].lower()
