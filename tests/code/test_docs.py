"""The documents keep what they promise: decisions in one form, links that lead somewhere."""

import re
from datetime import time, timedelta
from pathlib import Path

import pytest
import typer

from app.cli.main import cli
from app.core.settings import Settings

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SETTINGS = ROOT / "docs" / "settings.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
DECISIONS = ROOT / "docs" / "decisions"
INDEX = DECISIONS / "README.md"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
HEAVIEST_PICTURE = 200_000  # bytes
GUIDES = [document for document in DOCUMENTS if document.parent != DECISIONS]
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "References"]

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")
PATH_OF_OURS = re.compile(r"`((?:app|docs|scripts|tests)/[^`\s:]*)")
INDEX_ROW = re.compile(r"\| \[(\d+)\]\(([^)]+)\) \| (.+) \|")
# Where a line or a piece of code begins; its words up to the first option or argument.
COMMAND = re.compile(r"(?:^ *|`)muster ((?:[a-z]+ )*?[a-z]+)(?= [^a-z]|[`\n]|$)", re.MULTILINE)
DEFAULT = re.compile(r"^\| `(MUSTER_[A-Z_]+)` \| ([^|]+) \|", re.MULTILINE)
MIB = 1024 * 1024
SETTING_ROW = re.compile(r"^\| `(MUSTER_[A-Z_]+)` \|", re.MULTILINE)


def read(document):
    return document.read_text(encoding="utf-8")


def name_of(document):
    return str(document.relative_to(ROOT))


def leads_somewhere(target, *, document):
    name, _, anchor = target.partition("#")
    file = (document.parent / name).resolve() if name else document
    return file.exists() and (not anchor or anchor in anchors_of(read(file)))


def anchors_of(text):
    """What a heading is called in an address: in small letters, without signs."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def sections(record):
    """The text under each heading of a record, in order."""
    _, *parts = re.split(r"^## ", read(record), flags=re.MULTILINE)
    return {heading: text.strip() for heading, _, text in (part.partition("\n") for part in parts)}


def sentence_to_quote(record):
    first, _, _ = sections(record)["Decision"].partition("\n\n")
    assert first.startswith("> ")
    return " ".join(line.removeprefix("> ") for line in first.splitlines())


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_every_decision_has_the_five_headings_each_with_something_under_it(record):
    found = sections(record)
    assert list(found) == HEADINGS
    assert all(found.values())


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_every_decision_begins_with_one_sentence_to_quote(record):
    assert re.fullmatch(r"[^.]+(\.\w[^.]*)*\.", sentence_to_quote(record))


def test_decisions_are_numbered_without_a_gap_in_name_and_title():
    numbers = list(range(1, len(RECORDS) + 1))
    assert [int(record.name[:4]) for record in RECORDS] == numbers
    titles = [read(record).partition("\n")[0] for record in RECORDS]
    assert [int(re.match(r"# (\d+)\. \S", title)[1]) for title in titles] == numbers


def test_the_index_lists_every_decision_with_its_sentence():
    listed = [
        (int(number), name, quoted) for number, name, quoted in INDEX_ROW.findall(read(INDEX))
    ]
    kept = [(int(record.name[:4]), record.name, sentence_to_quote(record)) for record in RECORDS]
    assert listed == kept


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_of_ours_leads_to_a_file_and_a_heading_that_exist(document):
    targets = [target for target in LINK.findall(read(document)) if not ELSEWHERE.match(target)]
    assert [target for target in targets if not leads_somewhere(target, document=document)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_of_ours_that_a_document_names_exists(document):
    gone = [path for path in PATH_OF_OURS.findall(read(document)) if not list(ROOT.glob(path))]
    assert gone == []


def test_every_decision_that_the_code_names_exists():
    kept = {record.name[:4] for record in RECORDS}
    named = {
        number
        for module in (ROOT / "app").rglob("*.py")
        for number in re.findall(r"docs/decisions/(\d{4})", read(module))
    }
    assert named
    assert named <= kept


def test_the_readme_shows_one_picture_that_is_quick_to_load():
    [picture] = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", read(README))
    assert (ROOT / picture).stat().st_size < HEAVIEST_PICTURE


def test_the_page_of_settings_lists_every_one_and_no_other():
    settings = {f"MUSTER_{name.upper()}" for name in Settings.model_fields}
    assert set(SETTING_ROW.findall(read(SETTINGS))) == settings


def as_written(default):
    """A default as the page writes it; None of one that is worked out or not there."""
    match default:
        case bool() | int():
            return f"{default // MIB} MiB" if default >= MIB else str(default).lower()
        case timedelta():
            return lasting(default)
        case (time() as begin, time() as end):
            return f"{begin:%H:%M}-{end:%H:%M}"
        case str() if default:
            return default
    return None


def lasting(span):
    """A length of time in the largest unit that it fills."""
    for unit in ("days", "hours", "minutes", "seconds"):
        whole, rest = divmod(span, timedelta(**{unit: 1}))
        if whole and not rest:
            return f"{whole} {unit.removesuffix('s') if whole == 1 else unit}"
    return "0"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_page_of_settings_says_each_default_as_it_is(name):
    said = dict(DEFAULT.findall(read(SETTINGS)))[f"MUSTER_{name.upper()}"].strip("`")
    default = as_written(Settings.model_fields[name].default)
    assert default is None or said.partition(": ")[0] == default or said == default


def commands_in(group, before=""):
    for name, command in group.commands.items():
        yield f"{before}{name}"
        yield from commands_in(command, f"{before}{name} ") if hasattr(command, "commands") else ()


@pytest.mark.parametrize("document", GUIDES, ids=name_of)
def test_every_command_that_a_guide_names_exists(document):
    named = {each.strip() for each in COMMAND.findall(read(document))}
    assert named <= set(commands_in(typer.main.get_command(cli)))


def test_the_guides_name_commands():
    named = {each for document in GUIDES for each in COMMAND.findall(read(document))}
    assert {"verify", "serve", "audit verify"} <= named


def test_the_glossary_gives_each_word_one_meaning():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in read(GLOSSARY).splitlines()
        if line.startswith("| ") and not line.startswith("| word |")
    ]
    assert all(len(row) == len(("word", "meaning", "not")) and all(row) for row in rows)
    words = [word.strip() for row in rows for word in row[0].split(",")]
    assert len(words) == len(set(words))
