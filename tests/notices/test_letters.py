"""Letters: a merge file and pages to print, with codes that are kept nowhere in clear."""

import csv
import io
import zipfile

import pytest
from bs4 import BeautifulSoup

from app.ballots.credentials import BallotOver, RollNotFrozen
from app.ballots.service import create_ballot, get_ballot
from app.notices.letters import make_letters
from app.security.models import Role
from tests.support.ballots import HQ, NOON, add_members, ballot_in
from tests.support.desks import given_desk, words
from tests.support.invitations import frozen_ballot
from tests.support.staff import events_of, everything_in

HERE = "/staff/ballots/pay-2026/letters"
POSTAL = {"email": "", "mobile": "", "address": "1 Invented Road\nLeeds", "postcode": "LS1 1AA"}


@pytest.fixture
def desk(client, database, clock):
    clock.now = NOON
    add_members(database, 2)
    add_members(database, 2, branch="Hull", **POSTAL)
    add_members(database, 1, branch="York", **POSTAL | {"mobile": "07700900001"})
    add_members(database, 1, branch="Ripon", **POSTAL | {"address": ""})
    add_members(database, 1, branch="Bangor", **POSTAL | {"language": "cy"})
    frozen_ballot(database)
    return given_desk(client, database)


def opened(answer):
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        text = archive.read("letters.csv").decode("utf-8-sig")
        pages = BeautifulSoup(archive.read("letters.html"), "html.parser")
    return list(csv.DictReader(io.StringIO(text))), pages


def test_whom_nothing_else_reaches_gets_a_letter_with_a_code_that_works(desk, client):
    said = words(desk.page(HERE).main)
    assert "3 members need a letter" in said
    assert "1 member has no postal address either" in said
    rows, pages = opened(desk.post(HERE))
    assert [row["membership_number"] for row in rows] == ["BAN0001", "HUL0001", "HUL0002"]
    assert [page["lang"] for page in pages.select("section")] == ["cy", "en", "en"]
    assert rows[0]["code"] in words(pages.section)
    assert rows[1]["address"] == POSTAL["address"]
    assert len(pages.select("section > svg")) == 3
    vote = {"answers": {"offer": "accept"}}
    cast = client.post("/api/v1/ballots/pay-2026/votes", token=rows[0]["code"], json=vote)
    assert cast.status_code == 201
    assert opened(desk.post(HERE))[0] == []


def test_the_codes_are_kept_nowhere_in_clear_and_the_download_is_audited(desk, database):
    rows, _ = opened(desk.post(HERE))
    held = everything_in(database)
    assert not [row for row in rows if row["code"] in held or row["code"].replace("-", "") in held]
    made = [each for each in events_of(database) if each.action == "LettersMade"]
    assert [each.details for each in made] == [{"letters": 3}]
    issued = [each for each in events_of(database) if each.action == "CodesIssued"]
    assert [each.details for each in issued] == [{"issued": 3}]


def test_names_and_addresses_are_neither_markup_nor_formulas(client, database, clock):
    clock.now = NOON
    add_members(database, 1, **POSTAL | {"family_name": "<b>x", "address": "=1+1"})
    frozen_ballot(database)
    [row], pages = opened(given_desk(client, database).post(HERE))
    assert row["address"] == "'=1+1"
    assert pages.b is None


def test_a_ballot_with_a_scrutineer_leaves_its_letters_to_them(database, client, clock):
    clock.now = NOON
    add_members(database, 1, **POSTAL)
    given_desk(client, database, name="scrutineer", role=Role.SCRUTINEER)
    frozen_ballot(database, scrutineer="scrutineer")
    assert given_desk(client, database).post(HERE).status_code == 403


@pytest.mark.parametrize("when", ["draft", "closed"])
def test_letters_are_made_only_while_a_code_is_of_use(database, settings, when):
    add_members(database, 1, **POSTAL)
    with database.writing() as session:
        create_ballot(session, ballot_in(now=NOON), staff=HQ, now=NOON)
    refusal = RollNotFrozen
    now = NOON
    if when == "closed":
        frozen_ballot(database, slug="other", title="Other")
        now, refusal = NOON.replace(month=12), BallotOver
    slug = "pay-2026" if when == "draft" else "other"
    with database.writing() as session, pytest.raises(refusal):
        make_letters(session, get_ballot(session, slug), staff=HQ, settings=settings, now=now)
