"""Small files, small functions: what does not fit is split while it is still easy."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_MODULE = 300
LONGEST_TEST_MODULE = 450  # tests of one subject stay together
LONGEST_FUNCTION = 40  # its docstring not counted: the law may take as many words as it needs
LONGEST_CONFTEST = 200
LONGEST_TEMPLATE = 120


# A step of the schema is history: it stays as it was, and is as long as the tables that it made.
STEPS = ROOT / "app/migrations/versions"


def modules(*folders):
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    found = [path for path in found if path.parent != STEPS]
    assert found
    return sorted(found)


def name(path):
    return str(path.relative_to(ROOT))


def lines_in(path):
    return len(path.read_text("utf-8").splitlines())


def functions_of(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1 - docstring_lines(node)


def docstring_lines(function):
    if ast.get_docstring(function) is None:
        return 0
    docstring = function.body[0]
    return docstring.end_lineno - docstring.lineno + 1


@pytest.mark.parametrize("path", modules("app", "scripts"), ids=name)
def test_a_module_fits_on_a_few_screens(path):
    assert lines_in(path) <= LONGEST_MODULE


@pytest.mark.parametrize("path", modules("tests"), ids=name)
def test_the_tests_of_a_subject_can_be_read_at_a_sitting(path):
    assert lines_in(path) <= LONGEST_TEST_MODULE


@pytest.mark.parametrize("path", modules("app", "scripts"), ids=name)
def test_a_function_fits_on_one_screen(path):
    found = functions_of(path.read_text("utf-8"))
    assert {each: lines for each, lines in found if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("conftest.py")), ids=name)
def test_what_all_tests_share_is_little(path):
    assert lines_in(path) <= LONGEST_CONFTEST


@pytest.mark.parametrize("path", sorted((ROOT / "app").rglob("*.html")), ids=name)
def test_a_template_is_short(path):
    assert lines_in(path) <= LONGEST_TEMPLATE


def test_a_function_is_measured_without_its_docstring():
    lines = ["def f(", "    x,", "):", '    """One.', "", '    Two."""', "    return x"]
    assert dict(functions_of("\n".join(lines))) == {"f": 4}
