"""The page of promises: each line is one, and names the tests that go red when it is broken."""

import re

import pytest

from tests.support.mentions import NAMED, ROOT, faults_in

PAGE = ROOT / "docs" / "promises.md"
TEXT = PAGE.read_text("utf-8")
HEADER = ["| promise | test |", "|---|---|"]
LINES = [line for line in TEXT.splitlines() if line.startswith("|") and line not in HEADER]


def parts_of(line):
    promise, tests = line.strip("| ").split(" | ")
    return promise, tests


@pytest.mark.parametrize("line", LINES, ids=lambda line: parts_of(line)[0])
def test_a_promise_names_tests_by_name_and_nothing_else(line):
    _, tests = parts_of(line)
    named = NAMED.findall(tests)
    assert ", ".join(f"`{path}::{name}`" for path, name in named) == tests
    assert all(re.fullmatch(r"tests/(\w+/)+test_\w+\.py", path) for path, _ in named)
    assert all(name.startswith("test_") for _, name in named)


def test_every_test_that_is_named_is_there_and_every_link_leads_somewhere():
    assert faults_in(TEXT, folder=PAGE.parent) == []


def test_no_promise_is_made_twice():
    promises = [parts_of(line)[0] for line in LINES]
    assert len(promises) == len(set(promises)) > 100


def test_each_group_is_one_table():
    _, *groups = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    for group in groups:
        _, blank, *table = group.rstrip().splitlines()
        assert (blank, table[:2]) == ("", HEADER)
        assert all(line.startswith("| ") for line in table[2:])


def test_a_test_that_was_renamed_is_missed():
    gone = "`tests/code/test_promises.py::test_that_was_renamed`"
    assert faults_in(gone, folder=PAGE.parent) == [gone.strip("`")]
