"""What is looked for on every page that a test sees would be seen."""

import pytest

from tests.support.pages import check_page

PAGE = (
    '<html lang="en"><head><title>Vote: Muster</title><link rel="stylesheet" href="/s.css">'
    '<link rel="canonical" href="https://example.org/"></head><body><h1>Vote</h1>{}</body></html>'
)
SOUND = (
    '<div class="govuk-error-summary"><a href="#offer">Choose</a></div>'
    '<form method="post" action="/vote"><label for="offer">Answer</label><input id="offer">'
    '<input type="hidden" name="step"></form><form><label for="s">Sort</label>'
    '<select id="s"></select></form><script src="/live.js"></script><a href="https://example.org">'
)
WRONG = {
    "two headings": "<h1>Again</h1>",
    "an id twice": '<p id="a"></p><p id="a"></p>',
    "a field without a label": '<input id="a">',
    "a list without a label": '<select id="a"></select>',
    "an area without a label": '<textarea id="a"></textarea>',
    "a form that goes nowhere": '<form method="post"></form>',
    "a script in the page": "<script>alert(1)</script>",
    "a style in the page": "<style>p { color: red }</style>",
    "a style attribute": '<p style="color: red"></p>',
    "a frame": '<iframe src="/"></iframe>',
    "another base": '<base href="/elsewhere/">',
    "a page that moves on": '<meta http-equiv="refresh" content="1">',
    "an event attribute": '<p onclick="alert(1)"></p>',
    "a picture from elsewhere": '<img src="https://example.org/a.png">',
    "a script from elsewhere": '<script src="//example.org/a.js"></script>',
    "a style from elsewhere": '<link rel="stylesheet" href="https://example.org/a.css">',
    "a form for somebody else": '<form action="https://example.org"></form>',
    "an error of no field": '<p class="govuk-error-summary"><a href="#b">B</a></p>',
}


def test_a_sound_page_passes():
    assert check_page(PAGE.format(SOUND)).h1.get_text() == "Vote"


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_seen(wrong):
    with pytest.raises((AssertionError, KeyError)):
        check_page(PAGE.format(SOUND + WRONG[wrong]))


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace(' lang="en"', ""),
        PAGE.replace("<title>Vote", "<title>Result"),
        PAGE.replace("<title>Vote: Muster</title>", ""),
        PAGE.replace("<h1>Vote</h1>", ""),
    ],
)
def test_a_page_needs_its_name_and_its_language(page):
    with pytest.raises(AssertionError):
        check_page(page.format(SOUND))
