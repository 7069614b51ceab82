"""The own check and the new link: one answer for everybody, and mail for the member alone."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.main import create_app
from app.notices.models import MemberRequest, OutboxMessage
from app.notices.own_check import WELSH_REASONS, masked, masked_email
from app.notices.requests import MOST_A_DAY
from app.roll.repository import find_member
from app.rules.entitlement import Reason
from tests.support.answers import statements_of
from tests.support.ballots import NOON, add_members, given_ballot
from tests.support.client import AppClient
from tests.support.mail import code_in, deliver, text_of, with_mail
from tests.support.pages import check_page
from tests.support.staff import events_of

PAGES = ("/my-details", "/lost-link")
VOTES = "/api/v1/ballots/pay-2026/votes"
MINE = {"number": "LEE0001", "proof": "YO1 7HH"}
# Whoever asks: the member, somebody with the wrong proof, a stranger, a member without an address.
WHO = {
    "the member": MINE,
    "by e-mail": {"number": "LEE0001", "proof": "LEE1@Example.org"},
    "somebody with a wrong postcode": {"number": "LEE0001", "proof": "YO1 7HJ"},
    "a stranger": {"number": "XXX9999", "proof": "YO1 7HH"},
    "a member without an address": {"number": "LEE0002", "proof": "YO1 7HH"},
    "somebody who types nonsense": {"number": "'; DROP TABLE member;\0", "proof": "\0" * 9 + "x"},
}


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def roll(database):
    add_members(database, 3, postcode="YO1 7HH", mobile="07700 900123")
    with database.writing() as session:
        find_member(session, "LEE0002").email = ""


def asked(client, page, typed):
    answer = client.post(page, data=typed)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("page", PAGES)
def test_everybody_gets_the_same_answer_by_the_same_statements(client, roll, page):
    answers, statements = {}, {}
    for who, typed in WHO.items():
        with statements_of(client.app.state.database, for_answers=True) as seen:
            answer = asked(client, page, typed)
        answers[who] = (answer.content, {*answer.headers} - {"x-request-id"})
        # The first request of a window adds its counter, the others raise it: one statement both.
        statements[who] = tuple(seen)
    assert len({content for content, _ in answers.values()}) == 1
    assert len({frozenset(headers) for _, headers in answers.values()}) == 1
    assert len(set(statements.values())) == 1
    [same] = set(statements.values())
    assert any("member_request" in statement for statement in same)
    assert not any("FROM member" in each or "JOIN member" in each for each in same)


def test_who_asks_for_a_link_and_gets_none_reads_that_they_may_have_voted(client, roll):
    said = "You may have voted already"
    assert said in asked(client, "/lost-link", MINE).text
    assert said not in asked(client, "/my-details", MINE).text


def test_whoever_has_a_code_need_not_ask_for_a_link(client):
    assert 'href="/vote"' in client.get("/lost-link").text
    assert 'href="/vote"' not in client.get("/my-details").text


@pytest.mark.parametrize("page", PAGES)
def test_only_the_address_of_the_roll_is_written_to(
    client, database, settings, office, clock, roll, page
):
    given_ballot(database, settings)
    for who in set(WHO) - {"the member"}:
        asked(client, page, WHO[who])
    deliver(database, settings, clock=clock)
    assert office.recipients == ["lee1@example.org"]
    with database.reading() as session:
        assert session.exec(select(MemberRequest)).all() == []


def test_every_reason_is_said_in_welsh():
    assert set(WELSH_REASONS) == set(Reason)


def test_the_own_check_says_what_the_roll_holds_and_covers_what_others_could_use(
    client, database, settings, office, clock, roll
):
    given_ballot(database, settings)
    asked(client, "/my-details", MINE)
    deliver(database, settings, clock=clock)
    text = text_of(office.letters[0])
    for line in (
        "Name: Invented Member 1",
        "Membership number: LEE0001",
        "E-mail: l***@example.org",
        "Mobile: ********123",
        "Postcode: YO*****",
        "Branch: Leeds",
        "Joined on: 1 January 2020",
        "Pay offer 2026\nYou are on the roll of this ballot.\nVoting opens: Saturday 21 November",
        "Voting closes: Saturday 28 November",
        "ask for a new one: http",
        "contact your branch",
    ):
        assert line in text.replace("\r\n", "\n")
    assert "YO1 7HH" not in text
    assert "07700" not in text
    assert "/vote/" not in text


def test_somebody_who_is_not_on_the_roll_of_a_ballot_learns_why(
    client, database, settings, office, clock, roll
):
    with database.writing() as session:
        find_member(session, "LEE0001").joined_on = date(2026, 11, 21)
    given_ballot(database, settings)
    asked(client, "/my-details", MINE)
    deliver(database, settings, clock=clock)
    text = text_of(office.letters[0])
    assert "You are not on the roll of this ballot." in text
    assert "the last day to join and vote in this ballot was 20 November 2026" in " ".join(
        text.split()
    )


def test_the_own_check_speaks_welsh(client, database, settings, office, clock, roll):
    with database.writing() as session:
        find_member(session, "LEE0001").language = "cy"
    given_ballot(database, settings)
    asked(client, "/my-details", MINE)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert letter["Content-Language"] == "cy"
    assert "Rhif aelodaeth: LEE0001" in text_of(letter)
    assert "Rydych ar restr y bleidlais hon" in text_of(letter)


def test_a_new_link_votes_and_the_old_one_does_not(client, database, settings, office, clock, roll):
    old = given_ballot(database, settings).codes["LEE0001"]
    asked(client, "/lost-link", MINE)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert letter["Subject"] == "Pay offer 2026: your new voting link"
    vote = {"answers": {"offer": "reject"}}
    assert client.post(VOTES, token=old, json=vote).status_code == 401
    assert client.post(VOTES, token=code_in(letter), json=vote).status_code == 201
    [asked_for] = [each for each in events_of(database) if each.action == "NewLinksAskedFor"]
    assert (asked_for.subject, asked_for.details) == ("pay-2026", {"links": 1})


def test_asked_in_a_hurry_one_link_is_sent_and_works(
    client, database, settings, office, clock, roll
):
    given_ballot(database, settings)
    for _ in range(3):
        asked(client, "/lost-link", MINE)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    vote = {"answers": {"offer": "reject"}}
    assert client.post(VOTES, token=code_in(letter), json=vote).status_code == 201


def test_whoever_has_voted_gets_no_new_link(client, database, settings, office, clock, roll):
    code = given_ballot(database, settings).codes["LEE0001"]
    client.post(VOTES, token=code, json={"answers": {"offer": "reject"}})
    asked(client, "/lost-link", MINE)
    deliver(database, settings, clock=clock)
    assert office.accepted == []


def test_no_new_link_leaves_before_the_opening_or_after_the_close(
    client, database, settings, office, clock, roll
):
    given_ballot(database, settings)
    for at in (NOON - timedelta(hours=2), NOON + timedelta(days=7)):
        clock.now = at
        asked(client, "/lost-link", MINE)
        deliver(database, settings, clock=clock)
    assert office.accepted == []


@pytest.mark.parametrize("page", PAGES)
def test_a_member_is_sent_a_few_a_day_however_often_somebody_asks(
    client, database, settings, office, clock, roll, page
):
    given_ballot(database, settings)
    for _ in range(MOST_A_DAY + 3):
        asked(client, page, MINE)
        deliver(database, settings, clock=clock)
    assert len(office.accepted) == MOST_A_DAY
    clock.now += timedelta(days=1, seconds=1)
    asked(client, page, MINE)
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == MOST_A_DAY + 1


def test_a_place_that_asks_too_often_waits_whomever_it_asks_about(client, settings, roll):
    strangers = [{"number": f"X{n}", "proof": "y"} for n in range(settings.failures_allowed)]
    for typed in strangers:
        asked(client, "/my-details", typed)
    for typed in (MINE, WHO["a stranger"]):
        answer = client.post("/my-details", data=typed)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "Too many people asked from here" in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_form_says_what_is_missing(client, database, page):
    answer = client.post(page, data={"number": " ", "proof": ""})
    assert answer.status_code == 422
    links = [link["href"] for link in check_page(answer.text).select(".govuk-error-summary a")]
    assert links == ["#number", "#proof"]
    with database.reading() as session:
        assert session.execute(sa.select(sa.func.count(MemberRequest.id))).scalar_one() == 0


@pytest.mark.parametrize("page", PAGES)
def test_without_a_mail_server_the_page_says_so(database, settings, clock, page):
    off = settings.model_copy(update={"smtp_url": None})
    with AppClient(create_app(off, clock=clock)) as client:
        assert "sends no e-mail" in client.get(page).text
        assert "sends no e-mail" in client.post(page, data=MINE).text
    with database.reading() as session:
        assert session.exec(select(OutboxMessage)).all() == []


@pytest.mark.parametrize(
    ("covered", "shown"),
    [
        (masked("YO1 7HH", keep_first=2), "YO*****"),
        (masked("12", keep_last=3), "**"),
        (masked(""), ""),
        (masked_email("siân.jones@example.org"), "s*********@example.org"),
        (masked_email("a@example.org"), "*@example.org"),
        (masked_email("nonsense"), "********"),
    ],
)
def test_only_the_edges_of_an_address_or_a_number_are_shown(covered, shown):
    assert covered == shown
