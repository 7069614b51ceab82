"""Letters: a merge file and pages to print, with codes that are kept nowhere in clear."""

import csv
import io
import zipfile

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.ballots.credentials import BallotOver, RollNotFrozen
from app.ballots.models import Credential
from app.ballots.service import create_ballot, get_ballot
from app.core.settings import Settings
from app.notices import letter_archive
from app.notices.letters import (
    LettersOvertaken,
    draw_up_letters,
    letters_to_make,
    store_letters,
)
from app.notices.models import Delivery, OutboxMessage
from app.notices.texts import queue_texts
from app.roll.models import Member
from app.security.models import Role
from tests.support.ballots import HQ, NOON, add_members, ballot_in
from tests.support.desks import given_desk, words
from tests.support.invitations import frozen_ballot
from tests.support.pdf import Pdf
from tests.support.staff import events_of, everything_in, facts_of

HERE = "/staff/ballots/pay-2026/letters"
POSTAL = {"email": "", "mobile": "", "address": "1 Invented Road\nLeeds", "postcode": "LS1 1AA"}
MOBILE = {"email": "", "mobile": "07700900001", "address": "2 Invented Road"}


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
    """The rows of the merge file, and the text of each page."""
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        merged, *parts = archive.namelist()
        rows = archive.read(merged).decode("utf-8-sig")
        pages = [text for part in parts for text in Pdf(archive.read(part)).texts]
    return list(csv.DictReader(io.StringIO(rows))), pages


def test_whom_nothing_else_reaches_gets_a_letter_with_a_code_that_works(desk, client):
    said = words(desk.page(HERE).main)
    assert "4 members need a letter" in said
    assert "Texts are off" in said
    assert "Members with an e-mail address are not among them" in said
    assert "1 member has no postal address either" in said
    rows, pages = opened(desk.post(HERE))
    numbers = [row["membership_number"] for row in rows]
    assert numbers == ["BAN0001", "HUL0001", "HUL0002", "YOR0001"]
    assert rows[1]["address"] == POSTAL["address"]
    assert "Eich pleidlais: Pay offer 2026" in pages[0]
    assert "Your vote: Pay offer 2026" in pages[1]
    for row, page in zip(rows, pages, strict=True):
        assert page.startswith("Invented Member")
        assert row["code"] in page.splitlines()
        assert row["link"] in page.splitlines()
        assert "Do you accept the pay offer?" in page
    vote = {"answers": {"offer": "accept"}}
    cast = client.post("/api/v1/ballots/pay-2026/votes", token=rows[0]["code"], json=vote)
    assert cast.status_code == 201
    assert opened(desk.post(HERE)) == ([], [])


def test_a_line_of_the_merge_file_says_where_its_page_is(desk, monkeypatch):
    monkeypatch.setattr(letter_archive, "PART", 3)
    answer = desk.post(HERE)
    rows, _ = opened(answer)
    assert [(row["pdf"], row["page"]) for row in rows] == [
        ("letters-0001.pdf", "1"),
        ("letters-0001.pdf", "2"),
        ("letters-0001.pdf", "3"),
        ("letters-0002.pdf", "1"),
    ]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        for row in rows:
            page = Pdf(archive.read(row["pdf"])).texts[int(row["page"]) - 1]
            assert row["code"] in page


@pytest.fixture
def with_texts(settings):
    return Settings(**settings.model_dump() | {"sms_url": "http://127.0.0.1:9/send"})


def settle_text(database, state):
    with database.writing() as session:
        session.execute(sa.update(OutboxMessage).values(state=state))


@pytest.mark.parametrize(
    ("state", "letters"),
    [
        pytest.param(None, 0, id="a text can still be sent"),
        pytest.param(Delivery.QUEUED, 0, id="a text waits"),
        pytest.param(Delivery.REFUSED, 1, id="the text was refused"),
        pytest.param(Delivery.ACCEPTED, 1, id="its code was ended since"),
    ],
)
def test_a_mobile_number_spares_a_letter_only_while_a_text_is_to_come(
    database, settings, with_texts, state, letters
):
    add_members(database, 1, **MOBILE)
    frozen_ballot(database)
    if state is not None:
        with database.writing() as session:
            ballot = get_ballot(session, "pay-2026")
            assert queue_texts(session, ballot, staff=HQ, settings=with_texts, now=NOON) == 1
        settle_text(database, state)
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        assert letters_to_make(session, ballot, settings=with_texts).to_make == letters
        # Without a provider no text reaches anybody, so nothing but a waiting one matters.
        assert letters_to_make(session, ballot, settings=settings).to_make == 1


def drawn_up(database, settings):
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        return draw_up_letters(session, ballot, staff=HQ, settings=settings, now=NOON)


def store(database, settings, letters):
    with database.writing() as session:
        ballot = get_ballot(session, "pay-2026")
        store_letters(session, ballot, letters, staff=HQ, settings=settings, now=NOON)


def test_two_who_ask_at_once_do_not_both_get_the_letters(database, settings):
    add_members(database, 2, **POSTAL)
    frozen_ballot(database)
    first, second = drawn_up(database, settings), drawn_up(database, settings)
    store(database, settings, first)
    with pytest.raises(LettersOvertaken):
        store(database, settings, second)
    with database.reading() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(Credential)).scalar() == 2


def test_who_gets_an_address_while_the_file_is_made_gets_no_letter(database, settings):
    add_members(database, 2, **POSTAL)
    frozen_ballot(database)
    letters = drawn_up(database, settings)
    with database.writing() as session:
        one = sa.update(Member).where(col(Member.membership_number) == "LEE0002")
        session.execute(one.values(email="lee2@example.org"))
    with pytest.raises(LettersOvertaken):
        store(database, settings, letters)
    assert [each.membership_number for each in drawn_up(database, settings)] == ["LEE0001"]


def test_words_too_long_for_a_page_cost_nobody_a_code(database, client, clock):
    clock.now = NOON
    add_members(database, 1, **POSTAL)
    long = {"key": "offer", "text": "Do you accept? " * 30, "supported_answer": "yes"}
    answers = [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}]
    questions = [long | {"key": f"q{n}", "answers": answers} for n in range(14)]
    frozen_ballot(database, questions=questions)
    answer = given_desk(client, database).post(HERE)
    assert answer.status_code == 422
    assert "The letter does not fit on one page" in answer.text
    with database.reading() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(Credential)).scalar() == 0


def test_the_codes_are_kept_nowhere_in_clear_and_the_download_is_audited(desk, database):
    rows, _ = opened(desk.post(HERE))
    held = everything_in(database)
    assert not [row for row in rows if row["code"] in held or row["code"].replace("-", "") in held]
    made = [each for each in events_of(database) if each.action == "LettersMade"]
    assert [each.details for each in made] == [{"letters": 4}]
    issued = [each for each in events_of(database) if each.action == "CodesIssued"]
    assert [facts_of(each) for each in issued] == [{"issued": 4}]


def test_names_and_addresses_are_printed_as_typed_and_are_no_formulas(client, database, clock):
    clock.now = NOON
    typed = '#read("/etc/passwd") *x* _y_ $1$ <b> ŵŷ'
    add_members(database, 1, **POSTAL | {"family_name": typed, "address": "=1+1, #panic()"})
    frozen_ballot(database)
    [row], [page] = opened(given_desk(client, database).post(HERE))
    assert row["address"] == "'=1+1, #panic()"
    lines = page.splitlines()
    assert lines[:4] == [f"Invented {typed}", "=1+1", "#panic()", "LS1 1AA"]
    assert f"Dear Invented {typed}," in lines


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
        draw_up_letters(session, get_ballot(session, slug), staff=HQ, settings=settings, now=now)
