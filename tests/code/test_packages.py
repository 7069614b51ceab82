"""Packages are named for what they own and say so; and none but the edge reads the clock."""

import ast
import re
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
PACKAGES = sorted(path.parent for path in APP.glob("*/__init__.py"))
# In these everything could stand, so nothing can be found.
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "misc", "lib"}
FEWEST_LINES, MOST_LINES = 3, 6
READS_THE_TIME = re.compile(r"datetime\.now|utcnow|date\.today|time\.time\(")
THE_CLOCK = "core/clock.py"
EDGE = {THE_CLOCK, "main.py"}
PACKAGES_AT_THE_EDGE = {"cli", "demo"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_says_in_a_few_lines_what_it_owns_and_promises(package):
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    assert FEWEST_LINES <= len(said.splitlines()) <= MOST_LINES
    assert "Promise" in said
    assert set(re.findall(r"`([a-z_]+)`", said)) == tables_of(package)


def tables_of(package):
    return {
        name
        for path in package.glob("*.py")
        for name in re.findall(r'__tablename__ = "(\w+)"', path.read_text("utf-8"))
    }


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in APP.rglob("*.py") if path.stem in SAY_NOTHING] == []


def modules():
    for path in sorted(APP.rglob("*.py")):
        yield path.relative_to(APP).as_posix(), path.read_text("utf-8")


def test_the_time_is_read_in_one_place():
    assert [name for name, text in modules() if READS_THE_TIME.search(text)] == [THE_CLOCK]


def test_the_clock_is_asked_at_the_edge_only():
    asking = {name for name, text in modules() if "system_clock" in text} - EDGE
    assert {name.partition("/")[0] for name in asking} == PACKAGES_AT_THE_EDGE
