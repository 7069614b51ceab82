"""A new secret key in the middle of a ballot: nobody is kept out, and nobody votes twice."""

import pytest
from bs4 import BeautifulSoup
from sqlmodel import func, select

from app.ballots.credentials import issue_codes
from app.ballots.models import Credential
from app.ballots.service import get_ballot
from app.core.settings import Settings
from app.main import create_app
from app.voting.models import RollMark
from tests.support.ballots import HQ, add_members, given_ballot, given_token
from tests.support.client import AppClient
from tests.support.keys import after_rotation, before_rotation
from tests.support.staff import NOON

VOTES = "/api/v1/ballots/pay-2026/votes"
REJECT = {"answers": {"offer": "reject"}}


@pytest.fixture
def before(settings: Settings):
    return before_rotation(settings)


@pytest.fixture
def after(settings: Settings):
    return after_rotation(settings)


@pytest.fixture
def without_the_old_key(after):
    return after.model_copy(update={"previous_secret_key": None})


@pytest.fixture
def ballot(database, before, clock):
    add_members(database, 4)
    clock.now = NOON
    return given_ballot(database, before)


def running(settings, clock):
    return AppClient(create_app(settings, clock=clock))


def fill_in(client, code):
    """Go through the pages as a browser would; return the last answer."""
    shown = client.get(f"/vote/{code}")
    sent = {}
    for _ in range(2):
        form = BeautifulSoup(shown.text, "html.parser").select_one("main form[method=post]")
        sent |= {each["name"]: each["value"] for each in form.select("input[type=hidden]")}
        sent |= {"q1": "reject"}
        shown = client.post(form["action"], data=sent)
    return shown, sent


def marks(database):
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(RollMark)).one()


def test_codes_of_the_old_key_vote_at_both_doors_and_once(database, ballot, after, clock):
    first, second, *_ = ballot.codes.values()
    with running(after, clock) as client:
        assert client.post(VOTES, token=first, json=REJECT).status_code == 201
        shown, _ = fill_in(client, second)
        assert shown.status_code == 200
        assert "receipt" in shown.text
        for code in (first, second):
            assert client.post(VOTES, token=code, json=REJECT).status_code == 409
            assert client.get(f"/vote/{code}").status_code == 409
        wrong = client.post(VOTES, token=first, json={"answers": {"offer": "perhaps"}})
        assert wrong.json()["code"] == "already_voted"
    assert marks(database) == 2


def test_whoever_voted_before_the_change_has_voted(database, ballot, before, after, clock):
    first, *_ = ballot.codes.values()
    receipt = {"receipt": "5f0c6d2e9b7a41838d1f64c2a90e7b35"}
    with running(before, clock) as client:
        assert client.post(VOTES, token=first, json=REJECT | receipt).status_code == 201
    with running(after, clock) as client:
        again = client.post(VOTES, token=first, json=REJECT | receipt)
        assert (again.status_code, again.json()) == (201, receipt)
        assert client.post(VOTES, token=first, json=REJECT).status_code == 409
    assert marks(database) == 1


def test_a_vote_whose_page_was_made_before_the_change_shows_its_receipt_again(
    database, ballot, before, after, clock
):
    first, *_ = ballot.codes.values()
    with running(before, clock) as client:
        shown, sent = fill_in(client, first)
    with running(after, clock) as client:
        again = client.post("/vote/cast", data=sent)
    assert again.status_code == 200
    assert again.text == shown.text
    assert marks(database) == 1


def test_a_new_code_beside_an_old_one_is_the_same_members(database, ballot, after, clock):
    """The old code was ended as the new one was made, under whatever key."""
    number, old = next(iter(ballot.codes.items()))
    with database.writing() as session:
        for each in session.exec(select(Credential)):
            each.revoked_at = NOON
            session.add(each)
    with database.writing() as session:
        issued = issue_codes(
            session, get_ballot(session, "pay-2026"), staff=HQ, settings=after, now=NOON
        )
    new = next(each.code for each in issued if each.membership_number == number)
    with running(after, clock) as client:
        assert client.post(VOTES, token=old, json=REJECT).status_code == 401
        assert client.post(VOTES, token=new, json=REJECT).status_code == 201
        assert client.post(VOTES, token=new, json=REJECT).status_code == 409
    assert marks(database) == 1


def test_tokens_work_on_and_end_with_the_old_key(
    database, ballot, before, after, without_the_old_key, clock
):
    token = given_token(database, before)
    codes = list(ballot.codes.values())
    with running(after, clock) as client:
        assert client.get("/api/v1/ballots/pay-2026/turnout", token=token).status_code == 200
    with running(without_the_old_key, clock) as client:
        assert client.get("/api/v1/ballots/pay-2026/turnout", token=token).status_code == 401
        assert client.post(VOTES, token=codes[3], json=REJECT).status_code == 401
    assert marks(database) == 0
