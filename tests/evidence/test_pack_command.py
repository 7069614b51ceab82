"""`muster verify` on a pack: with nothing but the file, and a verdict that anybody can read."""

import json
import os

import pytest

from app.evidence.pack_zip import as_zip, files_in
from tests.support.pythons import ROOT, run_python


def verify(path, *more):
    """Run the command as a lawyer would: elsewhere, with no setting and no database."""
    return run_python(
        *("app", "verify", str(path), *more),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        cwd=path.parent,
        text=True,
    )


@pytest.fixture
def file(tmp_path, kept_eventful):
    path = tmp_path / "evidence.zip"
    path.write_bytes(kept_eventful.pack)
    return path


def test_the_first_line_is_the_verdict(file, kept_eventful):
    opened = [word for key in kept_eventful.keys for word in ("--open", key)]
    said = verify(file, "--key", kept_eventful.verifier.line, *opened)
    assert (said.returncode, said.stderr) == (0, "")
    first, _, rest = said.stdout.partition("\n")
    assert first == "The evidence is genuine and whole, and says the same throughout."
    assert "BROKEN" not in rest
    assert "Holds: A recount of the papers gives the result that was declared." in rest
    assert "Holds: The papers that were counted are those on the board, one by one." in rest


def test_a_changed_pack_is_a_failure_that_names_the_file(file, kept_eventful):
    files = files_in(kept_eventful.pack)
    file.write_bytes(as_zip({**files, "tally.json": files["tally.json"].replace(b"7", b"8")}))
    said = verify(file)
    assert said.returncode == 1
    assert said.stdout.startswith("Do not rely on this evidence.")
    assert "BROKEN: tally.json was changed" in said.stdout


def test_programs_read_the_same(file):
    said = json.loads(verify(file, "--json").stdout)
    assert said["holds"] is True
    assert "no key was given" in said["verdict"]
    assert {"standing", "about", "words"} == said["findings"][0].keys()


def test_a_pack_that_a_browser_has_unpacked_is_checked_too(tmp_path, kept_eventful):
    folder = tmp_path / "evidence"
    for name, content in files_in(kept_eventful.pack).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / ".DS_Store").write_bytes(b"left by a file manager")
    assert verify(folder).returncode == 0
    (folder / "notes.txt").write_text("mine")
    said = verify(folder)
    assert said.returncode == 1
    assert "notes.txt is in the pack and not in its manifest." in said.stdout
