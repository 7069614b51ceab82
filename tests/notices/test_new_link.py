"""Headquarters has a new link sent: to the roll's address, with a reason, and unseen."""

import pytest
import sqlalchemy as sa

from app.ballots.erasure import number_digest
from app.ballots.models import Credential
from app.notices.in_hand import take_in_hand
from app.notices.line import Answer, Fate
from app.notices.outbox import Settled, claim, settle
from app.notices.requests import MOST_A_DAY
from app.notices.writing import write_mails
from app.roll.repository import find_member
from tests.support.ballots import NOON, add_members, given_ballot
from tests.support.desks import given_desk, words
from tests.support.mail import code_in, deliver, with_mail
from tests.support.pages import check_page
from tests.support.staff import events_of

HERE = "/hq/ballots/pay-2026/new-link"
VOTES = "/api/v1/ballots/pay-2026/votes"
ASKED = {"number": "LEE0001", "reason": "Rang: cannot use the page"}
VOTE = {"answers": {"offer": "reject"}}


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def codes(database, settings):
    add_members(database, 2)
    return given_ballot(database, settings).codes


@pytest.fixture
def desk(client, database, codes):
    return given_desk(client, database)


def why_not(answer, *, status):
    assert answer.status_code == status
    return words(check_page(answer.text).select_one(".govuk-error-summary a"))


def test_the_new_link_votes_and_the_old_one_does_not(
    client, desk, database, settings, office, clock, codes
):
    page = check_page(desk.post(HERE, data=ASKED).text)
    assert "It is on its way" in words(page)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert office.recipients == ["lee1@example.org"]
    assert code_in(letter) not in str(page)
    assert client.post(VOTES, token=codes["LEE0001"], json=VOTE).status_code == 401
    assert client.post(VOTES, token=code_in(letter), json=VOTE).status_code == 201


def test_who_had_it_sent_and_why_is_in_the_audit_log_without_the_members_number(
    desk, database, settings
):
    desk.post(HERE, data=ASKED)
    [asked] = [event for event in events_of(database) if event.action == "LinkAskedFor"]
    assert (asked.actor, asked.subject) == ("hq-officer", "pay-2026")
    assert asked.details == {
        "member": number_digest("LEE0001", settings=settings),
        "reason": "Rang: cannot use the page",
    }


def test_the_officer_does_not_learn_whether_somebody_has_voted(
    client, desk, database, settings, office, clock, codes
):
    client.post(VOTES, token=codes["LEE0001"], json=VOTE)
    voted = desk.post(HERE, data=ASKED)
    not_voted = desk.post(HERE, data=ASKED | {"number": "LEE0002"})
    assert voted.text == not_voted.text
    deliver(database, settings, clock=clock)
    assert office.recipients == ["lee2@example.org"]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"number": "XXX9999"}, 404, "Nobody with this membership number"),
        ({"number": ""}, 404, "Nobody with this membership number"),
        ({"reason": " "}, 422, "Say why"),
        ({"reason": "x" * 201}, 422, "Say why"),
        ({"reason": "two\nlines"}, 422, "Say why"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk, office, changes, status, sentence):
    assert sentence in why_not(desk.post(HERE, data=ASKED | changes), status=status)


def test_a_member_without_an_address_gets_a_letter_instead(desk, database):
    with database.writing() as session:
        find_member(session, "LEE0001").email = ""
    assert "by letter" in why_not(desk.post(HERE, data=ASKED), status=409)


def test_a_member_is_sent_one_at_a_time_and_three_a_day(desk, database, settings, office, clock):
    first = desk.post(HERE, data=ASKED)
    assert desk.post(HERE, data=ASKED).text == first.text
    deliver(database, settings, clock=clock)
    assert len(office.letters) == 1
    for _ in range(MOST_A_DAY - 2):
        assert desk.post(HERE, data=ASKED).status_code == 200
        deliver(database, settings, clock=clock)
    assert len(office.letters) == MOST_A_DAY - 1
    assert "three times" in why_not(desk.post(HERE, data=ASKED), status=409)
    desk.wait(clock, days=1, seconds=1)
    assert desk.post(HERE, data=ASKED).status_code == 200


def test_links_are_sent_while_voting_is_open(desk, clock):
    desk.wait(clock, hours=-2)
    assert "has not opened" in why_not(desk.post(HERE, data=ASKED), status=409)
    desk.wait(clock, days=8)
    assert "has closed" in why_not(desk.post(HERE, data=ASKED), status=409)


def test_asking_often_does_not_tell_the_officer_who_has_voted(
    client, desk, database, settings, office, clock, codes
):
    client.post(VOTES, token=codes["LEE0001"], json=VOTE)
    office.busy = {"lee2@example.org"}
    answers = []
    for _ in range(MOST_A_DAY + 1):
        both = [desk.post(HERE, data=ASKED | {"number": n}) for n in ("LEE0001", "LEE0002")]
        assert both[0].status_code == both[1].status_code
        answers.append(both[0].status_code)
        deliver(database, settings, clock=clock)
    assert answers == [200] * MOST_A_DAY + [409]


@pytest.mark.parametrize("trouble", ["refuse", "busy"])
def test_a_new_link_that_does_not_leave_takes_nobodys_old_one(
    client, desk, database, settings, office, clock, codes, trouble
):
    setattr(office, trouble, {"lee1@example.org"})
    desk.post(HERE, data=ASKED)
    deliver(database, settings, clock=clock)
    assert office.recipients == []
    assert client.post(VOTES, token=codes["LEE0001"], json=VOTE).status_code == 201


def test_a_new_link_that_leaves_at_the_second_try_ends_the_old_one(
    client, desk, database, settings, office, clock, codes
):
    office.greylist = True
    desk.post(HERE, data=ASKED)
    deliver(database, settings, clock=clock)
    desk.wait(clock, minutes=1)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert client.post(VOTES, token=codes["LEE0001"], json=VOTE).status_code == 401
    assert client.post(VOTES, token=code_in(letter), json=VOTE).status_code == 201


def test_a_code_with_which_somebody_voted_is_never_taken_back(
    client, desk, database, settings, clock, codes
):
    code = code_in_hand(desk, database, settings)
    assert client.post(VOTES, token=code, json=VOTE).status_code == 201
    with database.writing() as session:
        settle(session, [Settled(1, Answer(Fate.REFUSED, "550"))], worker="w", now=NOON)
    again = client.post(VOTES, token=code, json=VOTE)
    assert (again.status_code, again.json()["code"]) == (409, "already_voted")


def test_whoever_voted_and_has_no_live_code_is_sent_none(
    client, desk, database, settings, office, clock, codes
):
    client.post(VOTES, token=codes["LEE0001"], json=VOTE)
    with database.writing() as session:
        session.execute(sa.update(Credential).values(revoked_at=NOON))
    desk.post(HERE, data=ASKED)
    deliver(database, settings, clock=clock)
    assert office.recipients == []


def code_in_hand(desk, database, settings):
    """A new link that a worker is just handing over."""
    desk.post(HERE, data=ASKED)
    with database.writing() as session:
        [number] = claim(session, worker="w", most=1, now=NOON)
        rows = take_in_hand(session, [number], worker="w", now=NOON)
        written = write_mails(session, rows, settings=settings, now=NOON)
        return written[number].mail.link.rpartition("/")[2]
