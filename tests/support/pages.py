"""What every page must have, inspected on every page that any test sees."""

from bs4 import BeautifulSoup


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
    for link in page.select(".govuk-error-summary a"):
        assert page.select_one(str(link["href"])), f"error link {link['href']} goes nowhere"
    return page
