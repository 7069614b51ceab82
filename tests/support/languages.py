"""A ballot in Welsh, and whether a page says anything in English."""

import re

from bs4 import BeautifulSoup

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
    words = re.findall(r"[\w’']+", " ".join(said).lower())
    return [word for word in words if word in ENGLISH]
