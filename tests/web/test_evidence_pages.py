"""Where the evidence of a ballot is found, by whom, and what the pages say of it."""

import hashlib
from datetime import timedelta

import pytest

from app.evidence.pack_store import find_pack
from app.evidence.verify_pack import check_pack
from app.security.models import Role
from app.security.service import Staff
from tests.support.ballots import NOON, add_members, given_ballot, move_window
from tests.support.changes import ballot_row
from tests.support.desks import Desk, given_desk, words
from tests.support.evidence import broken_in, declared, keys_of
from tests.support.pages import check_page
from tests.support.staff import events_of, given_account
from tests.support.votes import cast

ZIP = "/ballots/pay-2026/evidence.zip"
PAGE = "/staff/ballots/pay-2026/evidence"
PUBLIC_PAGE = "/ballots/pay-2026"
SUE = Staff("sue", role=Role.SCRUTINEER, branch=None)


@pytest.fixture
def ballot(database, settings, clock):
    """A closed ballot with a scrutineer; its result is still to be declared."""
    add_members(database, 8)
    given_account(database, SUE.name, role=Role.SCRUTINEER)
    ready = given_ballot(database, settings)
    cast(database, ready, ["reject"] * 5)
    move_window(database, ready.id, scrutineer=SUE.name)
    clock.now = NOON + timedelta(days=8)
    return ready


@pytest.fixture
def over(database, settings, ballot):
    return declared(database, settings, ballot, staff=SUE)


@pytest.fixture
def hq(client, database, ballot):
    return given_desk(client, database)


@pytest.fixture
def scrutineer(client, ballot):
    return Desk(client, SUE.name)


def test_before_the_declaration_there_is_nothing_and_the_page_says_so(client, hq, ballot):
    refused = client.get(ZIP)
    assert refused.status_code == 409
    assert "made when its result is declared" in words(check_page(refused.text))
    assert "The evidence is made when the result is declared" in words(hq.page(PAGE))
    assert "evidence.zip" not in client.get(PUBLIC_PAGE).text
    assert client.get("/ballots/none/evidence.zip").status_code == 404


def test_anybody_downloads_it_and_it_is_what_the_page_says(client, over):
    answer = client.get(ZIP)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="pay-2026-evidence.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    digest = hashlib.sha256(answer.content).hexdigest()
    assert digest in words(check_page(client.get(PUBLIC_PAGE).text))
    assert broken_in(check_pack(answer.content, verifier=None)) == []
    assert client.get(ZIP).content == answer.content


def test_the_link_is_there_before_the_file_and_the_digest_after(client, over):
    page = check_page(client.get(PUBLIC_PAGE).text)
    assert page.select_one(f"a[href='{ZIP}']")
    assert "SHA-256" not in words(page)


def test_the_public_page_has_it_in_welsh(client, over):
    assert "Tystiolaeth y bleidlais hon" in client.get(f"{PUBLIC_PAGE}?lang=cy").text


def test_whoever_asks_in_welsh_makes_the_same_evidence(client, over, database):
    client.get(f"{ZIP}?lang=cy")
    content = client.get(ZIP).content
    assert b"Votes cast in the ballot" in content
    assert b"Pleidleisiau" not in content


def test_headquarters_finds_it_from_the_ballot_and_the_scrutineer_from_the_count(
    hq, scrutineer, over
):
    for desk, start in ((hq, "/hq/ballots/pay-2026"), (scrutineer, "/staff")):
        assert desk.page(start).select_one(f"a[href='{PAGE}']")
        page = desk.page(PAGE)
        assert page.select_one(f"a[href='{ZIP}']")
        assert "muster verify pay-2026-evidence.zip --key" in words(page)


def test_the_scrutineer_is_shown_both_keys_and_headquarters_one(database, hq, scrutineer, over):
    hq.page(PAGE)
    keys = keys_of(database, over)
    for part, key in keys.items():
        shown = scrutineer.post(PAGE, data={"part": part.value})
        assert shown.headers["cache-control"] == "no-store"
        assert key in words(check_page(shown.text))
        assert key not in words(scrutineer.page(PAGE))
    assert keys["officers"] in words(check_page(hq.post(PAGE, data={"part": "officers"}).text))
    assert hq.post(PAGE, data={"part": "roll"}).status_code == 403
    assert len([one for one in events_of(database) if one.action == "EvidenceKeyHandedOver"]) == 3


def test_headquarters_sees_no_button_for_the_key_to_the_roll(hq, scrutineer, over):
    def parts_on(desk):
        return [field["value"] for field in desk.page(PAGE).select("input[name=part]")]

    assert parts_on(hq) == ["officers"]
    assert parts_on(scrutineer) == ["officers", "roll"]


def test_no_other_part_can_be_asked_for(hq, over):
    for form in ({}, {"part": "everything"}):
        assert hq.post(PAGE, data=form).status_code == 422


def test_the_service_makes_it_by_itself(client, over, database):
    client.app.state.pack_keeper.work()
    with database.reading() as session:
        assert find_pack(session, ballot_row(database)) is not None


def test_one_that_cannot_be_made_keeps_no_other_from_being_made(client, over, database, settings):
    """Its declaration is missing in the log: the database was changed behind our backs."""
    before = given_ballot(database, settings, slug="another")
    move_window(database, before.id, **dict.fromkeys(("sealed_at", "stirred_at"), over.sealed_at))
    move_window(database, before.id, declared_at=over.sealed_at - timedelta(days=1))
    client.app.state.pack_keeper.work()
    with database.reading() as session:
        assert find_pack(session, ballot_row(database)) is not None
