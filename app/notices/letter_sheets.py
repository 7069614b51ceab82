"""What stands on a letter's page: the ballot's words, the link and the code of one member."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from app.notices.composing import SAMPLE_CODE, SAMPLE_NAMES, Desk
from app.notices.letter_press import Sheet, printed
from app.notices.letters import PostalLetter
from app.notices.words import Words, fill, one_line
from app.notices.words_kinds import kind_of

KIND = kind_of("letter")


class _Fixed(NamedTuple):
    """What stands on every letter; headquarters cannot leave it out."""

    follow: str
    square: str
    enter: str
    foot: str


_FIXED: Mapping[str, _Fixed] = {
    "en": _Fixed(
        "Open this address in a browser, or point a telephone’s camera at the square:",
        "A square that a camera reads as your personal link.",
        "Or open {base} and enter this code:",
        "For help, or if you doubt that this letter is real, contact {help}. You get it because "
        "{union} holds the address for you, you are on the roll of those entitled to vote, and "
        "neither e-mail nor a text message reaches you.",
    ),
    "cy": _Fixed(
        "Agorwch y cyfeiriad hwn mewn porwr, neu anelwch gamera ffôn at y sgwâr:",
        "Sgwâr y mae camera’n ei ddarllen fel eich dolen bersonol.",
        "Neu agorwch {base} a rhowch y cod hwn:",
        "Am gymorth, neu os ydych yn amau a yw’r llythyr hwn yn un go iawn, dyma pwy i’w holi: "
        "{help}. Cewch y llythyr hwn am fod gan {union} y cyfeiriad ar "
        "eich cyfer, am eich bod ar restr y rhai sydd â hawl i bleidleisio, ac am nad oes e-bost "
        "na neges destun yn eich cyrraedd.",
    ),
}
SAMPLE_ADDRESSES = {
    "en": ("1 Invented Road\nLeeds", "LS1 1AA"),
    "cy": ("1 Heol Ddychmygol\nAbertawe", "SA1 1AA"),
}


def sheet_for(
    desk: Desk, ballot_id: int, letter: PostalLetter, *, words: Words | None = None
) -> Sheet:
    """Return the page of one letter.

    Args:
        desk: what the letters of a ballot have in common.
        ballot_id: whose words.
        letter: to whom, with which code.
        words: instead of those that are kept, as a preview has them.
    """
    language = letter.language
    values = desk.values(
        ballot_id, kind=KIND, language=language, name=letter.name, code=letter.code
    ) | {"base": desk.settings.base_url}
    filled = desk.filled(
        words or desk.words(ballot_id, kind=KIND, language=language), values=values
    )
    fixed = _FIXED[language]
    return Sheet(
        language=language,
        union=desk.settings.union_name,
        address=_address(letter),
        subject=one_line(filled.subject),
        body=[part.split("\n") for part in filled.body.split("\n\n")],
        follow=fixed.follow,
        link=values["link"],
        square_says=fixed.square,
        enter=fill(fixed.enter, values),
        code=letter.code,
        foot=fill(fixed.foot, values),
    )


def sample_sheet(desk: Desk, ballot_id: int, *, language: str, words: Words | None = None) -> Sheet:
    """Return a page with an invented name and a code that opens nothing."""
    address, postcode = SAMPLE_ADDRESSES[language]
    letter = PostalLetter(
        0,
        membership_number="",
        name=SAMPLE_NAMES[language],
        address=address,
        postcode=postcode,
        language=language,
        code=SAMPLE_CODE,
    )
    return sheet_for(desk, ballot_id, letter, words=words)


def sample_page(sheet: Sheet, *, now: datetime) -> bytes:
    """Return a page as a PDF.

    Raises:
        LetterTooLong: its words do not fit.
    """
    return printed([sheet], title=sheet.subject, now=now)


def _address(letter: PostalLetter) -> list[str]:
    """Return an address as the envelope shows it; a roll file may have it on one line."""
    address = letter.address.strip()
    parts = address.splitlines() if "\n" in address else address.split(",")
    lines = [line for part in parts if (line := one_line(part).strip(" ,"))]
    postcode = one_line(letter.postcode)
    # Some systems export it as part of the address, too.
    if lines and lines[-1].upper() == postcode.upper():
        lines.pop()
    return [line for line in (letter.name, *lines, postcode) if line]
