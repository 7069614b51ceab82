"""The house stands as pyproject.toml draws it, and a new package must be given its place."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def lint(house):
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=house,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def house(tmp_path):
    """A copy of the application and its plan, to break."""
    ignore = shutil.ignore_patterns("__pycache__", "static", "assets", "templates")
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=ignore)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_every_import_goes_the_right_way():
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout
    assert " 0 broken" in found.stdout


def test_a_new_package_must_be_given_its_place(house):
    (house / "app" / "stowaway").mkdir()
    (house / "app" / "stowaway" / "__init__.py").write_text('"""Nobody knows it."""\n')
    found = lint(house)
    assert found.returncode != 0
    assert "stowaway" in found.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        pytest.param("rules/london.py", "import app.core.clock", id="rules that read the clock"),
        pytest.param("rules/london.py", "import sqlmodel", id="rules that know a database"),
        pytest.param("roll/models.py", "import app.ballots.models", id="roll above ballots"),
        pytest.param("turnout/service.py", "import app.results.count", id="a sibling"),
        pytest.param("web/health.py", "import app.voting.models", id="a page that reads the box"),
        pytest.param(
            "turnout/service.py", "import app.voting.models", id="turnout that reads the box"
        ),
    ],
)
def test_an_import_the_wrong_way_is_found(house, module, line):
    path = house / "app" / module
    path.write_text(f"{line}\n{path.read_text('utf-8')}", encoding="utf-8")
    found = lint(house)
    assert found.returncode != 0
    assert line.removeprefix("import ") in found.stdout
