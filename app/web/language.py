"""Which language a page speaks: what was asked for in its address, the roll, or the browser.

Nothing is remembered on the reader's device. A choice travels in the addresses and forms of the
pages themselves (docs/decisions/0039).
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from markupsafe import Markup
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.language import LANGUAGES, Language, speak, speaking, spoken

FIELD = "lang"  # in an address
NAMES: dict[Language, str] = {"en": "English", "cy": "Cymraeg"}
# Pages of staff, and what programs read.
ENGLISH_ONLY = (
    "/api/",
    "/docs",
    "/healthz",
    "/hq",
    "/openapi",
    "/sign-in",
    "/staff/",
    "/static/",
)
# Attributes of a page that lead to another page of ours.
ADDRESS = re.compile(r'\b(href|action|formaction|hx-get)="(/(?!/)[^"#]*)')
SENT_IN_THE_ADDRESS = re.compile(r'(<form\b(?![^>]*\bmethod="post")[^>]*>)')
ONWARD = re.compile(r"/(?!/)")


@dataclass(frozen=True)
class OtherLanguage:
    """The way to the same page in the other language.

    Attributes:
        code: "en" or "cy".
        name: what its speakers call it.
        href: where the page stands in it, everything else in its address kept.
        bare_href: the same without that, for a page that repeats nothing of what was asked.
    """

    code: Language
    name: str
    href: str
    bare_href: str


@dataclass(frozen=True)
class Asked:
    """What a request says of languages.

    Attributes:
        chosen: what its address asks for, if anything.
        preferred: what the browser prefers of those that Muster speaks.
        address: path and query of a page that can be asked for again; None for a form that was
            sent.
    """

    chosen: Language | None
    preferred: Language
    address: tuple[str, str] | None


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


class SpokenLanguage:
    """Decides, before anything else looks at a request, which language it is answered in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request in that language; a redirect keeps what was chosen."""
        if scope["type"] != "http" or is_english_only(scope["path"]):
            await self._app(scope, receive, send)
            return
        asked = _read(scope)

        async def keep_choice(message: Message) -> None:
            if message["type"] == "http.response.start" and carried() is not None:
                headers = MutableHeaders(scope=message)
                onward = headers.get("location", "")
                if ONWARD.match(onward):
                    headers["location"] = in_language(onward, spoken())
            await send(message)

        before = _asked.set(asked)
        try:
            with speaking(asked.chosen or asked.preferred):
                await self._app(scope, receive, keep_choice)
        finally:
            _asked.reset(before)


def follow_the_roll(language: str | None) -> None:
    """Speak a member's own language, unless the address asks for another."""
    asked = _asked.get()
    if asked is not None and asked.chosen is None and language in LANGUAGES:
        speak(language)


def speak_english() -> None:
    """Answer in English, whatever was asked: this page is for staff who work in it."""
    _asked.set(None)
    speak("en")


def other_language() -> OtherLanguage | None:
    """Return the way to this page in the other language; None where there is none."""
    asked = _asked.get()
    if asked is None or asked.address is None:
        return None
    path, query = asked.address
    code = other_code()
    kept = [(name, value) for name, value in parse_qsl(query, True) if name != FIELD]
    # One slash: an address that begins with two leads to another host.
    place = f"/{quote(path.lstrip('/'))}"
    return OtherLanguage(
        code,
        name=NAMES[code],
        href=f"{place}?{urlencode([*kept, (FIELD, code)])}",
        bare_href=f"{place}?{FIELD}={code}",
    )


def other_code() -> Language:
    """Return the language that is not spoken."""
    return "en" if spoken() == "cy" else "cy"


def headers_of_a_page() -> dict[str, str]:
    """Return what a page's answer says of its language, to caches too."""
    told: dict[str, str] = {"Content-Language": spoken()}
    return told if _asked.get() is None else told | {"Vary": "Accept-Language"}


def carried() -> Language | None:
    """Return the language that the pages behind this one must be told of, if any must.

    A choice always is, for the roll may say another; the browser's own never.
    """
    asked = _asked.get()
    if asked is None or (asked.chosen is None and spoken() == asked.preferred):
        return None
    return spoken()


def carry_choice(html: str) -> str:
    """Put the language into the addresses and forms of a page, where the pages behind need it.

    Args:
        html: a page of ours, where every attribute stands in double quotes and every text that
            somebody typed is escaped.
    """
    language = carried()
    if language is None:
        return html
    html = SENT_IN_THE_ADDRESS.sub(
        rf'\1<input type="hidden" name="{FIELD}" value="{language}">', html
    )
    return ADDRESS.sub(
        lambda found: f'{found[1]}="{in_language(found[2], language, amp="&amp;")}', html
    )


def in_language(address: str, language: Language, *, amp: str = "&") -> str:
    """Return one of our addresses with the language in it, unless it has one or needs none."""
    if is_english_only(address) or re.search(rf"[?&;]{FIELD}=", address):
        return address
    start, hash_mark, place = address.partition("#")
    return f"{start}{amp if '?' in start else '?'}{FIELD}={language}{hash_mark}{place}"


def is_english_only(address: str) -> bool:
    """Whether what stands at an address is not said in Welsh."""
    return address.startswith(ENGLISH_ONLY)


def in_english(words: str) -> str:
    """Return words that are there in English alone, marked so on a page in another language."""
    return words if spoken() == "en" else Markup('<span lang="en">{}</span>').format(words)


def preferred_language(accept: str) -> Language:
    """Return what a browser prefers: Welsh where it stands before English, else English.

    Args:
        accept: the header Accept-Language, such as "cy, en-GB;q=0.7".
    """
    weights: dict[str, float] = {}
    for part in accept.split(","):
        tag, _, more = part.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        weights[name] = max(weights.get(name, 0.0), _weight(more))
    return "cy" if weights.get("cy", 0.0) > weights.get("en", 0.0) else "en"


def _weight(more: str) -> float:
    found = re.search(r"\bq\s*=\s*([01](?:\.\d{0,3})?)\s*$", more.strip())
    return float(found[1]) if found else float(not more.strip())


def _read(scope: Scope) -> Asked:
    query = scope["query_string"].decode("latin-1")
    sent = dict(parse_qsl(query))
    again = scope["method"] in {"GET", "HEAD"}
    return Asked(
        next((each for each in LANGUAGES if each == sent.get(FIELD)), None),
        preferred=preferred_language(Headers(scope=scope).get("accept-language", "")),
        address=(scope["path"], query) if again else None,
    )
