"""The demonstration on a port of its own, and the windows in which its pages are looked at."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, StorageState

from tests.support.servers import RealServer
from tests.support.views import View

# Nobody listens there: mail is written, and never leaves.
NO_MAIL = {"MUSTER_SMTP_URL": "smtp://127.0.0.1:9", "MUSTER_MAIL_FROM": "muster@example.org"}
# Whoever looks at all pages takes longer than ten minutes, and is not asked again in between.
NOT_ASKED_AGAIN = {"MUSTER_PROOF_LASTS": "PT12H"}


class DemoServer(RealServer):
    """The demonstration, as `scripts/demo` runs it."""

    ready_within = 150.0  # seconds; it makes up some thousand members first

    def _words(self) -> list[str]:
        return ["app", "demo", "--port", str(self.port), "--data", str(self.folder)]

    @property
    def folder(self) -> Path:
        """Where the demonstration keeps its database and its keys."""
        return self._log.parent


@dataclass
class House:
    """A running demonstration, its keys, and one browser.

    Attributes:
        strangers: addresses that are not this house's own, which a page asked for.
        refused: what the browser would not load or run because of the content policy.
        unguarded: answers that do not say what a browser must refuse.
    """

    browser: Browser
    base_url: str
    password: str
    codes: Iterator[str]
    strangers: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unguarded: list[str] = field(default_factory=list)
    _cookies: dict[str, StorageState] = field(default_factory=dict)
    _pages: dict[str | None, Page] = field(default_factory=dict)

    @contextmanager
    def visit(self, view: View, *, language: str = "en", script: bool = True) -> Iterator[Page]:
        """Open a view, signed in as who reads it, in that person's window.

        Args:
            view: what to open.
            language: "cy" asks for Welsh.
            script: without, the window is one of its own that runs none.
        """
        apart = view.apart or not script
        page = self.new_page(view.who, script=script) if apart else self._page_of(view.who)
        try:
            page.goto(self.address_of(view, language=language))
            for step in view.steps:
                step(page)
            yield page
        finally:
            if apart:
                page.context.close()

    def address_of(self, view: View, *, language: str = "en") -> str:
        """Return where a view is, with a voting code that nobody has used if it takes one."""
        code = next(self.codes) if "{code}" in view.address else ""
        return view.address_in(language, code=code)

    def _page_of(self, who: str | None) -> Page:
        if who not in self._pages:
            self._pages[who] = self.new_page(who)
        page = self._pages[who]
        page.emulate_media(media="screen", color_scheme="light", reduced_motion="no-preference")
        page.set_viewport_size({"width": 1280, "height": 900})
        return page

    def new_page(self, who: str | None, *, script: bool = True) -> Page:
        """Open a window that has loaded nothing yet; whoever asked closes its context."""
        context = self.browser.new_context(
            base_url=self.base_url,
            locale="en-GB",
            timezone_id="Europe/London",
            java_script_enabled=script,
            storage_state=self._signed_in(who) if who else None,
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", self._notice)
        page.on("console", self._listen)
        page.on("response", self._look_at)
        return page

    def _notice(self, request: Request) -> None:
        if not request.url.startswith(f"{self.base_url}/"):
            self.strangers.append(request.url)

    def _listen(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            self.refused.append(said.text)

    def _look_at(self, response: Response) -> None:
        policy = response.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy:
            self.unguarded.append(response.url)

    def _signed_in(self, name: str) -> StorageState:
        """Sign in once for each person, and keep the cookie."""
        if name not in self._cookies:
            context = self.browser.new_context(base_url=self.base_url)
            page = context.new_page()
            page.goto("/sign-in")
            page.locator("#name").fill(name)
            page.locator("#password").fill(self.password)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/staff")
            self._cookies[name] = context.storage_state()
            context.close()
        return self._cookies[name]


@contextmanager
def open_house(browser: Browser) -> Iterator[House]:
    """Build the demonstration afresh and serve it while the block lasts."""
    with TemporaryDirectory(prefix="muster-gallery-") as folder:
        server = DemoServer(
            NO_MAIL | NOT_ASKED_AGAIN, factory="", workers=1, log=Path(folder) / "log"
        )
        try:
            server.start()
            keys = json.loads((server.folder / "demo.json").read_text("utf-8"))
            yield House(browser, server.base_url, keys["password"], iter(keys["codes"]))
        finally:
            server.kill()
