"""Every message that a ballot sends, and the one set of rules for the words of each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import NotFound
from app.notices import words_shipped
from app.notices.models import Purpose
from app.notices.words import FIELD, Words

LONGEST_SUBJECT = 150
# What may stand in curly brackets, and what stands there in the message.
MEANINGS: Mapping[str, str] = {
    "name": "the member’s name",
    "title": "the ballot’s title",
    "question": "the question or questions, one a line",
    "link": "the member’s own voting link",
    "lost_link": "the page that sends a member a new link",
    "opens": "when voting opens, London time",
    "closes": "when voting closes, London time",
    "reason": "why voting closes later, as two officers gave it",
    "union": "the union’s name",
    "help": "whom members contact for help",
}
_ALL = ("name", "title", "question", "opens", "closes", "union", "help")
# What a text says has to be short, so nobody is called by name and nothing is asked in it.
_SHORT = ("title", "opens", "closes", "union", "help")
_LINK = {"link": "Put {link} where the member’s voting link belongs."}
_LOST_LINK = {"lost_link": "Put {lost_link} where the page that sends a new link belongs."}
_LATER = {
    "closes": "Put {closes} where the new closing time belongs.",
    "reason": "Put {reason} where the reason belongs.",
}


class Way(StrEnum):
    """How a message reaches its member."""

    MAIL = "mail"
    TEXT = "text"
    POST = "post"


class UnknownKind(NotFound):
    """A ballot sends no such message."""

    code = "unknown_message"
    message = "A ballot sends no such message. Choose one from the list of messages."


@dataclass(frozen=True)
class Kind:
    """One message whose words headquarters may change.

    Attributes:
        key: under which the words are stored, and the last part of the page's address.
        name: what the message is called.
        about: who gets it, in one sentence.
        way: how it reaches them.
        fields: what may stand in curly brackets.
        required: the fields without which it would be of no use, each with what to do.
        shipped: its words until headquarters changes them, by language.
        longest: characters of its body.
    """

    key: str
    name: str
    about: str
    way: Way
    fields: tuple[str, ...]
    required: Mapping[str, str]
    shipped: Mapping[str, Words]
    longest: int = 5000

    @property
    def has_subject(self) -> bool:
        """Whether a line stands above it; a text has none."""
        return self.way is not Way.TEXT


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            Purpose.INVITATION,
            "Invitation",
            "Goes to everybody entitled who has an e-mail address, when voting opens.",
            Way.MAIL,
            (*_ALL, "link"),
            required=_LINK,
            shipped=words_shipped.INVITATION,
        ),
        Kind(
            Purpose.NEW_LINK,
            "New link",
            "Goes to whoever asked for a new voting link, or had an officer ask.",
            Way.MAIL,
            (*_ALL, "link"),
            required=_LINK,
            shipped=words_shipped.NEW_LINK,
        ),
        Kind(
            Purpose.REMINDER,
            "Reminder",
            "Goes to whoever has not voted when a planned reminder leaves.",
            Way.MAIL,
            (*_ALL, "lost_link"),
            required=_LOST_LINK,
            shipped=words_shipped.REMINDER,
        ),
        Kind(
            Purpose.EXTENSION,
            "Notice of a later close",
            "Goes to whoever has not voted when two officers have moved the close.",
            Way.MAIL,
            (*_ALL, "lost_link", "reason"),
            required=_LATER | _LOST_LINK,
            shipped=words_shipped.EXTENSION,
        ),
        Kind(
            Purpose.TEXT,
            "Text message",
            "Goes to whoever has a mobile number and no e-mail address that works.",
            Way.TEXT,
            (*_SHORT, "link"),
            required=_LINK,
            shipped=words_shipped.TEXT,
            longest=600,
        ),
        Kind(
            "text_reminder",
            "Reminder as a text message",
            "Goes to whoever was texted and has not voted when a planned reminder leaves.",
            Way.TEXT,
            (*_SHORT, "lost_link"),
            required={"closes": "Put {closes} where the closing time belongs."},
            shipped=words_shipped.TEXT_REMINDER,
            longest=600,
        ),
        Kind(
            "text_extension",
            "Notice of a later close as a text message",
            "Goes to whoever was texted and has not voted when two officers have moved the close.",
            Way.TEXT,
            (*_SHORT, "lost_link", "reason"),
            required={"closes": _LATER["closes"]},
            shipped=words_shipped.TEXT_EXTENSION,
            longest=600,
        ),
        Kind(
            "letter",
            "Letter",
            "Goes to those whom neither e-mail nor a text message reaches.",
            Way.POST,
            _ALL,
            required={},
            shipped=words_shipped.LETTER,
            longest=2500,
        ),
    )
}


def kind_of(key: str) -> Kind:
    """Return a message by its key.

    Raises:
        UnknownKind: a ballot sends no such message.
    """
    try:
        return KINDS[key]
    except KeyError:
        raise UnknownKind from None


def as_text(purpose: str) -> Kind:
    """Return the message that is sent for a purpose where it leaves as a text.

    Raises:
        UnknownKind: nothing is sent as a text for it.
    """
    return kind_of(purpose if purpose == Purpose.TEXT else f"text_{purpose}")


def faults_in(words: Words, kind: Kind) -> list[tuple[str, str]]:
    """Say what keeps words from being saved: the field it is in, and a sentence."""
    faults = [("body", fault) for fault in _faults(words.body, kind, longest=kind.longest)]
    if kind.has_subject:
        subject = words.subject
        faults[:0] = [("subject", fault) for fault in _faults(subject, kind, longest=None)]
        if "{link}" in subject:
            sentence = "Keep {link} out of the subject: whoever sees it there could vote."
            faults.append(("subject", sentence))
    faults += [
        ("body", sentence)
        for name, sentence in kind.required.items()
        if f"{{{name}}}" not in words.body
    ]
    return faults


def _faults(text: str, kind: Kind, *, longest: int | None) -> list[str]:
    """Return the faults of a body, or of a subject, which has no other longest than its own."""
    if not text.strip():
        return ["Write something."]
    faults = []
    if len(text) > (longest or LONGEST_SUBJECT):
        faults.append(f"Use at most {longest or LONGEST_SUBJECT:,} characters.")
    if not (text.replace("\n", " ") if longest else text).isprintable():
        faults.append("Leave out line breaks and invisible characters.")
    faults += [
        f"There is no field {{{name}}} in this message. Its fields are: {', '.join(kind.fields)}."
        for name in dict.fromkeys(FIELD.findall(text))
        if name not in kind.fields
    ]
    if set("{}") & set(FIELD.sub("", text)):
        faults.append("A curly bracket stands alone. Write fields as {name}.")
    return faults
