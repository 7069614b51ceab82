"""`scripts/bench pages`: what pages weigh over the wire, and how soon a slow phone shows them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.support.browser import PHONE, a_browser
from tests.support.databases import postgres_for_tests
from tests.support.house import House, open_house
from tests.support.views import VIEWS, View

from .findings import Figure, Findings, Limit, load_average
from .report import machine

KILOBYTE = 1000
SLOW_LINE = 400 * KILOBYTE  # bytes a second
SLOWER_PROCESSOR = 4  # times
MOST_TO_VOTE, MOST_FOR_STAFF = 60.0, 120.0  # kilobytes
MOST_SECONDS = 1.0
# Each with what it may weigh. The last two letters of Welsh need a further file of each font.
WEIGHED = {
    "member-code": MOST_TO_VOTE,
    "member-question": MOST_TO_VOTE,
    "public-landing": MOST_TO_VOTE,
    "public-ballot-open": MOST_TO_VOTE,
    "branch-ballot-open": MOST_FOR_STAFF,
    "hq-turnout": MOST_FOR_STAFF,
    "hq-turnout-wall": MOST_FOR_STAFF,
}
QUESTION = "member-question"
BOTH_FONTS = "document.querySelector('main').insertAdjacentHTML('beforeend', '<p><b>ŵ</b>ŷ</p>')"
# What a live page fetches by script, each time the numbers moved.
LATER = {"Fetch", "XHR", "EventSource"}
# The moment at which the browser first painted anything of the page, and the question stands there.
SHOWN = """
  () => new Promise((done) => {
    const seen = () => {
      const painted = performance.getEntriesByName("first-contentful-paint")[0];
      const asked = document.querySelector(".paper .question-label, .paper legend");
      if (painted && asked && asked.getClientRects().length) done(painted.startTime);
      else requestAnimationFrame(seen);
    };
    seen();
  })
"""


class NotShown(Exception):
    """A page did not come as it should, so its weight means nothing."""


@dataclass
class Scales:
    """Adds up what a page's answers weigh, heads and packed bodies, by kind."""

    kinds: dict[str, str] = field(default_factory=dict)
    weights: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def hang_on(self, session: CDPSession) -> None:
        """Weigh everything that comes from now on."""
        session.on("Network.responseReceived", self._begin)
        session.on("Network.loadingFinished", self._add)
        session.send("Network.enable")

    def _begin(self, told: dict[str, Any]) -> None:
        self.kinds[told["requestId"]] = told["type"]
        if told["response"]["status"] >= 400:  # noqa: PLR2004 - where refusals begin
            self.failed.append(told["response"]["url"])

    def _add(self, told: dict[str, Any]) -> None:
        kind = self.kinds.get(told["requestId"], "Other")
        self.weights[kind] += int(told["encodedDataLength"])

    @property
    def kilobytes(self) -> float:
        """What the page and all that it needs weigh; its script's later fetches do not."""
        return sum(self.weights[kind] for kind in self.weights if kind not in LATER) / KILOBYTE


@dataclass(frozen=True)
class Effort:
    """How often each page is opened, each time as if for the first time."""

    rounds: int


def run_pages_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Open the demonstration's pages in a browser that has never seen them.

    Raises:
        NotShown: a page or something on it was refused.
    """
    load_before = load_average()
    with postgres_for_tests() as postgres:
        facts = machine(postgres.url("postgres"), load_before=load_before)
    views = [view for view in VIEWS if view.name in WEIGHED]
    weights: dict[str, list[float]] = {view.name: [] for view in views}
    weights["member-question, with ŵ and ŷ in both weights"] = []
    seconds: list[float] = []
    with a_browser() as browser, open_house(browser) as house:
        for number in range(1, effort.rounds + 1):
            for view in views:
                weights[view.name].append(weigh(house, view))
            question = next(view for view in views if view.name == QUESTION)
            weights["member-question, with ŵ and ŷ in both weights"].append(
                weigh(house, question, then=BOTH_FONTS)
            )
            seconds.append(time_to_question(house, question))
            tell(f"round {number}: the question after {seconds[-1]:.2f} s")
    return _findings(effort, facts | {"load_after": load_average()}, weights, seconds)


@contextmanager
def _fresh_phone(house: House, view: View) -> Iterator[tuple[Page, CDPSession]]:
    page = house.new_page(view.who)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Playwright's own TypedDict
    session = page.context.new_cdp_session(page)
    try:
        yield page, session
    finally:
        page.context.close()


def weigh(house: House, view: View, *, then: str = "") -> float:
    """Return how many kilobytes a page takes with everything on it, on its first visit.

    Args:
        house: where the page is.
        view: which page; the steps of the view are not taken.
        then: a script to run in it, which may make it load more.

    Raises:
        NotShown: the page or something on it was refused.
    """
    scales = Scales()
    with _fresh_phone(house, view) as (page, session):
        scales.hang_on(session)
        page.goto(house.address_of(view))
        if then:
            page.evaluate(then)
        page.evaluate("document.fonts.ready.then(() => true)")
        page.wait_for_timeout(300)
    if scales.failed:
        raise NotShown(f"{view.name} lacks {', '.join(scales.failed)}.")
    return scales.kilobytes


def time_to_question(house: House, view: View) -> float:
    """Return the seconds until a slow phone shows the question, counted from the tap."""
    with _fresh_phone(house, view) as (page, session):
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 0,
                "downloadThroughput": SLOW_LINE,
                "uploadThroughput": SLOW_LINE,
            },
        )
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
        page.goto(house.address_of(view), wait_until="commit")
        milliseconds: float = page.evaluate(SHOWN)
    return milliseconds / 1000


def _findings(
    effort: Effort,
    facts: dict[str, Any],
    weights: dict[str, list[float]],
    seconds: Sequence[float],
) -> Findings:
    shown = f"{QUESTION}, shown after, s"
    figures = [Figure(f"{name}, kB", found) for name, found in weights.items()]
    limits = [
        Limit(f"{name}, kB", median(found), most=WEIGHED.get(name, MOST_TO_VOTE))
        for name, found in weights.items()
    ]
    return Findings(
        "Pages",
        [
            f"{effort.rounds} rounds in a browser that has seen nothing; answers with their heads.",
            f"Question: {SLOW_LINE // KILOBYTE} kB/s, a processor {SLOWER_PROCESSOR} times slower.",
        ],
        facts,
        [*figures, Figure(shown, seconds, places=2)],
        [*limits, Limit(shown, median(seconds), most=MOST_SECONDS)],
    )
