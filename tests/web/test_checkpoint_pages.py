"""Checkpoints of the audit log for everybody: a page, plain text, JSON."""

import pytest

from app.audit.checkpoints import check_log, make_checkpoint, verifiers_of
from app.audit.notes import notes_in, read_state
from app.core.signing import Verifier, signer_of
from app.web import checkpoint_pages
from tests.support.audit import behind_its_back
from tests.support.ballots import add_members, given_ballot
from tests.support.languages import english_in, source_sentences_in
from tests.support.pages import check_page
from tests.support.staff import NOON, given_account


@pytest.fixture
def notes(client, database, settings):
    """Two checkpoints, the second made after something else happened."""
    del client
    made = []
    for name in ("anna", "bea"):
        given_account(database, name)
        with database.writing() as session:
            row = make_checkpoint(session, signer=signer_of(settings), now=NOON)
            made.append(row.note)
    return made


def test_anybody_reads_the_newest_checkpoints_and_the_key(client, settings, notes):
    page = check_page(client.get("/audit/checkpoints").text)
    shown = [each.text for each in page.select("main pre")]
    assert shown == notes[::-1]
    assert signer_of(settings).verifier.line in page.get_text()


def test_what_is_sent_as_plain_text_can_be_kept_and_checked(client, database, settings, notes):
    sent = client.get("/audit/checkpoints.txt")
    assert sent.headers["content-type"].startswith("text/plain")
    kept = list(notes_in(sent.text))
    assert kept == notes
    with database.reading() as session:
        assert check_log(session, verifiers=verifiers_of(settings), kept=kept).broken is None
    behind_its_back(database, "DELETE FROM audit_event WHERE number = 4")
    with database.reading() as session:
        assert check_log(session, verifiers=verifiers_of(settings), kept=kept).broken.number == 4


def test_a_program_lists_checkpoints_and_asks_for_those_it_lacks(client, notes, monkeypatch):
    monkeypatch.setattr(checkpoint_pages, "AT_ONCE", 1)
    first = client.get("/api/v1/audit/checkpoints").json()
    assert [each["note"] for each in first["checkpoints"]] == notes[:1]
    rest = client.get(f"/api/v1/audit/checkpoints?after={first['next']}").json()
    assert [each["note"] for each in rest["checkpoints"]] == notes[1:]
    assert "next" not in rest or rest["next"] is None
    state = read_state(notes[0], verifier=Verifier.read(first["verifier"]))
    assert (state.events, state.at) == (first["checkpoints"][0]["events"], NOON)


def test_what_a_program_was_sent_can_be_kept_and_checked(client, notes):
    assert list(notes_in(client.get("/api/v1/audit/checkpoints").text)) == notes


def test_the_page_says_for_which_moment_each_was_made_and_where_earlier_keys_are(
    client, database, settings, notes
):
    with database.writing() as session:
        make_checkpoint(session, signer=signer_of(settings), now=NOON, occasion="pay-2026 opens")
    page = check_page(client.get("/audit/checkpoints").text)
    moments = [" ".join(each.text.split()) for each in page.select(".card > p")]
    assert moments[0].endswith("Made for: pay-2026: voting opens.")
    assert moments[1].endswith("Made because something new was recorded.")
    assert page.select_one("main a[href='/signing-keys.txt']")


def test_in_welsh_it_is_welsh(client, database, settings, notes):
    with database.writing() as session:
        make_checkpoint(session, signer=signer_of(settings), now=NOON, occasion="pay-2026 closes")
    html = client.get("/audit/checkpoints?lang=cy").text
    assert english_in(html) == source_sentences_in(html) == []
    assert len(check_page(html).select("main .card")) == len(notes) + 1


def test_before_the_first_checkpoint_the_page_says_so(client):
    assert "There is no checkpoint yet" in client.get("/audit/checkpoints").text
    assert client.get("/audit/checkpoints.txt").text == ""


def test_the_page_of_a_ballot_points_to_the_checkpoints(client, database, settings):
    add_members(database, 2)
    given_ballot(database, settings)
    page = check_page(client.get("/ballots/pay-2026").text)
    assert page.select_one("main a[href='/audit/checkpoints']")
