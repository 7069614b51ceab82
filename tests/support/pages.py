"""What every page must have, inspected on every page that any test sees."""

from bs4 import BeautifulSoup

# What a browser fetches by itself as it shows a page. A link is none: it waits to be followed.
FETCHED = ("src", "srcset", "poster", "data", "background", "manifest", "action", "formaction")


def check_page(html: str) -> BeautifulSoup:
    """Fail if a page lacks what a reader, a keyboard or a screen reader needs."""
    page = BeautifulSoup(html, "html.parser")
    headings = page.select("h1")
    assert len(headings) == 1, f"{len(headings)} h1 on the page"
    assert page.title is not None, "no title"
    title = page.title.get_text(strip=True).removeprefix("Error: ").removeprefix("Gwall: ")
    heading = " ".join(headings[0].get_text(" ", strip=True).split())
    assert title.startswith(heading), f"title {title!r} does not start with {heading!r}"
    assert page.html is not None
    assert page.html.get("lang"), "no language"
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)), f"duplicate id among {ids}"
    labelled = {label["for"] for label in page.select("label[for]")}
    for field in page.select("input:not([type=hidden]), select, textarea"):
        assert field["id"] in labelled, f"no label for {field}"
    for form in page.select("form[method=post]"):
        assert form.get("action"), "form without an action"
    assert not page.select("script:not([src])"), "inline script"
    assert not page.select("[style], style"), "inline style"
    _check_nothing_comes_from_elsewhere(page)
    for link in page.select(".govuk-error-summary a"):
        assert page.select_one(str(link["href"])), f"error link {link['href']} goes nowhere"
    return page


def _check_nothing_comes_from_elsewhere(page: BeautifulSoup) -> None:
    """Fail if a page fetches, sends to, or runs anything that is not our own file."""
    assert not page.select("iframe, frame, object, embed, base, meta[http-equiv]"), (
        "a foreign frame"
    )
    for tag in page.find_all(True):
        handlers = [name for name in tag.attrs if name.startswith("on")]
        assert not handlers, f"inline script in {tag}"
        addresses = [str(tag[name]) for name in FETCHED if name in tag.attrs]
        if tag.name == "link" and not {"canonical", "alternate"} & set(tag["rel"]):
            addresses.append(str(tag.get("href")))
        for address in addresses:
            is_ours = address.startswith(("/", "#", "?")) and not address.startswith("//")
            assert is_ours, f"{address} is not our own"
