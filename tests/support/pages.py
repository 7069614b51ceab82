"""What every page must have, inspected on every page that any test sees."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from bs4 import BeautifulSoup, Tag

# What would bring in a page that is not ours.
FOREIGN = {"iframe", "frame", "object", "embed", "base"}
# What a browser fetches by itself as it shows a page. A link is none: it waits to be followed.
FETCHED = ("src", "srcset", "poster", "data", "background", "manifest", "action", "formaction")


@lru_cache(maxsize=16)
def parsed(html: str) -> BeautifulSoup:
    """Return a page to look at, and not to change: who looks again has the same."""
    return BeautifulSoup(html, "html.parser")


@lru_cache(maxsize=16)
def check_page(html: str) -> BeautifulSoup:
    """Fail if a page lacks what a reader, a keyboard or a screen reader needs; return it."""
    page = parsed(html)
    # Every page of every test comes through here: its tags are gone through once, and counted out.
    named: dict[str, list[Tag]] = defaultdict(list)
    for tag in page.find_all(True):
        named[tag.name].append(tag)
    _check_heading(page, named)
    tags = [tag for found in named.values() for tag in found]
    ids = [tag["id"] for tag in tags if "id" in tag.attrs]
    assert len(ids) == len(set(ids)), f"duplicate id among {ids}"
    labelled = {label.get("for") for label in named["label"]}
    for field in [*named["input"], *named["select"], *named["textarea"]]:
        assert field.get("type") == "hidden" or field["id"] in labelled, f"no label for {field}"
    for form in named["form"]:
        assert form.get("method") != "post" or form.get("action"), "form without an action"
    assert all("src" in script.attrs for script in named["script"]), "inline script"
    assert not any("style" in tag.attrs for tag in tags), "inline style"
    assert not named["style"], "inline style"
    assert not FOREIGN & {tag.name for tag in tags}, "a foreign frame"
    assert not any("http-equiv" in meta.attrs for meta in named["meta"]), "a foreign frame"
    for tag in tags:
        _check_nothing_comes_from_elsewhere(tag)
    for summary in tags:
        if "govuk-error-summary" in summary.get("class", ()):
            for link in summary.find_all("a"):
                assert link["href"][1:] in ids, f"error link {link['href']} goes nowhere"
    return page


@lru_cache(maxsize=2_000)
def look_at(html: str) -> None:
    """Check a page, unless it is word for word one that passed."""
    check_page(html)


def _check_heading(page: BeautifulSoup, named: Mapping[str, Sequence[Tag]]) -> None:
    """Fail if a page is not called by its title what its one heading says, in a language."""
    headings = named["h1"]
    assert len(headings) == 1, f"{len(headings)} h1 on the page"
    assert page.title is not None, "no title"
    title = page.title.get_text(strip=True).removeprefix("Error: ").removeprefix("Gwall: ")
    heading = " ".join(headings[0].get_text(" ", strip=True).split())
    assert title.startswith(heading), f"title {title!r} does not start with {heading!r}"
    assert page.html is not None
    assert page.html.get("lang"), "no language"


def _check_nothing_comes_from_elsewhere(tag: Tag) -> None:
    """Fail if a tag fetches, sends to, or runs anything that is not our own file."""
    handlers = [name for name in tag.attrs if name.startswith("on")]
    assert not handlers, f"inline script in {tag}"
    addresses = [str(tag[name]) for name in FETCHED if name in tag.attrs]
    if tag.name == "link" and not {"canonical", "alternate"} & set(tag["rel"]):
        addresses.append(str(tag.get("href")))
    for address in addresses:
        is_ours = address.startswith(("/", "#", "?")) and not address.startswith("//")
        assert is_ours, f"{address} is not our own"
