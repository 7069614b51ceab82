"""What a page of ours mentions, files, tests and links, and whether it is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:app|tests|scripts|docs)/[\w./-]+)(?:::(\w+))?`")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


@cache
def functions_of(path: Path) -> frozenset[str]:
    """The names of the functions that a file defines by itself: pytest collects no others."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def faults_in(text: str, *, folder: Path) -> list[str]:
    """What a page names that is not there.

    Args:
        folder: where the page lies, from which its links lead.
    """
    faults = []
    for path, function in NAMED.findall(text):
        target = ROOT / path
        if not target.exists():
            faults.append(path)
        elif function and function not in functions_of(target):
            faults.append(f"{path}::{function}")
    faults += [link for link in LINK.findall(text) if not _leads_somewhere(link, folder=folder)]
    return faults


def _leads_somewhere(link: str, *, folder: Path) -> bool:
    name, _, anchor = link.partition("#")
    if not name or name.startswith(("http:", "https:", "mailto:")):
        return True
    target = folder / name
    return target.exists() and (not anchor or anchor in _anchors_of(target.read_text("utf-8")))


def _anchors_of(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
