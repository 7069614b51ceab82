"""axe-core, which knows what keeps people out of a page: run inside the page by Playwright."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2 at level AA holds everything that came before it.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What a colour scheme can change: everything else was looked at already.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
RUN = """
  async (options) => {
    const found = await axe.run(document, options);
    return found.violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)} (${node.any
        .concat(node.all, node.none).map((check) => check.message).join("; ").slice(0, 200)})`));
  }
"""


def faults(page: Page, *, only_colours: bool = False) -> list[str]:
    """What axe-core finds wrong with the page as it stands, one sentence each.

    The Content-Security-Policy allows no foreign script; what a debugger evaluates is not asked.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    asked = (
        {"type": "rule", "values": OF_COLOURS} if only_colours else {"type": "tag", "values": TAGS}
    )
    found: list[str] = page.evaluate(RUN, {"runOnly": asked, "resultTypes": ["violations"]})
    return found
