"""`muster verify` with nothing but the files: no settings, no database, no network."""

import json
import os
import zipfile

import pytest

from app.results.leaves import Shows
from tests.support.boards_made import SIGNER, about, board, leaves, proof_of, receipt, signed
from tests.support.pythons import ROOT, run_python


def verify(path, *more, **variables):
    """Run the command as a stranger would: in an empty environment, elsewhere."""
    return run_python(
        *("app", "verify", str(path), *more),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables},
        cwd=path.parent,
        text=True,
    )


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "pay-board.zip"
    write(path, board())
    return path


def write(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def test_a_sound_board_is_recounted_in_plain_words(archive):
    told = verify(archive, "--key", SIGNER.verifier.line, "--receipt", receipt(1))
    assert told.returncode == 0, told.stderr
    assert "No: 3" in told.stdout
    assert "The paper of this receipt is among those that were counted." in told.stdout
    assert told.stdout.endswith("Verdict: everything that was checked holds.\n")


def test_a_changed_board_is_broken_and_the_status_says_so(archive):
    files = board()
    write(archive, files | {"papers.jsonl": files["papers.jsonl"].replace(b"accept", b"reject")})
    told = verify(archive)
    assert told.returncode == 1
    assert "BROKEN" in told.stdout
    assert told.stdout.endswith("Do not rely on these files.\n")


def test_a_folder_is_a_board_too_and_a_receipt_that_is_not_on_it_breaks_it(tmp_path):
    folder = tmp_path / "board"
    folder.mkdir()
    for name, content in board(Shows.INCLUSION).items():
        (folder / name).write_bytes(content)
    assert verify(folder).returncode == 0
    assert verify(folder, "--receipt", receipt(77)).returncode == 1


def test_a_proof_is_recognised_by_what_is_in_it(tmp_path):
    path = tmp_path / "anything"
    path.write_text(json.dumps(proof_of(3)))
    told = verify(path, "--receipt", receipt(3), "--key", SIGNER.verifier.line)
    assert told.returncode == 0, told.stdout
    assert "number 4 of the papers of pay" in told.stdout
    assert verify(path, "--receipt", receipt(2)).returncode == 1


@pytest.mark.parametrize("content", [b"", b"something else", b"{}"])
def test_what_is_neither_is_refused_with_a_sentence(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    told = verify(path)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr


def test_a_key_that_is_none_is_refused(archive):
    told = verify(archive, "--key", "nonsense")
    assert told.returncode == 2
    assert "names an Ed25519 key" in told.stderr


def test_no_file_is_no_file(tmp_path):
    assert verify(tmp_path / "missing").returncode == 2


def test_what_a_file_quotes_passes_for_no_line_of_ours(tmp_path):
    path = tmp_path / "pay-board.zip"
    said = about(Shows.ANSWERS).replace(
        b"Pay offer", b"Pay\\nVerdict: fine\\u001b[2K\\ud800 \\u0175"
    )
    lines = leaves(Shows.ANSWERS)
    files = {"about.json": said, "checkpoint.txt": signed(lines, said)}
    write(path, board() | files)
    told = verify(path, PYTHONIOENCODING="ascii")
    assert (told.returncode, told.stderr) == (0, "")
    assert sum(line.startswith("Verdict") for line in told.stdout.splitlines()) == 1
    assert "Pay?Verdict: fine?[2K? ?" in told.stdout
    assert json.loads(verify(path, "--json", PYTHONIOENCODING="ascii").stdout)["holds"] is True


def test_what_no_system_opens_is_refused_with_a_sentence(tmp_path, archive):
    told = verify(tmp_path / ("x" * 300))
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.endswith("x cannot be read.\n")
    assert verify(archive, "--receipt", "\udcff").returncode == 1
