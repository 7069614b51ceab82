"""The words of a message: what ships in English and Welsh, the fields, and what may be saved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_datetime

from app.notices.models import Purpose
from app.rules.london import LONDON

LANGUAGES: Mapping[str, str] = {"en": "English", "cy": "Welsh"}
LONGEST_SUBJECT, LONGEST_BODY = 150, 5000
FIELD = re.compile(r"\{([^{}]*)\}")
# What headquarters may put into curly brackets, and what stands there in the message.
FIELDS: Mapping[str, str] = {
    "name": "the member’s name",
    "title": "the ballot’s title",
    "question": "the question or questions, one a line",
    "link": "the member’s own voting link",
    "opens": "when voting opens, London time",
    "closes": "when voting closes, London time",
    "union": "the union’s name",
    "help": "whom members contact for help",
}


@dataclass(frozen=True)
class Words:
    """A subject and a body, with fields in curly brackets."""

    subject: str
    body: str


@dataclass(frozen=True)
class Letter:
    """What one member is sent, every field filled in.

    Attributes:
        language: `en` or `cy`.
        subject: one line.
        body: paragraphs with an empty line between them.
        footer: how to get help and why this address was used; no template can leave it out.
        link: the address that a button leads to, if any.
    """

    language: str
    subject: str
    body: str
    footer: str
    link: str | None = None


INVITATION = {
    "en": Words(
        "{title}: your voting link",
        "Dear {name},\n\n"
        "You are asked by {union} to vote in this ballot: {title}.\n\n"
        "{question}\n\n"
        "Vote with your personal link:\n\n"
        "{link}\n\n"
        "Voting opens: {opens}\nVoting closes: {closes}\n(London time)\n\n"
        "The link is yours alone. Whoever has it could vote in your place, so do not pass it on. "
        "You can vote once, and nobody at the union can see how you voted.",
    ),
    "cy": Words(
        "{title}: eich dolen bleidleisio",
        "Annwyl {name},\n\n"
        "Mae {union} yn gofyn i chi bleidleisio yn y bleidlais hon: {title}.\n\n"
        "{question}\n\n"
        "Pleidleisiwch drwy eich dolen bersonol:\n\n"
        "{link}\n\n"
        "Pleidleisio’n agor: {opens}\nPleidleisio’n cau: {closes}\n(amser Llundain)\n\n"
        "Eich dolen chi yn unig yw hon. Gallai unrhyw un sydd â hi bleidleisio yn eich lle, felly "
        "peidiwch â’i rhannu. Cewch bleidleisio unwaith, ac ni all neb yn yr undeb weld sut y "
        "gwnaethoch bleidleisio.",
    ),
}
NEW_LINK = {
    "en": Words(
        "{title}: your new voting link",
        "Dear {name},\n\n"
        "You asked for a new voting link for this ballot: {title}. Here it is. "
        "Links that you were sent before do not work any more.\n\n"
        "{link}\n\n"
        "Voting opens: {opens}\nVoting closes: {closes}\n(London time)\n\n"
        "If you did not ask, nothing is lost: only this address was sent the link. "
        "Vote with it, and tell {help}.",
    ),
    "cy": Words(
        "{title}: eich dolen bleidleisio newydd",
        "Annwyl {name},\n\n"
        "Gofynnoch am ddolen bleidleisio newydd ar gyfer y bleidlais hon: {title}. Dyma hi. "
        "Nid yw dolenni a anfonwyd atoch o’r blaen yn gweithio mwyach.\n\n"
        "{link}\n\n"
        "Pleidleisio’n agor: {opens}\nPleidleisio’n cau: {closes}\n(amser Llundain)\n\n"
        "Os na wnaethoch ofyn, nid oes dim wedi’i golli: i’r cyfeiriad hwn yn unig yr anfonwyd y "
        "ddolen. Pleidleisiwch drwyddi, a rhowch wybod i {help}.",
    ),
}
DEFAULTS: Mapping[str, Mapping[str, Words]] = {
    Purpose.INVITATION: INVITATION,
    Purpose.TEST: INVITATION,
    Purpose.NEW_LINK: NEW_LINK,
}
FOOTERS = {
    "en": (
        "For help, contact {help}. If you lost your link or it does not work, "
        "ask for a new one: {base}/lost-link\n\n"
        "Why we used this address: it is the one that {union} holds for you, and you are on the "
        "roll of those entitled to vote. To see what the roll says of you: {base}/my-details"
    ),
    "cy": (
        "Am gymorth, cysylltwch â {help}. Os colloch eich dolen neu os nad yw’n gweithio, "
        "gofynnwch am un newydd: {base}/lost-link\n\n"
        "Pam y defnyddiwyd y cyfeiriad hwn: dyma’r un sydd gan {union} ar eich cyfer, ac rydych "
        "ar restr y rhai sydd â hawl i bleidleisio. I weld beth mae’r rhestr yn ei ddweud "
        "amdanoch: {base}/my-details"
    ),
}
UNION = {"en": "your union", "cy": "eich undeb"}
HELP = {
    "en": "your branch or your union’s head office",
    "cy": "eich cangen neu brif swyddfa’r undeb",
}
MEMBER = {"en": "member", "cy": "aelod"}


def faults_in(words: Words) -> list[tuple[str, str]]:
    """Say what keeps a template from being saved: the field it is in, and a sentence."""
    faults = [(where, fault) for where in ("subject", "body") for fault in _faults(words, where)]
    if "{link}" not in words.body:
        faults.append(("body", "Put {link} where the member’s voting link belongs."))
    if "{link}" in words.subject:
        faults.append(
            ("subject", "Keep {link} out of the subject: whoever sees it there could vote.")
        )
    return faults


def _faults(words: Words, where: str) -> list[str]:
    text = words.subject if where == "subject" else words.body
    longest = LONGEST_SUBJECT if where == "subject" else LONGEST_BODY
    if not text.strip():
        return ["Write something."]
    faults = []
    if len(text) > longest:
        faults.append(f"Use at most {longest:,} characters.")
    if not (text if where == "subject" else text.replace("\n", " ")).isprintable():
        faults.append("Leave out line breaks and invisible characters.")
    faults += [
        f"There is no field {{{name}}}. The fields are: {', '.join(FIELDS)}."
        for name in dict.fromkeys(FIELD.findall(text))
        if name not in FIELDS
    ]
    if set("{}") & set(FIELD.sub("", text)):
        faults.append("A curly bracket stands alone. Write fields as {name}.")
    return faults


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values into the fields, once: what a value holds is never read as a field."""
    return FIELD.sub(lambda found: values[found[1]], text)


def one_line(text: str) -> str:
    """Return text of the roll as it may stand in a message: no line breaks, nothing invisible."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def moment(at: datetime, *, language: str) -> str:
    """Return "Friday 4 December 2026, 17:00", London time, in English or Welsh."""
    locale = "cy" if language == "cy" else "en_GB"
    return format_datetime(at.astimezone(LONDON), "EEEE d MMMM y, HH:mm", locale=locale)
