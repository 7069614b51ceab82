"""“Is my vote in the count?”: what a member is told, before and after, and what never leaks."""

import json

import pytest

from app.core.signing import signer_of
from app.evidence.findings import all_hold
from app.evidence.verify_proof import check_proof
from tests.support.ballots import add_members, given_ballot, move_window
from tests.support.boards import CLOSED, declare, given_votes, open_for_count
from tests.support.pages import parsed
from tests.support.papers import Member, heading, receipt_on

PAGE = "/ballots/pay-2026/receipt"


def text_of(answer):
    return " ".join(parsed(answer.text).main.get_text(" ").split())


@pytest.fixture(params=["inclusion", "answers"])
def shows(request):
    return request.param


@pytest.fixture
def voted(client, database, settings, shows):
    """A ballot in which somebody voted by the pages, and their receipt as they copied it."""
    add_members(database, 3)
    ballot = given_ballot(database, settings, board=shows)
    page = Member(client, ballot.any_code).vote(q1="reject")
    return page, receipt_on(page)


def test_a_member_finds_their_paper_from_the_receipt_that_the_page_showed(
    client, database, settings, clock, voted, shows
):
    page, receipt = voted
    assert PAGE in page.text
    clock.now = CLOSED
    declare(database, settings)
    grouped = " ".join(receipt[n : n + 4] for n in range(0, 32, 4)).upper()
    for typed in (receipt, grouped, f"  {receipt}\n"):
        found = client.post(PAGE, data={"receipt": typed})
        assert found.status_code == 200
        assert heading(found) == "Your paper is in the count"
        assert "number 1 of 1" in text_of(found)
        assert ("Reject" in text_of(found)) is (shows == "answers")


def test_the_proof_that_is_taken_home_holds_without_us(
    client, database, settings, clock, voted, shows
):
    _, receipt = voted
    clock.now = CLOSED
    declare(database, settings)
    file = client.post(f"{PAGE}/proof", data={"receipt": receipt})
    assert "attachment" in file.headers["content-disposition"]
    key = signer_of(settings).verifier
    assert all_hold(check_proof(file.content, verifier=key, receipts=(receipt,)))
    assert receipt not in file.text
    assert (b"reject" in file.content) is (shows == "answers")


def test_before_the_close_the_page_says_when_to_come_back(client, voted):
    _, receipt = voted
    for answer in (client.get(PAGE), client.post(PAGE, data={"receipt": receipt})):
        assert answer.status_code == 200
        assert "Keep your receipt until then" in text_of(answer)
        assert "28 November 2026" in text_of(answer)
        assert "form" not in [tag.name for tag in parsed(answer.text).main]


def test_between_close_and_declaration_the_page_says_what_was_signed(
    client, database, settings, clock, voted
):
    _, receipt = voted
    clock.now = CLOSED
    assert "have been signed" not in text_of(client.get(PAGE))
    open_for_count(database, settings)
    answer = client.post(PAGE, data={"receipt": receipt})
    assert "All 1 papers have been signed" in text_of(answer)
    assert "number 1" not in text_of(answer)


def test_a_receipt_that_is_not_found_is_answered_with_what_to_do(client, database, settings, clock):
    ballot = given_votes(database, settings)
    clock.now = CLOSED
    declare(database, settings)
    wrong = client.post(PAGE, data={"receipt": "f" * 32})
    assert wrong.status_code == 404
    assert "no letter O" in text_of(wrong)
    assert "tell the scrutineer" in text_of(wrong)
    assert parsed(wrong.text).select_one("#receipt")["value"] == "f" * 32
    assert "Look whether a part is missing" not in wrong.text
    cut_off = client.post(PAGE, data={"receipt": "5f0c 6d2e"}).text
    assert "Look whether a part is missing: a receipt that we showed has 32" in cut_off
    assert "You typed: 8." in cut_off
    empty = client.post(PAGE, data={"receipt": " "})
    assert empty.status_code == 422
    assert client.post(PAGE, data={"receipt": ballot.any_code}).status_code == 200


def test_a_receipt_of_another_ballot_is_not_found(client, database, settings, clock):
    ballot = given_votes(database, settings)
    given_ballot(database, settings, slug="other")
    clock.now = CLOSED
    for slug in ("pay-2026", "other"):
        declare(database, settings, slug)
    elsewhere = client.post("/ballots/other/receipt", data={"receipt": ballot.any_code})
    assert elsewhere.status_code == 404


def test_a_ballot_that_was_counted_before_boards_says_so(client, database, settings, clock):
    ballot = given_votes(database, settings)
    clock.now = CLOSED
    move_window(database, ballot.id, sealed_at=CLOSED, stirred_at=CLOSED, declared_at=CLOSED)
    assert "before Muster kept boards" in text_of(client.get(PAGE))
    assert client.get("/ballots/pay-2026/board").status_code == 404


def test_a_receipt_never_reaches_a_log_or_an_address(
    client, database, settings, clock, voted, capsys
):
    _, receipt = voted
    clock.now = CLOSED
    declare(database, settings)
    capsys.readouterr()
    for path in (PAGE, f"{PAGE}/proof"):
        answer = client.post(path, data={"receipt": receipt})
        assert receipt not in str(answer.url)
    client.post("/api/v1/ballots/pay-2026/board/proof", json={"receipt": receipt})
    told = capsys.readouterr()
    assert "/ballots/{slug}/receipt" in told.err
    assert receipt not in told.err + told.out


def test_the_page_is_there_in_welsh(client, database, settings, clock):
    ballot = given_votes(database, settings)
    assert heading(client.get(f"{PAGE}?lang=cy")).startswith("A yw fy mhleidlais")
    clock.now = CLOSED
    declare(database, settings)
    found = client.post(f"{PAGE}?lang=cy", data={"receipt": ballot.any_code})
    assert heading(found) == "Mae eich papur wedi’i gyfrif"
    assert heading(client.get("/ballots/pay-2026/board?lang=cy")) == "Bwrdd y papurau"


def test_members_are_told_what_the_board_shows_before_they_vote(client, database, settings):
    add_members(database, 2)
    for slug, shows, told in (
        ("a", "inclusion", "It shows nobody how you voted"),
        ("b", "answers", "Whoever has your receipt could then see how you voted"),
    ):
        ballot = given_ballot(database, settings, slug=slug, board=shows)
        member = Member(client, ballot.any_code)
        assert told in text_of(member.open_link())
        receipt = text_of(member.vote())
        assert ("It does not show how you voted" in receipt) is (shows == "inclusion")
        assert ("can then see how you voted" in receipt) is (shows == "answers")
        assert client.get(f"/ballots/{slug}").text.count("Is my vote in the count?") == 1


def test_the_rest_interface_proves_a_receipt_or_a_digest(client, database, settings, clock):
    ballot = given_votes(database, settings)
    clock.now = CLOSED
    declare(database, settings)
    address = "/api/v1/ballots/pay-2026/board/proof"
    proof = client.post(address, json={"receipt": ballot.any_code}).json()
    assert all_hold(check_proof(json.dumps(proof).encode(), verifier=signer_of(settings).verifier))
    digest = json.loads(proof["leaf"])["receipt"]
    assert client.post(address, json={"digest": digest}).json() == proof
    unknown = client.post(address, json={"digest": "0" * 64})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_on_the_board")
    for asked in ({}, {"receipt": "a", "digest": digest}, {"digest": "x"}, {"receipt": ""}):
        assert client.post(address, json=asked).status_code == 422
