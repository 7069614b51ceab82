"""The press: sheets go in, one PDF with a page for each comes out.

Run as a process of its own. The library that sets type keeps what it has seen for its next pages;
here that is codes in clear and some hundred megabytes, and both are gone when the process ends.
"""

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.errors import Invalid
from app.core.press import run_apart, typeset

TEMPLATE = Path(__file__).with_name("letter.typ")
LONGEST = 300  # seconds for one run
DOES_NOT_FIT = 3  # what the process ends with
TOO_LONG = "does not fit"  # what the template says
LONGEST_LINE = 66  # letters of an address on one line of the page


class LetterTooLong(Invalid):
    """A letter is one page."""

    code = "letter_too_long"
    message = "The letter does not fit on one page. Shorten its words, and try again."


@dataclass(frozen=True)
class Sheet:
    """What stands on one page.

    Attributes:
        language: `en` or `cy`.
        union: above everything.
        address: the lines that the window shows.
        subject: the heading.
        body: paragraphs, each as its lines.
        follow: what to do with the link.
        link: the member's own address for voting, which the square holds too.
        square_says: what the square is, for who cannot see it.
        enter: what to do with the code.
        code: the member's own.
        foot: where to get help, and why they get a letter.
    """

    language: str
    union: str
    address: Sequence[str]
    subject: str
    body: Sequence[Sequence[str]]
    follow: str
    link: str
    square_says: str
    enter: str
    code: str
    foot: str


def printed(sheets: Sequence[Sheet], *, title: str, now: datetime) -> bytes:
    """Return a PDF with a page for each sheet, in order.

    Raises:
        LetterTooLong: the words of a sheet do not fit on its page.
        RuntimeError: the press broke down.
    """
    order = {
        "title": title,
        "union": sheets[0].union,
        "made_at": int(now.timestamp()),
        "letters": [asdict(each) for each in sheets],
    }
    run = run_apart("app.notices.letter_press", order=order, longest=LONGEST)
    if run.returncode == DOES_NOT_FIT:
        raise LetterTooLong
    if run.returncode != 0:
        # What it said is left out: it may quote a letter.
        raise RuntimeError(f"the letter press ended with {run.returncode}")
    return run.stdout


def _press(order: dict[str, Any]) -> bytes:
    import typst

    for letter in order["letters"]:
        letter["square"] = _square(letter["link"])
        letter["link"] = _in_lines(letter["link"])
    try:
        return typeset(TEMPLATE, given=order, made_at=order["made_at"])
    except typst.TypstError as wrong:
        if TOO_LONG in wrong.message:
            raise
        # A letter that no font of ours holds, in a name: an empty box, and not PDF/UA.
        return typeset(TEMPLATE, given=order, made_at=order["made_at"], tagged=False)


def _square(link: str) -> str:
    import segno

    drawn = io.BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, kind="svg", xmldecl=False)
    return drawn.getvalue().decode()


def _in_lines(link: str) -> list[str]:
    """Return an address as the page has it: broken before the code where it is long."""
    if len(link) <= LONGEST_LINE:
        return [link]
    before, slash, code = link.rpartition("/")
    return [f"{before}{slash}", code]


def _main() -> int:
    import typst

    try:
        made = _press(json.load(sys.stdin.buffer))
    except typst.TypstError as wrong:
        if TOO_LONG in wrong.message:
            return DOES_NOT_FIT
        raise
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
