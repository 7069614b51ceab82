"""What is built and sent to a browser: complete, light, ours, and from nowhere else."""

import gzip
import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from app.web.templating import STATIC, asset, environment

ROOT = Path(__file__).resolve().parents[2]
LATIN = ("atkinson-hyperlegible-next-latin-400", "atkinson-hyperlegible-next-latin-700")
WELSH = ("atkinson-hyperlegible-next-latin-ext-400",)
MEMBER_BUDGET = 60_000  # bytes over the wire
HQ_BUDGET = 120_000
# What makes GOV.UK look like GOV.UK: not ours to use.
GOVUK_IDENTITY = ("gds transport", "crown", "crest", "#1d70b8", "#1a65a6", "#ffdd00", "#0b0c0c")


def built(suffix: str) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in STATIC.glob(f"*{suffix}")}


def wire(name: str) -> int:
    """How many bytes a built asset takes on its way: text is packed, fonts already are."""
    content = (STATIC / Path(asset(name)).name).read_bytes()
    return len(content) if name.endswith(".woff2") else len(gzip.compress(content, 9))


def page_bytes(template: str) -> int:
    page = environment().from_string(
        f'{{% extends "layouts/{template}.html" %}}'
        '{% from "components/choices.html" import radios %}'
        "{% block title %}Vote{% endblock %}"
        '{% block main %}{{ radios("offer", "Do you accept?", [("a", "Accept")] * 8) }}'
        "{% endblock %}"
    )
    return len(gzip.compress(page.render(nav=[("Live", "/", True)]).encode(), 9))


def test_every_asset_that_the_manifest_names_is_there():
    names = json.loads((STATIC / "manifest.json").read_text("utf-8"))["files"]
    assert {"muster.css", "app.js", "live.js", "mark.svg"} <= names.keys()
    assert [name for name in names.values() if not (STATIC / name).is_file()] == []


def test_an_unknown_asset_is_an_error_and_not_a_dead_link():
    with pytest.raises(KeyError):
        asset("unheard-of.css")


def test_a_voter_page_in_welsh_stays_under_its_budget():
    fonts = sum(wire(f"{face}-normal.woff2") for face in LATIN + WELSH)
    rest = sum(wire(name) for name in ("muster.css", "app.js", "mark.svg"))
    assert fonts + rest + page_bytes("member") < MEMBER_BUDGET


def test_a_live_page_stays_under_its_budget():
    fonts = sum(wire(f"{face}-normal.woff2") for face in LATIN + WELSH)
    rest = sum(wire(name) for name in ("muster.css", "app.js", "live.js", "mark.svg"))
    assert fonts + rest + page_bytes("live") < HQ_BUDGET


def test_the_last_letters_of_welsh_have_one_file_and_only_there():
    [sheet] = built(".css").values()
    faces = re.findall(r"@font-face\{[^}]*\}", sheet)
    further = [face for face in faces if "latin-ext" in face]
    assert len(faces) == 3
    assert len(further) == 1
    assert "Next Ext" in further[0]
    assert "U+0100-02BA" in further[0].upper()  # ŵ is U+0175, ŷ is U+0177


def test_the_style_sheet_asks_for_nothing_from_elsewhere():
    for name, text in built(".css").items():
        addresses = re.findall(r"url\(([^)]*)\)", text)
        assert addresses, f"{name} has no fonts"
        assert [each for each in addresses if not each.strip("\"'").startswith("/static/")] == []
        assert "@import" not in text


@pytest.mark.parametrize("mark", GOVUK_IDENTITY)
def test_nothing_of_the_govuk_identity_is_sent(mark: str):
    sheets = built(".css") | built(".js") | built(".svg")
    assert [name for name, text in sheets.items() if mark in text.lower()] == []


def test_scripts_need_no_eval_of_their_own():
    for name, text in built(".js").items():
        assert not re.search(r"\beval\(|new Function\(", text), name


def test_licences_travel_with_what_they_cover():
    licences = (STATIC / "licences.txt").read_text("utf-8")
    for words in ("Crown Copyright", "SIL Open Font License", "Zero-Clause BSD"):
        assert words in licences


def test_the_lock_file_names_no_host_and_pins_every_package():
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert [name for name, facts in packages.items() if "resolved" in facts] == []
    assert [name for name, facts in packages.items() if "integrity" not in facts] == []


@pytest.fixture
def source_tree(tmp_path: Path) -> Path:
    """A copy of all that the build reads, except package.json: npm cannot work here."""
    for folder in ("app/web/assets", "app/web/static"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/build_assets.py", "package-lock.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="module")
def build_assets():
    path = ROOT / "scripts/build_assets.py"
    spec = importlib.util.spec_from_file_location("build_assets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_unchanged_inputs_build_nothing(build_assets, source_tree):
    assert build_assets.build(source_tree) == source_tree / "app/web/static"
    assert not (source_tree / "node_modules").exists()


@pytest.mark.parametrize("changed", ["app/web/assets/js/app.js", "package-lock.json"])
def test_a_changed_input_is_noticed(build_assets, source_tree, changed):
    with (source_tree / changed).open("a", encoding="utf-8") as source:
        source.write("\n")
    with pytest.raises(build_assets.BuildFailed):
        build_assets.build(source_tree)


def test_a_lost_file_is_noticed(build_assets, source_tree):
    next((source_tree / "app/web/static").glob("muster-*.css")).unlink()
    with pytest.raises(build_assets.BuildFailed):
        build_assets.build(source_tree)
