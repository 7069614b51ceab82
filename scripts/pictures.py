"""The command line behind `scripts/screenshots`."""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.support.browser import a_browser
from tests.support.house import House, open_house
from tests.support.views import VIEWS, View

WIDTHS = (390, 1024, 1920)
HEIGHT = 900
SCHEMES = ("light", "dark")


def take_pictures(folder: Path, *, only: str) -> int:
    """Write a picture of each view at each width in both schemes; return how many."""
    chosen = [view for view in VIEWS if only in view.name]
    taken = 0
    with a_browser() as browser, open_house(browser) as house:
        for view in chosen:
            for language in ("en", "cy") if view.in_welsh else ("en",):
                taken += _picture(house, view, language=language, folder=folder)
            print(f"{view.name}", file=sys.stderr)
    return taken


def _picture(house: House, view: View, *, language: str, folder: Path) -> int:
    """Open the view once: what it shows may be there only once, such as a receipt."""
    with house.visit(view, language=language) as page:
        for scheme in SCHEMES:
            for width in WIDTHS:
                _dress(page, scheme=scheme, width=width)
                name = f"{view.name}-{language}-{scheme}-{width}.png"
                page.screenshot(path=folder / name, full_page=True, animations="disabled")
    return len(SCHEMES) * len(WIDTHS)


def _dress(page: Page, *, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    page.set_viewport_size({"width": width, "height": HEIGHT})


def main() -> int:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--only", default="", help="only views whose name contains this")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    print(f"{take_pictures(asked.folder, only=asked.only)} pictures are in {asked.folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
