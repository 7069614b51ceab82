"""The law table is complete, dated, sourced, and says the same in the code and in docs/law.md."""

import ast
import importlib
import inspect
import pkgutil
import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import app.rules
from app.ballots import lifecycle
from app.results import statement
from app.rules import (
    action_notice,
    days,
    entitlement,
    examples,
    percent,
    thresholds,
    timetable,
    units,
)
from app.rules.books import BOOKS, ERA_2025_S68

ROOT = Path(__file__).parents[2]
LAW = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
PERIODS = [(book, period) for book in BOOKS.values() for period in book.periods]
PERIOD_IDS = [f"{book.key}, {period.label}" for book, period in PERIODS]


def rows_of_law():
    """Each table row of docs/law.md under its heading, its cells stripped."""
    heading = ""
    for line in LAW.splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line.startswith("| ") and "function | test" not in line:
            yield heading, [cell.strip() for cell in line.strip("|").split("|")]


ROWS = list(rows_of_law())


def rules_of(period):
    """Every dated value of a period, by name, with its source."""
    values = {
        "turnout": period.turnout and period.turnout.source,
        "support": period.support and period.support.source,
        "majority": period.majority.source,
        "spoiled": period.spoiled_source,
        "statement": period.statement and period.statement.source,
    }
    return {name: source for name, source in values.items() if source is not None}


@pytest.mark.parametrize(("book", "period"), PERIODS, ids=PERIOD_IDS)
def test_every_dated_entry_has_a_label_and_says_where_it_stands(book, period):
    assert period.label
    assert period.source
    cited = r"Act \d{4}.* (s|Sch)\.|union's own yardstick"
    for name, source in rules_of(period).items():
        assert re.search(cited, source), f"{book.key} {name}: {source!r} names no source"


@pytest.mark.parametrize("book", BOOKS.values(), ids=list(BOOKS))
def test_the_periods_of_a_book_follow_each_other_without_gap_or_overlap(book):
    dated = [period for period in book.periods if not period.awaits_its_day]
    for earlier, later in pairwise(dated):
        assert earlier.until is not None
        assert later.since == earlier.until + timedelta(days=1)
    assert dated[-1].until is None


@pytest.mark.parametrize("book", BOOKS.values(), ids=list(BOOKS))
def test_a_planned_period_stands_last_and_has_neither_day(book):
    planned = [period for period in book.periods if period.planned_key is not None]
    assert planned in ([], [book.periods[-1]])
    assert len(book.periods) > len(planned)
    for period in planned:
        assert (period.planned_key, period.since, period.until) == (ERA_2025_S68, None, None)
        assert f"`{period.planned_key}`" in LAW


@pytest.mark.parametrize("book", BOOKS.values(), ids=list(BOOKS))
def test_no_two_periods_of_a_book_share_a_label(book):
    labels = [period.label for period in book.periods]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("book", BOOKS.values(), ids=list(BOOKS))
def test_the_law_page_has_a_row_for_each_rule_of_each_period_and_no_other(book):
    in_the_code = [
        (period.label, name, source)
        for period in book.periods
        for name, source in rules_of(period).items()
    ]
    on_the_page = [
        (cells[0], cells[1], cells[3])
        for heading, cells in ROWS
        if heading.startswith(f"`{book.key}`")
    ]
    assert on_the_page == in_the_code
    assert book.note in LAW


@pytest.mark.parametrize(("book", "period"), PERIODS, ids=PERIOD_IDS)
def test_the_words_on_the_law_page_say_the_numbers_of_the_code(book, period):
    words = {
        cells[1]: cells[2]
        for heading, cells in ROWS
        if heading.startswith(f"`{book.key}`") and cells[0] == period.label
    }
    assert words["majority"] == "more than half of those voting support it"
    assert ("does not count" in words["spoiled"]) is not period.spoiled_count_as_voting
    if period.statement is not None:
        told = ", ".join(line.replace("_", " ") for line in period.statement.lines)
        assert words["statement"] == f"told of each question: {told}"
    for name, rule in (("turnout", period.turnout), ("support", period.support)):
        if rule is not None:
            assert f"at least {100 * rule.threshold} % of those entitled" in words[name]
            only = "in important public services only" in words[name]
            assert only is rule.only_important_public_services


@pytest.mark.parametrize(("book", "period"), PERIODS, ids=PERIOD_IDS)
def test_the_law_page_says_how_each_change_came(book, period):
    assert period.history.endswith(".")
    assert f"* `{book.key}`, {period.label}: {period.history}\n" in LAW


@pytest.mark.parametrize(("heading", "cells"), ROWS, ids=[str(n) for n, _ in enumerate(ROWS)])
def test_every_row_of_the_law_page_names_a_function_and_a_test_that_exist(heading, cells):
    function, test = (cell.strip("`") for cell in cells[-2:])
    module, _, name = function.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name)), heading
    path, _, test_name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert test_name in defined


def with_a_source():
    """Every public function of app.rules that says where its rule stands."""
    for found in pkgutil.iter_modules(app.rules.__path__, "app.rules."):
        module = importlib.import_module(found.name)
        for name, each in inspect.getmembers(module, inspect.isfunction):
            is_public = each.__module__ == found.name and not name.startswith("_")
            if is_public and "Source:" in (each.__doc__ or ""):
                yield each


WITH_A_SOURCE = list(with_a_source())
# They decide too, by a rule that stands in no statute or by arithmetic alone.
WITHOUT_ONE = [
    thresholds.Count,
    thresholds.compare,
    thresholds.required_turnout,
    thresholds.votes_needed,
    days.last_day_of_weeks,
    examples.day_examples,
    statement.statement_of,
    units.sum_of,
    units.under_every_period,
    percent.percent,
    lifecycle.state_of,
    entitlement.Constituency,
    entitlement.days_left,
    entitlement.explain,
    entitlement.joins_in_time,
]


@pytest.mark.parametrize("function", WITH_A_SOURCE + WITHOUT_ONE)
def test_every_function_that_decides_stands_on_the_law_page(function):
    named = {cells[-2].strip("`") for _, cells in ROWS}
    assert WITH_A_SOURCE
    assert f"{function.__module__}.{function.__name__}" in named


IN_WORDS = {6: "six months", 12: "twelve months", 14: "14th day", 10: "tenth day"}
SPANS = [
    *((f"opened {each.label}", each.mandate_months, "s.234,") for each in timetable.BALLOT_DAYS),
    *((each.label, each.days, "s.234A(4)") for each in action_notice.ACTION_NOTICES),
]


@pytest.mark.parametrize(("label", "number", "section"), SPANS, ids=[each[0] for each in SPANS])
def test_the_law_page_says_the_days_of_each_span_as_the_code_has_them(label, number, section):
    rows = {
        cells[0]: cells
        for heading, cells in ROWS
        if heading == "The days of a statutory ballot on industrial action"
    }
    _, words, source, *_ = rows[label]
    assert IN_WORDS[number] in words
    assert section in source
