"""Whoever asks for the rules of a day says which planned changes have begun; nobody forgets."""

import ast
import re
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
# Functions that answer by the rules of a day. Inside app/rules nothing need have begun.
ASKING = {
    "compare",
    "columns_of",
    "judge_request",
    "period_in_force",
    "periods",
    "rule_books",
    "statute_of",
    "yardstick_of",
}
# Where the names mean these functions, and not another library's.
HOMES = re.compile(
    r"app\.rules|app\.results\.calculator|app\.turnout\.yardstick|app\.web\.period_columns"
)
MODULES = [
    path
    for path in sorted(APP.rglob("*.py"))
    if "rules" not in path.parts and HOMES.search(path.read_text("utf-8"))
]


def calls_without_commenced(source):
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", None))
        if name in ASKING and "commenced" not in {each.arg for each in node.keywords}:
            yield node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(APP)))
def test_every_question_about_rules_says_which_changes_have_begun(path):
    assert list(calls_without_commenced(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("periods(book)", [1]),
        ("thresholds.compare(count,\n    book=book)", [1]),
        ("periods(book, commenced=begun)", []),
        ("compute(book)", []),
    ],
)
def test_a_question_that_forgets_is_found(source, lines):
    assert list(calls_without_commenced(source)) == lines
