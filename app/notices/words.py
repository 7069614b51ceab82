"""What a message is made of: words with fields, what stands in the fields, and a mail filled in.

The words that ship stand in `words_shipped`, which fields each message has in `words_kinds`, and a
ballot's own words in `words_kept`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.language import speaking
from app.core.spoken_times import long_time

LANGUAGES: Mapping[str, str] = {"en": "English", "cy": "Welsh"}
FIELD = re.compile(r"\{([^{}]*)\}")
UNION = {"en": "your union", "cy": "eich undeb"}
HELP = {
    "en": "your branch or your union’s head office",
    "cy": "eich cangen neu brif swyddfa’r undeb",
}
MEMBER = {"en": "member", "cy": "aelod"}


@dataclass(frozen=True)
class Words:
    """A subject and a body, with fields in curly brackets. A text message has no subject."""

    subject: str
    body: str


@dataclass(frozen=True)
class Mail:
    """What one member is sent by mail, every field filled in.

    Attributes:
        language: `en` or `cy`.
        subject: one line.
        body: paragraphs with an empty line between them.
        footer: how to get help and why this address was used; no template can leave it out.
        link: the address that a button leads to, if any.
        button: what stands on that button.
        links: further addresses of ours in it that can be followed.
    """

    language: str
    subject: str
    body: str
    footer: str
    link: str | None = None
    button: str = ""
    links: tuple[str, ...] = ()


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values into the fields, once: what a value holds is never read as a field."""
    return FIELD.sub(lambda found: values[found[1]], text)


def one_line(text: str) -> str:
    """Return text of the roll as it may stand in a message: no line breaks, nothing invisible."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def moment(at: datetime, *, language: str) -> str:
    """Return "Friday 4 December 2026 at 5pm", as pages say it, in English or Welsh."""
    with speaking("cy" if language == "cy" else "en"):
        return long_time(at)
