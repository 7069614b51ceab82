"""A ballot in Welsh, and whether a page says anything in English."""

import re
from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup

from app.core.language import LOCALES

TITLE = "Cynnig cyflog 2026"
CYNNIG = {
    "key": "offer",
    "text": "A ydych yn derbyn y cynnig cyflog?",
    "answers": [{"key": "accept", "text": "Derbyn"}, {"key": "reject", "text": "Gwrthod"}],
    "supported_answer": "reject",
}
# Words that stand in nearly every English sentence of ours, and in no Welsh one.
WORDS = """
    the and you your of is are was were has have that this it its they them with not who how
    what when which will can could may must from until before after by for be been in than there
    here vote votes voted voting ballot ballots member members union branch roll closes opens
    result link page day days hours minutes today no yes one more needed count counted change
"""
ENGLISH = frozenset(WORDS.split())
WELSH_BROWSER = {"Accept-Language": "cy, en-GB;q=0.7"}
SPOKEN_ATTRIBUTES = ("aria-label", "data-label", "title", "alt", "placeholder")


def english_in(html: str) -> list[str]:
    """The English words that a Welsh page says; what is marked as English may be."""
    page = BeautifulSoup(html, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "cy"
    for marked in page.select('body [lang="en"], script, style'):
        marked.decompose()
    said = [page.get_text(" ")]
    for name in SPOKEN_ATTRIBUTES:
        said += [str(tag[name]) for tag in page.select(f"[{name}]")]
    without_addresses = re.sub(r"https?://\S+", " ", " ".join(said).lower())
    words = re.findall(r"[\w’']+", without_addresses)
    return [word for word in words if word in ENGLISH]


def source_sentences_in(html: str) -> list[str]:
    """The sentences of the catalogue that a Welsh page says as they stand in English."""
    text = " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())
    return [
        message.id
        for message in _catalogue()
        if isinstance(message.id, str) and len(message.id.split()) > 1 and message.id in text
    ]


@cache
def _catalogue() -> Catalog:
    path = LOCALES / "cy/LC_MESSAGES/muster.po"
    with path.open("rb") as source:
        return read_po(source, locale="cy")
