"""docs/tour.md leads through the code as it is: each step exists, and really uses the next one."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "docs" / "tour.md"
TEXT = TOUR.read_text("utf-8")
WALKED, _, RECIPES = TEXT.partition("\n## Where does it live?\n")
# As many as the tour promises to say where they live.
FIVE = 5
STEP = re.compile(r"^(\d+)\. \[`([\w.]+)`\]\(\.\./([\w/.]+)\): ", re.MULTILINE)
# `name` in `path`, as the recipes say it.
NAMED_IN = re.compile(
    r"`([A-Za-z_]\w*(?:\.\w+)?)`(?: and `([A-Za-z_]\w*)`)? in\s+`(app/[\w/]+\.py)`"
)
PATH = re.compile(r"`((?:app|docs|tests|scripts)/[\w/.*-]+)`")
# At two hundred words a minute, and as long again to look at the code.
MOST_WORDS = 2000


def walks_in(text):
    """The numbered lists: each begins again with 1 and is walked from step to step."""
    walks = []
    for number, name, path in STEP.findall(text):
        if number == "1":
            walks.append([])
        walks[-1].append((path, name))
    return walks


WALKS = walks_in(WALKED)
HOPS = [hop for walk in WALKS for hop in pairwise(walk)]


@cache
def tree_of(path):
    return ast.parse((ROOT / path).read_text("utf-8"))


def found_in(tree, name):
    """A function, class, method or constant of a module, by its name; None if it has none."""
    first, _, rest = name.partition(".")
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {getattr(each, "id", None) for each in targets} | {getattr(node, "name", None)}
        if first in names:
            return found_in(node, rest) if rest else node
    return None


def words_of(node):
    """Every name in a piece of code, and every word of its texts."""
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.Constant(value=str(text)):
                yield from re.findall(r"\w+", text)


def table_of(node):
    """The name of the table, if it is a class of a table."""
    for each in getattr(node, "body", []):
        if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == "__tablename__":
            return each.value.value
    return None


def imports_of(path):
    """Every module that a file imports, or imports from."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def broken(here, there):
    """Why one step does not lead to the next; nothing if it does."""
    (path, name), (next_path, next_name) = here, there
    step, following = found_in(tree_of(path), name), found_in(tree_of(next_path), next_name)
    known_as = {next_name.rpartition(".")[2], table_of(following)} - {None}
    if not known_as & set(words_of(step)):
        return f"{name} does not use {next_name}"
    module = next_path.removesuffix(".py").replace("/", ".")
    by_table = table_of(following) in words_of(step)
    if path != next_path and not by_table and module not in imports_of(path):
        return f"{path} does not import {module}"
    return None


def test_the_tour_walks_a_vote_and_a_row_in_and_out():
    assert len(WALKS) == len(re.findall(r"^1\. ", WALKED, re.MULTILINE))
    assert len(WALKS) > 7
    assert len(TEXT.split()) < MOST_WORDS


@pytest.mark.parametrize("step", sorted({step for walk in WALKS for step in walk}), ids=":".join)
def test_every_step_is_there(step):
    path, name = step
    assert found_in(tree_of(path), name) is not None


@pytest.mark.parametrize("hop", HOPS, ids=lambda hop: f"{hop[0][1]}-{hop[1][1]}")
def test_every_step_uses_the_next(hop):
    assert broken(*hop) is None


def test_each_recipe_says_where_to_begin():
    recipes = RECIPES.split("\n### ")[1:]
    assert len(recipes) == FIVE
    assert [
        each for each in recipes if not re.search(r"^1\. `(app|docs)/", each, re.MULTILINE)
    ] == []


@pytest.mark.parametrize("path", sorted(set(PATH.findall(TEXT))))
def test_every_file_that_is_named_is_there(path):
    assert list(ROOT.glob(path))


@pytest.mark.parametrize(("first", "second", "path"), NAMED_IN.findall(TEXT))
def test_every_name_that_is_said_to_be_in_a_file_is_in_it(first, second, path):
    assert found_in(tree_of(path), first) is not None
    assert not second or found_in(tree_of(path), second) is not None


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (("app/voting/box.py", "BallotBox.cast"), "vote_endpoint does not use BallotBox.cast"),
        (("app/web/member_pages.py", "cast"), "vote_endpoint does not use cast"),
        (
            ("app/results/count.py", "cast_vote"),
            "app/voting/router.py does not import app.results.count",
        ),
    ],
)
def test_a_step_that_moved_is_found(there, why):
    assert broken(("app/voting/router.py", "vote_endpoint"), there) == why


def test_a_step_that_is_gone_is_found():
    assert found_in(tree_of("app/voting/router.py"), "vote_by_post") is None
    assert found_in(tree_of("app/voting/box.py"), "BallotBox.lose") is None
