"""A board is checked from its files alone, and every harm to them is found."""

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.signing import Signer
from app.evidence.files import Unreadable, files_in
from app.evidence.findings import Standing, all_hold
from app.evidence.verify_board import check_board
from app.evidence.verify_proof import check_proof
from app.results.leaves import Shows
from tests.support.boards import broken, without
from tests.support.boards_made import (
    SIGNER,
    about,
    board,
    joined,
    leaves,
    proof_of,
    receipt,
    signed,
)

KEY = SIGNER.verifier
BOTH = pytest.mark.parametrize("shows", list(Shows))


def words(findings):
    return " ".join(finding.words for finding in findings)


@BOTH
@pytest.mark.parametrize("unit", [None, "Leeds"])
def test_a_sound_board_holds(shows, unit):
    findings = check_board(board(shows, unit=unit), verifier=KEY)
    assert all_hold(findings), findings
    assert "5 papers" in words(findings)


def test_a_board_with_answers_is_recounted_and_held_against_what_was_declared():
    findings = check_board(board(), verifier=KEY)
    assert "“Do you accept?” Yes: 1; No: 3; spoiled: 1." in words(findings)
    assert "exactly the result that was declared" in words(findings)


def test_a_result_that_the_papers_do_not_give_is_found():
    files = board()
    files["declared.json"] = files["declared.json"].replace(b'"reject": 3', b'"reject": 2')
    assert broken(check_board(files, verifier=KEY)) == ["result"]


@BOTH
def test_more_votes_declared_than_there_are_papers_are_found(shows):
    files = board(shows)
    files["declared.json"] = files["declared.json"].replace(b'"votes_cast": 5', b'"votes_cast": 6')
    assert broken(check_board(files, verifier=KEY)) == ["result"]


@BOTH
@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda lines: lines[1:], id="the first removed"),
        pytest.param(lambda lines: lines[:-1], id="the last removed"),
        pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], id="two exchanged"),
        pytest.param(lambda lines: [*lines, lines[0]], id="one twice"),
        pytest.param(lambda lines: lines[:0], id="all removed"),
        pytest.param(
            lambda lines: [
                lines[0].replace(b'receipt":"', b'receipt":"0')[:-3] + b'"}',
                *lines[1:],
            ],
            id="another receipt",
        ),
    ],
)
def test_a_paper_changed_removed_added_or_moved_is_found(shows, harm):
    files = board(shows)
    harmed = joined(harm(leaves(shows)))
    assert harmed != files["papers.jsonl"]
    files["papers.jsonl"] = harmed
    assert "papers" in broken(check_board(files, verifier=KEY))


def test_a_changed_answer_is_found():
    files = board()
    files["papers.jsonl"] = files["papers.jsonl"].replace(b"accept", b"reject")
    assert "papers" in broken(check_board(files, verifier=KEY))


@BOTH
@given(data=st.data())
def test_any_changed_byte_is_found(shows, data):
    files = board(shows)
    name = data.draw(st.sampled_from(["papers.jsonl", "about.json", "checkpoint.txt"]))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != files[name][place]))
    changed = files[name][:place] + bytes([byte]) + files[name][place + 1 :]
    assert broken(check_board(files | {name: changed}, verifier=KEY)) != []


def test_a_checkpoint_over_another_root_is_found_though_its_signature_is_right():
    files = board()
    wrong = signed(leaves(Shows.ANSWERS), files["about.json"], root=b"\x07" * 32)
    findings = check_board(files | {"checkpoint.txt": wrong}, verifier=KEY)
    assert broken(findings) == ["papers"]
    assert findings[0].standing is Standing.HOLDS


def test_a_checkpoint_that_somebody_else_signed_is_found():
    files = board()
    theirs = Signer("theirs", name="vote.example.org")
    forged = signed(leaves(Shows.ANSWERS), files["about.json"], signer=theirs)
    assert broken(check_board(files | {"checkpoint.txt": forged}, verifier=KEY)) == ["signature"]


def test_without_a_key_of_the_readers_own_it_is_said_where_the_key_came_from():
    findings = check_board(board(), verifier=None)
    assert all_hold(findings)
    [told] = [finding for finding in findings if finding.about == "key"]
    assert told.standing is Standing.NOTE
    assert KEY.line in told.words


def test_a_checkpoint_of_another_ballot_is_found():
    files = board()
    other = signed(leaves(Shows.ANSWERS), files["about.json"], slug="not-pay")
    assert "ballot" in broken(check_board(files | {"checkpoint.txt": other}, verifier=KEY))


def test_answers_whose_words_were_exchanged_afterwards_are_found():
    """The keys and the papers are the same, and yes would be no."""
    files = board()
    exchanged = (
        files["about.json"].replace(b"Yes", b"?").replace(b"No", b"Yes").replace(b"?", b"No")
    )
    assert "ballot" in broken(check_board(files | {"about.json": exchanged}, verifier=KEY))


@pytest.mark.parametrize("beside_the_commitment", [True, False])
def test_an_inclusion_only_board_on_which_answers_stand_is_broken_though_it_is_signed(
    beside_the_commitment,
):
    lines, about_file = leaves(Shows.ANSWERS), about(Shows.INCLUSION)
    if beside_the_commitment:
        bound = leaves(Shows.INCLUSION)[0]
        lines = [b'{"answers":{"offer":"accept"},' + bound.removeprefix(b"{")]
    files = {
        "papers.jsonl": joined(lines),
        "about.json": about_file,
        "checkpoint.txt": signed(lines, about_file),
    }
    findings = check_board(files, verifier=KEY)
    assert broken(findings) == ["papers"]
    assert "'answers'" in words(findings)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"answers": {"offer":"accept"},"receipt":"%s"}' % (b"0" * 64), id="spaces"),
        pytest.param(b'{"receipt":"%s","answers":{"offer":"accept"}}' % (b"0" * 64), id="order"),
        pytest.param(b'{"answers":{"offer":"maybe"},"receipt":"%s"}' % (b"0" * 64), id="no answer"),
        pytest.param(b'{"answers":{},"receipt":"%s"}' % (b"0" * 64), id="no question"),
        pytest.param(b'{"answers":{"offer":["accept"]},"receipt":"%s"}' % (b"0" * 64), id="a list"),
        pytest.param(
            b'{"answers":{"offer":"accept"},"receipt":"%s"}' % (b"O" * 64), id="no digest"
        ),
        pytest.param(b'{"answers":{"offer":"accept"},"receipt":7}', id="a number"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"[" * 60_000, id="brackets without end"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"x" * 70_000, id="a line without end"),
    ],
)
def test_a_line_that_is_none_is_named_and_not_a_crash(line):
    about_file = about(Shows.ANSWERS)
    files = {
        "papers.jsonl": line + b"\n",
        "about.json": about_file,
        "checkpoint.txt": signed([line], about_file),
    }
    assert broken(check_board(files, verifier=KEY)) == ["papers"]


@pytest.mark.parametrize("name", ["papers.jsonl", "about.json", "checkpoint.txt"])
def test_a_missing_file_is_said(name):
    findings = check_board(without(board(), name), verifier=KEY)
    assert broken(findings)
    assert f"{name} is missing" in words(findings)


@pytest.mark.parametrize("name", ["about.json", "checkpoint.txt", "declared.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b"[" * 50_000, b"x" * 2**21])
def test_files_of_strangers_break_nothing_but_the_check(name, content):
    assert broken(check_board(board() | {name: content}, verifier=None)) != []


@BOTH
def test_a_receipt_is_found_as_it_was_copied(shows):
    typed = f" {receipt(3)[:16].upper()} {receipt(3)[16:]}\n"
    findings = check_board(board(shows), verifier=KEY, receipts=(typed,))
    assert all_hold(findings)
    stranger = check_board(board(shows), verifier=KEY, receipts=(receipt(99),))
    assert broken(stranger) == ["receipt"]


def check(proof, *receipts):
    return check_proof(json.dumps(proof).encode(), verifier=KEY, receipts=receipts)


@BOTH
@pytest.mark.parametrize("number", range(5))
def test_a_proof_holds_for_its_receipt_and_for_no_other(shows, number):
    proof = proof_of(number, shows=shows)
    assert all_hold(check(proof, receipt(number)))
    assert broken(check(proof, receipt(number + 1))) == ["receipt"]


def test_a_proof_for_a_paper_that_is_not_on_the_board_does_not_hold():
    stranger = json.loads(leaves(Shows.ANSWERS)[2])
    stranger["receipt"] = "f" * 64
    proof = proof_of(2) | {"leaf": json.dumps(stranger, sort_keys=True, separators=(",", ":"))}
    assert broken(check(proof)) == ["proof"]


@pytest.mark.parametrize(
    "change",
    [
        {"index": 3},
        {"index": -1},
        {"index": True},
        {"size": 6},
        {"path": []},
        {"path": ["00" * 32] * 3},
        {"path": "none"},
        {"path": ["zz"]},
        {"path": ["00"] * 1000},
        {"ballot": "other"},
        {"leaf": "{}"},
        {"checkpoint": "nothing\n\nsigned\n"},
        {"leaf": None},
    ],
    ids=str,
)
def test_a_proof_in_which_anything_was_changed_does_not_hold(change):
    assert broken(check(proof_of(2) | change)) != []


@given(st.binary(max_size=300))
def test_no_file_makes_the_check_of_proofs_fail(content):
    assert broken(check_proof(content, verifier=KEY))


def test_an_archive_is_read_where_it_lies(tmp_path):
    path = tmp_path / "board.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in board().items():
            archive.writestr(name, content)
        archive.writestr("../outside", b"")
    assert all_hold(check_board(files_in(path), verifier=KEY))
    assert not (tmp_path.parent / "outside").exists()
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in board().items():
        (folder / name).write_bytes(content)
    assert all_hold(check_board(files_in(folder), verifier=KEY))
    harmed = bytearray(path.read_bytes())
    harmed[60] ^= 0xFF
    path.write_bytes(harmed)
    assert broken(check_board(files_in(path), verifier=KEY))
    path.write_bytes(b"no archive")
    with pytest.raises(Unreadable):
        files_in(path)
    with pytest.raises(Unreadable, match="There is no file or folder"):
        files_in(tmp_path / "none.zip")


def test_an_archive_with_two_files_of_one_name_is_refused(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("papers.jsonl", b"a")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("papers.jsonl", b"b")
    (tmp_path / "b.zip").write_bytes(made.getvalue())
    with pytest.raises(Unreadable, match="two files"):
        files_in(tmp_path / "b.zip")
