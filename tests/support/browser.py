"""Debian's own Chromium for journeys: phone-sized, and never talking to anybody but our server."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

PHONE = {"width": 390, "height": 844}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for the pages of a window and none for the graphics: each costs its start, and
    # Chromium keeps two more in store for every window.
    "--renderer-process-limit=1",
    "--in-process-gpu",
)


def _chromium() -> str:
    # The same engine without windows takes a quarter less of the processor.
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        missing = "No Chromium on the path: install Debian's package chromium-headless-shell."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Run one browser while the block lasts; skip where there is none, except on CI."""
    path = _chromium()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def a_page(browser: Browser, *, base_url: str, script: bool = True) -> Iterator[Page]:
    """A fresh phone: no cookies, no history. Anything the page logs as an error fails the test."""
    complaints: list[str] = []
    context = browser.new_context(
        base_url=base_url,
        viewport=PHONE,  # type: ignore[arg-type]  # Playwright's own type of it is a TypedDict
        java_script_enabled=script,
        locale="en-GB",
        timezone_id="Europe/London",
        # The site of a test has a certificate of its own, which no authority vouches for.
        ignore_https_errors=base_url.startswith("https://localhost:"),
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    # Chromium itself reports each page that came with a status of 400 or more.
    assert [said for said in complaints if "server responded with a status" not in said] == []


def fits(page: Page) -> bool:
    """Whether nothing on the page makes a phone scroll sideways."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width <= PHONE["width"]
