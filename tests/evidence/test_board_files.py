"""The files of a board, as they are sent: the same at each asking, and sound for whoever checks."""

import io
import zipfile

import pytest

from app.core.signing import signer_of
from app.evidence import board as boards
from app.evidence.board_zip import zipped
from app.evidence.findings import all_hold
from app.evidence.verify_board import check_board
from tests.support.boards import CLOSED, broken, declare, files_of, given_votes
from tests.support.cancelled import cancel

BOARD = "/ballots/pay-2026/board"
FILES = ("papers.jsonl", "checkpoint.txt", "about.json", "declared.json")


@pytest.fixture(params=["inclusion", "answers"])
def declared(request, client, database, settings, clock):
    given_votes(database, settings, board=request.param)
    clock.now = CLOSED
    declare(database, settings)
    return request.param


def test_the_files_that_are_sent_are_a_sound_board(client, settings, declared):
    files = {name: client.get(f"{BOARD}/{name}").content for name in FILES}
    findings = check_board(files, verifier=signer_of(settings).verifier)
    assert all_hold(findings), findings
    recounted = any("exactly the result" in finding.words for finding in findings)
    assert recounted is (declared == "answers")


def test_the_archive_holds_the_same_files_and_is_the_same_each_time(client, database, declared):
    sent = client.get(f"{BOARD}/board.zip")
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files_of(database)
    assert client.get(f"{BOARD}/board.zip").content == sent.content


def test_a_board_longer_than_a_slice_is_sent_whole(client, database, declared, monkeypatch):
    """Each slice has a session of its own, so the place where they meet must not lose a paper."""
    for size in (1, 2, 3, 5, 10, 11, 12):
        monkeypatch.setattr(boards, "SLICE", size)
        assert client.get(f"{BOARD}/papers.jsonl").content == files_of(database)["papers.jsonl"]


def test_a_proxy_may_keep_the_papers_and_asks_whether_they_are_the_same(client, declared):
    sent = client.get(f"{BOARD}/papers.jsonl")
    assert sent.headers["cache-control"].startswith("public")
    again = client.get(f"{BOARD}/papers.jsonl", headers={"If-None-Match": sent.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_names_the_key_the_signature_and_every_file(client, settings, declared):
    page = client.get(BOARD).text
    assert signer_of(settings).verifier.line in page
    for name in (*FILES, "board.zip"):
        assert f"{BOARD}/{name}" in page
    assert ("shows the answers on each paper" in page) is (declared == "answers")


def test_rest_says_where_the_files_are(client, settings, declared):
    told = client.get(f"/api/v1{BOARD}").json()
    assert told["shows"] == declared
    assert told["papers"] == 11
    assert told["verifier"] == signer_of(settings).verifier.line
    for file in told["files"]:
        assert client.get(file["address"]).status_code == 200


def test_answers_never_stand_on_an_inclusion_only_board(client, declared):
    """Whatever is public of it, from its page to its archive."""
    if declared == "answers":
        return
    with zipfile.ZipFile(io.BytesIO(client.get(f"{BOARD}/board.zip").content)) as archive:
        assert b"reject" not in archive.read("papers.jsonl")
        assert (
            broken(check_board({n: archive.read(n) for n in archive.namelist()}, verifier=None))
            == []
        )


def test_an_archive_larger_than_the_old_form_allows_is_made_in_the_new_one():
    pieces = [b"x" * 1000] * 10
    for at_most in (10_000, 2**40):
        made = b"".join(zipped({"a": b"1"}, large="papers", pieces=pieces, at_most=at_most))
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert archive.read("papers") == b"x" * 10_000


def test_nobody_is_told_to_come_back_for_the_board_of_a_cancelled_ballot(
    client, database, settings
):
    given_votes(database, settings)
    cancel(database)
    for path in (BOARD, "/api/v1/ballots/pay-2026/board"):
        said = client.get(path)
        assert said.status_code == 409
        assert "was cancelled" in said.text
        assert "Come back" not in said.text
