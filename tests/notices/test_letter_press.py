"""The page of a letter: what a window envelope shows of it, and what makes it too long."""

import re
import zlib

import pytest

from app.notices.letter_press import LetterTooLong, Sheet, printed
from tests.support.ballots import NOON
from tests.support.pdf import Pdf

# What a DL window shows of any sheet, however it lies in the envelope, in millimetres; and what it
# shows of every sheet. From the left and from the top of the page.
SHOWN_OF_ANY = (10, 46, 110, 92)
SHOWN_OF_EVERY = (20, 57, 100, 81)
ADDRESS = ("Sam Sample", "1 Invented Road", "Leeds", "LS1 1AA")
CODE = "0000-1111-2222-3333-4444-5555-6666"


def sheet(**changes):
    facts = {
        "language": "en",
        "union": "Union of Invented Workers",
        "address": ADDRESS,
        "subject": "Your vote",
        "body": [["Dear Sam"], ["Please vote.", "It closes soon."]],
        "follow": "Open this address:",
        "link": f"https://vote.example.org/vote/{CODE}",
        "square_says": "A square",
        "enter": "Or enter this code:",
        "code": CODE,
        "foot": "Help is near.",
    }
    return Sheet(**facts | changes)


def page_of(sheet):
    [page] = Pdf(printed([sheet], title="Pay", now=NOON)).pages
    return page


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(ADDRESS, id="a usual one"),
        pytest.param([f"Line {n} of the address" for n in range(1, 9)], id="eight lines"),
        pytest.param([*ADDRESS[:1], "A street with a name as long as this " * 3], id="a long line"),
    ],
)
def test_the_window_shows_the_whole_address_and_nothing_else(lines):
    page = page_of(sheet(address=lines, union="A union with a long name " * 3))
    left, top, right, bottom = SHOWN_OF_ANY
    seen = [p for p in page if left <= p.x < right and top <= p.y - p.size * 0.35 <= bottom]
    assert " ".join(p.text.strip() for p in seen) == " ".join(line.strip() for line in lines)
    left, top, right, bottom = SHOWN_OF_EVERY
    for piece in seen:
        # Baselines: a letter stands about two thirds of its size above it, a fifth below.
        ascent, descent = piece.size * 0.7 * 0.3528, piece.size * 0.22 * 0.3528
        assert top <= piece.y - ascent
        assert piece.y + descent <= bottom
        assert piece.x + piece.width <= right + 1.5, "a space at its end may stand out"


def test_everything_is_on_the_page_in_the_order_in_which_it_is_read():
    text = "\n".join(piece.text for piece in page_of(sheet()))
    order = ["Union of", *ADDRESS, "Your vote", "Dear Sam", "Please", "Open", "/vote/", "Or", CODE]
    places = [text.index(each) for each in order[:-1]]
    assert places == sorted(places)
    assert text.rindex(CODE) > places[-1]
    assert text.rstrip().endswith("Help is near.")


def test_long_words_are_set_smaller_and_words_that_fit_no_page_are_refused():
    normal = {piece.size for piece in page_of(sheet()) if piece.text == "Please vote."}
    longer = page_of(sheet(body=[["Please vote."]] + [["And once more. " * 20]] * 7))
    assert normal == {11.0}
    assert {piece.size for piece in longer if piece.text == "Please vote."} < {8.5, 9.0, 9.5, 10.0}
    with pytest.raises(LetterTooLong):
        printed([sheet(), sheet(body=[["Please vote. " * 600]])], title="Pay", now=NOON)


def test_each_sheet_is_one_page_in_its_own_language():
    pdf = Pdf(printed([sheet(), sheet(language="cy"), sheet()], title="Pay", now=NOON))
    assert len(pdf.pages) == 3
    assert re.search(rb"/Lang\(cy\)", pdf.content)


def test_it_is_tagged_for_screen_readers_and_the_same_whenever_it_is_made():
    once, again = (printed([sheet()], title="Pay offer", now=NOON) for _ in range(2))
    assert once == again
    assert b"/MarkInfo<</Marked true" in once
    assert b"pdfuaid:part>1<" in _metadata(once)
    assert b"Pay offer" in _metadata(once)


def test_a_name_that_no_font_of_ours_holds_stops_nobodys_letter():
    made = printed([sheet(), sheet(address=["李明", "Leeds"])], title="Pay", now=NOON)
    first, second = Pdf(made).texts
    assert "Sam Sample" in first
    assert "Leeds" in second
    assert b"pdfuaid" not in _metadata(made)


def test_a_long_address_of_the_service_is_broken_before_the_code():
    link = f"https://ballots.a-union-with-a-long-name.example.org/vote/{CODE}"
    lines = [piece.text for piece in page_of(sheet(link=link))]
    assert link.removesuffix(CODE) in lines
    assert lines.count(CODE) == 2


def _metadata(content):
    streams = re.findall(rb"/Type/Metadata.*?stream\n(.*?)\nendstream", content, re.DOTALL)
    return b"".join(part if part.startswith(b"<?xp") else zlib.decompress(part) for part in streams)
