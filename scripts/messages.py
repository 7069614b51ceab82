#!/usr/bin/env python3
"""Collect the sentences that are said in Welsh too, and hold the Welsh catalogue against them.

    .venv/bin/python scripts/messages.py            # write new sentences into the catalogue
    .venv/bin/python scripts/messages.py --check    # say what is missing or does not fit

A sentence is collected where it stands: in a template inside `_()`, `ngettext()` or `trans`; in
Python inside `gettext()`, `ngettext()` or `later()`, or as the `message` of a refusal.
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = Path("app/web/templates")
CATALOGUE = Path("app/core/locales/cy/LC_MESSAGES/muster.po")
KEYWORDS = {
    name: spec for name, spec in DEFAULT_KEYWORDS.items() if "gettext" in name or name == "_"
}
KEYWORDS |= {"later": None}
# How Welsh counts: nought, one, two, three, six, and the rest.
PLURALS = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);"
PLACEHOLDER = re.compile(r"%\((\w+)\)s|<(/?\w+)|href=\"([^\"]*)\"")
TRIMMED = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
# Where the refusals stand that members, the public and branches may meet.
REFUSALS = (
    "app/ballots/lifecycle.py",
    "app/ballots/service.py",
    "app/core/errors.py",
    "app/cutoffs/asked.py",
    "app/evidence/board.py",
    "app/evidence/inclusion.py",
    "app/notices/requests.py",
    "app/results/boards.py",
    "app/results/past_file.py",
    "app/results/past_rows.py",
    "app/results/service.py",
    "app/results/statement_service.py",
    "app/security/access.py",
    "app/turnout/links.py",
    "app/voting/paper.py",
    "app/voting/service.py",
    "app/web/branch_frame.py",
)
# What the rules say, which are pure and speak to nobody: constants and arguments, by their names.
OF_THE_RULES = {
    "app/rules/examples.py": ("GUIDANCE", "INVENTED", "origin", "title"),
    "app/rules/indicative.py": ("note", "title"),
    "app/rules/industrial_action.py": ("note", "title"),
    "app/rules/nations.py": ("NATIONS", "OTHER_LEGISLATION"),
    "app/rules/recognition.py": ("note", "title"),
    "app/rules/sources.py": ("ACT_1992", "ACT_2016", "ACT_2025"),
}
HEADER = """\
# Muster in Welsh. The sentences are collected by scripts/messages.py; docs/languages.md says how
# they are kept. No Welsh speaker has read them yet."""


def collect(root: Path = ROOT) -> Catalog:
    """Return every sentence that must have a Welsh one."""
    found = Catalog(project="Muster", charset="utf-8")
    for path in sorted((root / TEMPLATES).rglob("*.html")):
        _add(found, path, root=root, method="jinja2")
    for path in sorted((root / "app").rglob("*.py")):
        if path.relative_to(root).as_posix() != "app/core/language.py":
            _add(found, path, root=root, method="python")
    for place in REFUSALS:
        for sentence in _refusals(root / place):
            found.add(sentence, locations=[(place, 0)])
    for place, names in OF_THE_RULES.items():
        for sentence in _named(root / place, names):
            found.add(sentence, locations=[(place, 0)])
    return found


def _named(path: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Find the texts that a module gives to constants and arguments of these names."""
    for found in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(found, ast.keyword) and found.arg in names:
            yield from _texts_of(found.value)
        elif isinstance(found, ast.AnnAssign | ast.Assign) and found.value is not None:
            target = found.target if isinstance(found, ast.AnnAssign) else found.targets[0]
            if ast.unparse(target) in names:
                yield from _texts_of(found.value)


def _texts_of(value: ast.expr) -> Iterator[str]:
    """Return a text, or the texts of a mapping; a text with something filled in is none."""
    if isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.Dict):
        for each in value.values:
            yield from _texts_of(each)
    elif isinstance(value, ast.Call):
        for each in value.args:
            yield from _texts_of(each)


def _add(found: Catalog, path: Path, *, root: Path, method: str) -> None:
    options = TRIMMED if method == "jinja2" else {}
    with path.open("rb") as source:
        place = path.relative_to(root).as_posix()
        # Babel says of a method that is none of its own where it is found.
        how = "jinja2.ext:babel_extract" if method == "jinja2" else method
        for line, message, _, _ in extract(how, source, keywords=KEYWORDS, options=options):
            found.add(message, locations=[(place, line)])


def _refusals(path: Path) -> Iterator[str]:
    """Find `message = "..."` of the classes in a module that are refusals."""
    for found in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(found, ast.ClassDef):
            stated = dict(_constants(found))
            if {"code", "message"} <= stated.keys():
                yield stated["message"]


def _constants(found: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Return the names that a class gives to texts."""
    for line in found.body:
        if isinstance(line, ast.AnnAssign | ast.Assign) and isinstance(line.value, ast.Constant):
            target = line.target if isinstance(line, ast.AnnAssign) else line.targets[0]
            yield ast.unparse(target), str(line.value.value)


def read_catalogue(root: Path = ROOT) -> Catalog:
    """Return the Welsh catalogue as it stands."""
    path = root / CATALOGUE
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale="cy")


def problems(root: Path = ROOT) -> list[str]:
    """Say what is missing in the catalogue, what it has too much, and what does not fit."""
    wanted, have = collect(root), read_catalogue(root)
    ids = {_key(message) for message in wanted if message.id}
    known = {_key(message): message for message in have if message.id}
    said = [f"not in the catalogue: {key}" for key in sorted(ids - known.keys())]
    said += [f"no longer said: {key}" for key in sorted(known.keys() - ids)]
    for key in sorted(ids & known.keys()):
        said += [f"{fault}: {key}" for fault in faults(known[key])]
    return said


def faults(message: Message) -> list[str]:
    """Say what is wrong with one Welsh sentence: absent, or of other placeholders or tags."""
    strings = _texts(message.string)
    if not strings or not all(strings):
        return ["no Welsh"]
    # The form for one may leave the number out: the other English form has everything.
    wanted = sorted(PLACEHOLDER.findall(_texts(message.id)[-1]))
    fits = all(sorted(PLACEHOLDER.findall(text)) == wanted for text in strings)
    return [] if fits else ["does not fit"]


def _texts(of: object) -> list[str]:
    """Return every form of a sentence."""
    forms = of if isinstance(of, list | tuple) else [of]
    return [str(form or "") for form in forms]


def write_catalogue(root: Path = ROOT) -> None:
    """Write new sentences into the catalogue, and drop those that are no longer said."""
    kept = read_catalogue(root)
    strings = {_key(message): message.string for message in kept if message.id}
    fresh = Catalog(
        locale="cy", project="Muster", charset="utf-8", header_comment=HEADER, fuzzy=False
    )
    fresh.mime_headers = [("Plural-Forms", PLURALS)]
    for message in collect(root):
        if message.id:
            places = sorted({(place, 0) for place, _ in message.locations})
            fresh.add(message.id, strings.get(_key(message)), locations=places)
    text = BytesIO()
    write_po(text, fresh, width=100, include_lineno=False, sort_by_file=True)
    dated = re.compile(r'^"(?:POT-Creation|PO-Revision)-Date.*\n', re.MULTILINE)
    (root / CATALOGUE).write_text(dated.sub("", text.getvalue().decode("utf-8")), "utf-8")


def _key(message: Message) -> str:
    return "\0".join(_texts(message.id))


def main() -> int:
    """Write the catalogue, or with --check say what is wrong with it."""
    if "--check" not in sys.argv[1:]:
        write_catalogue()
    said = problems()
    print("\n".join(said) or "Every sentence has its Welsh.")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
