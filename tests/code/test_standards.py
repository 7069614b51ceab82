"""What we promise of security names its mechanism and its test, and both are there."""

import re

import pytest

from tests.support.mentions import NAMED, ROOT, faults_in

PAGES = [ROOT / "docs/security.md", *sorted((ROOT / "docs/standards").glob("*.md"))]
ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)
STANDARDS = {"opportunity.md", "secrecy.md", "fairness.md"}
NAME_OF = {"values": lambda page: page.relative_to(ROOT).as_posix()}


def test_there_is_a_page_for_each_of_the_three_standards():
    assert {page.name for page in PAGES[1:]} == STANDARDS


@pytest.mark.parametrize("page", PAGES, ids=NAME_OF["values"])
def test_every_test_mechanism_and_link_that_is_named_is_there(page):
    text = page.read_text("utf-8")
    assert len(NAMED.findall(text)) > 15
    assert faults_in(text, folder=page.parent) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("`tests/code/test_nothing.py`", "tests/code/test_nothing.py"),
        ("`tests/code/test_standards.py::test_gone`", "tests/code/test_standards.py::test_gone"),
        ("[page](docs/none.md)", "docs/none.md"),
        ("[part](docs/secrecy.md#no-such-part)", "docs/secrecy.md#no-such-part"),
    ],
)
def test_what_is_not_there_is_found(text, fault):
    assert faults_in(text, folder=ROOT) == [fault]


@pytest.mark.parametrize("page", PAGES[1:], ids=NAME_OF["values"])
def test_each_line_of_a_standard_names_a_test_and_each_page_what_is_not_claimed(page):
    text = page.read_text("utf-8")
    rows = [row.split(" | ") for row in ROW.findall(text)][2:]
    assert len(rows) > 9
    assert [row for row in rows if "`tests/" not in row[-1]] == []
    assert "## What is not claimed" in text


def test_the_threat_model_says_of_each_threat_what_stops_it():
    text = (ROOT / "docs/security.md").read_text("utf-8")
    rows = [row.split(" | ") for row in ROW.findall(text)]
    threats = [row for row in rows if len(row) > 1 and row[0].strip() != "would want"]
    assert all(len(row) == 5 for row in threats)
    assert all("`tests/" in row[3] for row in threats)
    for who in ("member", "stranger", "branch officer", "headquarters", "scrutineer", "employer",
                "host", "mail provider", "dependency"):  # fmt: skip
        assert re.search(rf"^## .*{who}", text, re.MULTILINE), who
