"""The language that is spoken to whoever asks, and the sentences in it.

English is the source: a sentence stands in the code or the template as it is read, and the
catalogue under `locales/` says it in Welsh (docs/languages.md). Nobody chose: English.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

Language = Literal["en", "cy"]
LANGUAGES: tuple[Language, ...] = ("en", "cy")
LOCALES = Path(__file__).parent / "locales"
# What Babel calls each language's way with days and numbers.
LOCALE_OF: dict[str, str] = {"en": "en_GB", "cy": "cy"}
_spoken: ContextVar[Language] = ContextVar("spoken", default="en")


def spoken() -> Language:
    """Return the language that is spoken to whoever asks."""
    return _spoken.get()


def speak(language: Language) -> None:
    """Speak a language for the rest of this request."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak a language while the block lasts."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def locale() -> str:
    """Return what Babel calls the language that is spoken, such as "en_GB"."""
    return LOCALE_OF[spoken()]


def plain_gettext(message: str) -> str:
    """Return a sentence in the language that is spoken, its placeholders as they stand."""
    return _translations(spoken()).ugettext(message)


def plain_ngettext(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that suits a number, its placeholders as they stand."""
    return _translations(spoken()).ungettext(one, many, count)


def gettext(message: str, /, **values: object) -> str:
    """Return a sentence in the language that is spoken, with `%(name)s` filled in.

    Args:
        message: the English sentence, written out where it is said, so that it can be collected.
        values: what its placeholders stand for; without any, a per cent sign is one.
    """
    words = plain_gettext(message)
    return words % values if values else words


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return a sentence that suits a number; `%(num)s` is the number as people write it."""
    return plain_ngettext(one, many, count) % ({"num": f"{count:,}"} | values)


def day_words(day: date) -> str:
    """Return "4 December 2026" in the language that is spoken."""
    return format_date(day, "d MMMM y", locale())


def weekday_words(day: date) -> str:
    """Return "Friday" in the language that is spoken."""
    return format_date(day, "EEEE", locale())


def later(message: str) -> str:
    """Mark a sentence for the catalogue where nobody is spoken to yet; `gettext` says it later."""
    return message


@lru_cache(maxsize=len(LANGUAGES))
def _translations(language: Language) -> NullTranslations:
    path = LOCALES / language / "LC_MESSAGES" / "muster.po"
    if language == "en":
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
