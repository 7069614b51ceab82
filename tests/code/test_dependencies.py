"""Every package that Muster asks for is used, and every package that it uses is asked for."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Used by name, or by another package as soon as it is there.
WITHOUT_IMPORT = {
    "httptools": "uvicorn reads HTTP with it",
    "python-multipart": "Starlette reads forms with it",
    "tzdata": "zoneinfo reads it where the system has none",
    "uvloop": "uvicorn takes its event loop",
}
# What another package is made of and gives to whoever uses it.
COMES_WITH = {
    "anyio": "fastapi",
    "joserfc": "authlib",
    "markupsafe": "jinja2",
    "pydantic": "fastapi",
    "pydantic-core": "fastapi",
    "starlette": "fastapi",
}


def named(requirements):
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def imported():
    """The packages of others that the application imports, by the name that they are asked for."""
    sources = packages_distributions()
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in modules:
                top = module.split(".")[0]
                if top != "app" and top not in sys.stdlib_module_names:
                    yield from {canonicalize_name(name) for name in sources[top]}


def test_what_is_asked_for_is_what_is_used():
    asked = named(PROJECT["dependencies"])
    optional = {
        name for extra in PROJECT["optional-dependencies"].values() for name in named(extra)
    }
    used = {COMES_WITH.get(name, name) for name in imported()}
    assert used | WITHOUT_IMPORT.keys() == asked | optional
    assert not used & WITHOUT_IMPORT.keys()
    assert not asked & optional
