"""Voting as a member does: read the page, send its form on."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.client import AppClient
from tests.support.pages import parsed


def form_of(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """The action of the page's form, and what it would send as it stands."""
    form = parsed(answer.text).select_one("main form[method=post]")
    assert form is not None, "no form on the page"
    fields = {
        str(field["name"]): str(field["value"])
        for field in form.select("input")
        if field["type"] == "hidden" or field.has_attr("checked")
    }
    return str(form["action"]), fields


def heading(answer: httpx.Response) -> str:
    """The h1 of a page, by which a reader knows where they are."""
    found = parsed(answer.text).h1
    assert found is not None
    return " ".join(found.get_text(" ", strip=True).split())


def receipt_on(answer: httpx.Response) -> str:
    """The receipt as somebody would copy it off the page."""
    found = parsed(answer.text).select_one(".code-block")
    assert found is not None, f"no receipt on the page {heading(answer)!r}"
    return found.get_text("", strip=True)


@dataclass
class Member:
    """Somebody with a voting code, and the pages before them."""

    client: AppClient
    code: str

    def open_link(self) -> httpx.Response:
        return self.client.get(f"/vote/{self.code}")

    def send(self, page: httpx.Response, **more: Any) -> httpx.Response:
        """Send the page's own form, with what is added."""
        action, fields = form_of(page)
        return self.client.post(action, data=fields | more)

    def vote(self, *, q1: str = "reject") -> httpx.Response:
        """Go the whole way, from the link to the receipt."""
        return self.send(self.send(self.open_link(), q1=q1))
