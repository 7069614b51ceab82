"""What strangers hand in to mislead the check, or to break it: never more than a finding."""

import base64
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.signing import NotSigned, Verifier, signer_of
from app.evidence.files import Unreadable, files_in
from app.evidence.findings import Standing, all_hold
from app.evidence.pack_zip import files_in as files_in_pack
from app.evidence.verify_board import check_board
from app.evidence.verify_pack import check_pack
from app.evidence.verify_proof import check_proof
from app.results.leaves import Shows
from tests.support.boards import broken
from tests.support.boards_made import SIGNER, about, board, joined, proof_of, signed
from tests.support.evidence import signed_again

KEY = SIGNER.verifier


def notes(findings):
    return " ".join(each.words for each in findings if each.standing is Standing.NOTE)


def deflated():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in board().items():
            archive.writestr(name, content)
    return made.getvalue()


ARCHIVE = deflated()


@given(
    place=st.integers(0, len(ARCHIVE) - 1),
    harm=st.binary(min_size=1, max_size=4),
    end=st.integers(0, 40),
)
def test_no_archive_makes_the_check_of_boards_fail(tmp_path_factory, place, harm, end):
    path = tmp_path_factory.mktemp("harmed") / "board.zip"
    harmed = ARCHIVE[:place] + harm + ARCHIVE[place + len(harm) :]
    path.write_bytes(harmed[: len(harmed) - end])
    try:
        findings = check_board(files_in(path), verifier=KEY)
    except Unreadable:
        return
    assert findings


def test_a_name_in_an_archive_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "board.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("é.txt", b"")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xff"))
    with pytest.raises(Unreadable):
        files_in(path)


def test_a_damaged_stream_is_a_finding(tmp_path):
    path = tmp_path / "board.zip"
    begin = ARCHIVE.index(b"papers.jsonl") + len("papers.jsonl")
    path.write_bytes(ARCHIVE[:begin] + b"\xff" * 8 + ARCHIVE[begin + 8 :])
    assert broken(check_board(files_in(path), verifier=KEY)) == ["papers"]


@pytest.mark.parametrize("depth", range(800, 1000, 7))
def test_brackets_to_any_depth_are_a_finding(depth):
    nested = b"[" * depth + b"]" * depth
    about_file = about(Shows.ANSWERS)
    line = b'{"answers":' + nested + b',"receipt":"%s"}' % (b"0" * 64)
    files = {
        "papers.jsonl": joined([line]),
        "about.json": about_file,
        "checkpoint.txt": signed([line], about_file),
    }
    assert broken(check_board(files, verifier=KEY))
    wrong = about_file.replace(b'"ballot": "pay"', b'"ballot": ' + nested)
    assert wrong != about_file
    assert broken(check_board(board() | {"about.json": wrong}, verifier=KEY))
    proof = json.dumps(proof_of(1)).encode()[:-1] + b', "ballot2": ' + nested + b"}"
    check_proof(proof.replace(b'"ballot":', b'"b":').replace(b"ballot2", b"ballot"), verifier=KEY)


def test_text_that_is_none_was_signed_by_nobody():
    proof = proof_of(1)
    signature = base64.b64encode(KEY.key_id + bytes(64)).decode()
    proof["checkpoint"] = f"\ud800\n1\nx\n\n— {KEY.name} {signature}\n"
    assert broken(check_proof(json.dumps(proof).encode(), verifier=KEY)) == ["proof"]


@pytest.mark.parametrize("name", ["", "two words", "a\nVerdict: all holds", "\ud800", "\u202eab"])
def test_a_key_whose_name_could_pass_for_something_else_is_none(name):
    encoded = base64.b64encode(b"\x01" + KEY.public_key).decode()
    try:
        key_id = Verifier(name, public_key=KEY.public_key).key_id.hex()
    except UnicodeEncodeError:
        key_id = "00000000"
    with pytest.raises(NotSigned):
        Verifier.read(f"{name}+{key_id}+{encoded}")


def test_a_name_that_stands_twice_is_refused():
    """One reader takes the first value and another the last."""
    files = board()
    twice = files["declared.json"].replace(b"{", b'{"votes_cast": 999,', 1)
    assert broken(check_board(files | {"declared.json": twice}, verifier=KEY)) == ["result"]


def test_votes_that_a_board_of_inclusion_cannot_show_are_said_not_to_be_checked():
    files = board(Shows.INCLUSION)
    declared = json.loads(files["declared.json"])
    votes = declared["questions"]["offer"]["votes"]
    votes["accept"], votes["reject"] = votes["reject"], votes["accept"]
    exchanged = check_board(files | {"declared.json": json.dumps(declared).encode()}, verifier=KEY)
    assert "No signature covers declared.json" in notes(exchanged)
    votes["accept"] += 1
    more = check_board(files | {"declared.json": json.dumps(declared).encode()}, verifier=KEY)
    assert broken(more) == ["result"]
    assert "No signature" not in notes(check_board(board(Shows.ANSWERS), verifier=KEY))


def test_what_lies_beside_a_board_is_said_not_to_be_checked(tmp_path):
    path = tmp_path / "board.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in board().items():
            archive.writestr(name, content)
        archive.writestr("result/summary.pdf", b"carried")
    findings = check_board(files_in(path), verifier=KEY)
    assert all_hold(findings)
    assert "not checked: result/summary.pdf" in notes(findings)


@pytest.mark.parametrize(
    ("name", "was", "becomes"),
    [
        pytest.param("tally.json", b'"spoiled": 1', b'"spoiled": 1e999', id="no end"),
        pytest.param("tally.json", b'"spoiled": 1', b'"spoiled": NaN', id="no number"),
        pytest.param("statement.json", b'"declared_at": "2', b'"declared_at": "0', id="no day"),
        pytest.param("roll.json", b"{", b'{"entitled": 99,', id="a name twice"),
    ],
)
def test_numbers_that_are_none_are_findings(kept_pack, name, was, becomes):
    files = files_in_pack(kept_pack.pack)
    harmed = files[name].replace(was, becomes, 1)
    assert harmed != files[name]
    forged = signed_again(files | {name: harmed}, signer=signer_of(kept_pack.settings))
    assert not all_hold(check_pack(forged, verifier=kept_pack.verifier))
