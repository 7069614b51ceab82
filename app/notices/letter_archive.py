"""The file for the mailing house: a line for each letter to merge, and their pages as PDF."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime

from app.ballots.credentials import voting_link
from app.ballots.models import Ballot
from app.core.csv_lines import csv_line
from app.core.settings import Settings
from app.notices.letter_press import Sheet, printed
from app.notices.letters import PostalLetter
from app.notices.words import moment, one_line

# Pages in one PDF. More take the press no less time each, and more memory.
PART = 250
COLUMNS = (
    "membership_number",
    "name",
    "address",
    "postcode",
    "language",
    "ballot",
    "closes",
    "code",
    "link",
    "pdf",
    "page",
)


def as_archive(
    letters: Sequence[PostalLetter],
    sheets: Sequence[Sheet],
    ballot: Ballot,
    *,
    settings: Settings,
    now: datetime,
) -> bytes:
    """Return `letters.csv` to merge and `letters-0001.pdf`, … to print, as one archive.

    It is made in memory: on a disk the codes would stand in clear.

    Args:
        letters: to whom, with which code.
        sheets: the page of each of them, in the same order.
        ballot: what they are about.
        settings: the address of the service.
        now: this moment.

    Raises:
        LetterTooLong: the words of a letter do not fit on its page.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        # Excel takes a file without this mark for Windows-1252.
        merged = "\N{BYTE ORDER MARK}" + "".join(_lines(letters, ballot, settings=settings))
        archive.writestr("letters.csv", merged)
        for start in range(0, len(letters), PART):
            part = sheets[start : start + PART]
            pages = printed(part, title=one_line(ballot.title), now=now)
            # A PDF is packed already.
            archive.writestr(_name(start), pages, compress_type=zipfile.ZIP_STORED)
    return content.getvalue()


def _name(place: int) -> str:
    return f"letters-{place // PART + 1:04}.pdf"


def _lines(letters: Iterable[PostalLetter], ballot: Ballot, *, settings: Settings) -> Iterable[str]:
    yield csv_line(COLUMNS)
    for place, each in enumerate(letters):
        yield csv_line(
            (
                each.membership_number,
                each.name,
                each.address,
                each.postcode,
                each.language,
                one_line(ballot.title),
                moment(ballot.closes_at, language=each.language),
                each.code,
                voting_link(each.code, settings=settings),
                _name(place),
                str(place % PART + 1),
            )
        )
