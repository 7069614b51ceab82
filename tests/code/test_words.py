"""One thing, one word: the words that the glossary gives up are not in the code or the pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
BUILT = APP / "web" / "static"

# What docs/glossary.md says instead. Words with an honest second meaning in code (invalid,
# response, submit, period) are left to the reader of a change.
INSTEAD = {
    r"(in)?eligib(le|ility)": "entitled",
    r"segments?|audiences?": "constituency",
    r"polls?|pollsters?|elections?|electoral": "ballot",
    r"surveys?": "indicative ballot",
    r"snapshots?": "frozen roll",
    r"votes? tables?": "marked roll",
    r"votes? records?": "ballot paper",
    r"participation": "turnout",
    r"authorisations?|official ballots?": "mandate, statutory ballot",
    r"admins?|superusers?": "staff, hq or scrutineer",
}
# Where another trade's word is meant.
ALLOWED = {
    # What a PostgreSQL statement sees.
    ("app/voting/postgres_box.py", "snapshot"),
    # What others head a column with.
    ("app/results/past_columns.py", "eligible"),
}
FILES = sorted(
    path
    for ending in ("*.py", "*.html", "*.js")
    for path in APP.rglob(ending)
    if not path.is_relative_to(BUILT)
)


def words_given_up(text, patterns=tuple(INSTEAD)):
    """Find them in prose, in snake_case and in CamelCase."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text)
    for pattern in patterns:
        for match in re.finditer(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", words, re.IGNORECASE):
            yield match.group().lower()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_the_words_of_the_glossary_are_used(path):
    name = str(path.relative_to(ROOT))
    found = set(words_given_up(path.read_text("utf-8")))
    assert {word for word in found if (name, word) not in ALLOWED} == set()


@pytest.mark.parametrize("pattern", INSTEAD)
def test_each_of_them_is_in_the_glossary(pattern):
    rows = [line.strip("|").split("|") for line in GLOSSARY.splitlines() if line.startswith("|")]
    given_up = " ; ".join(cells[-1] for cells in rows)
    assert list(words_given_up(given_up, [pattern]))


def test_pages_and_modules_are_both_looked_at():
    assert {".py", ".html", ".js"} <= {path.suffix for path in FILES}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Who is eligible?", ["eligible"]),
        ("class IneligibleMember:", ["ineligible"]),
        ("def is_eligible(): ...", ["eligible"]),
        ("hq_admin", ["admin"]),
        ("an opinion poll", ["poll"]),
        ("pollution", []),
        ("the selection", []),
        ("statutory ballot", []),
    ],
)
def test_a_word_is_found_however_it_is_written(text, found):
    assert list(words_given_up(text)) == found
