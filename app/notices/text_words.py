"""How many texts a text message is sent, and charged, as; the title gives way to make it fewer.

Source: 3GPP TS 23.038 6.2.1 (the alphabet of seven bits) and 23.040 9.2.3.24.1 (the header of a
text in parts, which takes the room of 7 letters of seven bits, or of 3 of sixteen).
"""

from collections.abc import Callable
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these takes the room of two.
_EXTENDED = frozenset("\f^{}\\[~]|€")
# Marks of typesetters, which that alphabet lacks: one of them would make a text of 70 characters.
_MARKS = str.maketrans(
    {
        "’": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\N{NO-BREAK SPACE}": " ",
    }
)
ONE_PLAIN, PART_PLAIN = 160, 153
ONE_WIDE, PART_WIDE = 70, 67
SHORTEST_TITLE = 20


@dataclass(frozen=True)
class TextLength:
    """How long a text message is.

    Attributes:
        characters: as the network counts them.
        texts: how many it is sent and charged as.
        widening: the letters that the network's own alphabet lacks; with any of them a text holds
            70 characters and not 160.
    """

    characters: int
    texts: int
    widening: tuple[str, ...] = ()


def plain_marks(text: str) -> str:
    """Return a text with the marks of a typewriter in place of those of typesetters."""
    return text.translate(_MARKS)


def length_of(text: str) -> TextLength:
    """Measure a text message."""
    widening = tuple(dict.fromkeys(letter for letter in text if not _is_plain(letter)))
    if widening:
        # Letters outside the first 65,536, such as pictures, count twice.
        characters = len(text.encode("utf-16-be")) // 2
        return TextLength(characters, _texts(characters, ONE_WIDE, PART_WIDE), widening)
    characters = sum(2 if letter in _EXTENDED else 1 for letter in text)
    return TextLength(characters, _texts(characters, ONE_PLAIN, PART_PLAIN))


def shortened(title: str, *, text_with: Callable[[str], str]) -> str:
    """Return the longest beginning of a title with which a text takes no more texts than need be.

    Args:
        title: on one line.
        text_with: gives the whole text for a title.
    """
    if len(title) <= SHORTEST_TITLE:
        return title
    fewest = length_of(text_with(_cut(title, SHORTEST_TITLE))).texts
    if length_of(text_with(title)).texts <= fewest:
        return title
    room = len(title) - 1
    while room > SHORTEST_TITLE and length_of(text_with(_cut(title, room))).texts > fewest:
        room -= 1
    return _cut(title, room)


def _cut(title: str, room: int) -> str:
    return f"{title[: room - 3].rstrip()}..."


def _is_plain(letter: str) -> bool:
    return letter in _BASIC or letter in _EXTENDED


def _texts(characters: int, one: int, part: int) -> int:
    return 1 if characters <= one else -(-characters // part)
