"""Turnout's answers are shared for a second, never longer, and never between different askers."""

import threading
import time
from datetime import timedelta
from itertools import count

import pytest

from app.core.settings import Settings
from app.main import create_app
from app.security.models import Role
from app.turnout.shared import MOST_KEPT, SharedAnswers
from tests.conftest import SECRET
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.client import AppClient
from tests.support.turnout import set_votes

LONG = timedelta(minutes=5)


def counting():
    numbers = count(1)
    return lambda: next(numbers)


def test_who_asks_again_soon_gets_the_same_answer():
    shared, make = SharedAnswers(age=LONG), counting()
    assert [shared.get("leeds", version=0, make=make) for _ in range(3)] == [1, 1, 1]
    assert shared.get("york", version=0, make=make) == 2


def test_an_answer_that_is_too_old_is_made_anew():
    shared, make = SharedAnswers(age=timedelta(milliseconds=20)), counting()
    assert shared.get("leeds", version=0, make=make) == 1
    time.sleep(0.03)
    assert shared.get("leeds", version=0, make=make) == 2


def test_nought_shares_nothing():
    shared, make = SharedAnswers(age=timedelta(0)), counting()
    assert [shared.get("leeds", version=0, make=make) for _ in range(2)] == [1, 2]


def test_a_failure_is_not_kept():
    shared = SharedAnswers(age=LONG)
    with pytest.raises(ZeroDivisionError):
        shared.get("leeds", version=0, make=lambda: 1 // 0)
    assert shared.get("leeds", version=0, make=lambda: "well") == "well"


def test_many_who_ask_at_once_have_it_made_once():
    shared, make, answers = SharedAnswers(age=LONG), counting(), []

    def slowly():
        time.sleep(0.05)
        return make()

    asking = [
        threading.Thread(target=lambda: answers.append(shared.get("leeds", version=0, make=slowly)))
        for _ in range(8)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert answers == [1] * 8


def test_only_so_many_answers_are_kept():
    shared = SharedAnswers(age=LONG)
    for number in range(MOST_KEPT * 3):
        shared.get(number, version=0, make=lambda: b"")
    assert len(shared._kept) <= MOST_KEPT


@pytest.fixture
def sharing_client(database_url, clock):
    """The application as an operator runs it, with answers kept for long enough to be seen."""
    settings = Settings(
        database_url=database_url, secret_key=SECRET, base_url="http://testserver", turnout_age=300
    )
    with AppClient(create_app(settings, clock=clock)) as client:
        yield client


def test_headquarters_and_each_branch_share_with_nobody_else(sharing_client, database, settings):
    add_members(database, 8, branch="Leeds")
    add_members(database, 6, branch="York")
    ballot = given_ballot(database, settings)
    hq = given_token(database, settings)
    people = {
        branch: given_token(
            database, settings, name=branch.lower(), role=Role.BRANCH, branch=branch
        )
        for branch in ("Leeds", "York")
    }
    address = f"/api/v1/ballots/{ballot.slug}/turnout"
    entitled = {
        name: sharing_client.get(address, token=token).json()["entitled"]
        for name, token in (people | {"HQ": hq}).items()
    }
    assert entitled == {"Leeds": 8, "York": 6, "HQ": 14}
    set_votes(database, ballot.id, Leeds=3)
    # Whoever is told that turnout moved finds it moved, however young the answer before it.
    assert sharing_client.get(address, token=hq).json()["votes_cast"] == 3
    assert sharing_client.get(f"{address}?group_by=region", token=hq).json()["votes_cast"] == 3
    assert sharing_client.get(address).status_code == 401


def test_pages_that_share_their_numbers_still_name_who_is_signed_in(
    sharing_client, database, settings
):
    add_members(database, 8, branch="Leeds")
    ballot = given_ballot(database, settings)
    address = f"/hq/ballots/{ballot.slug}/turnout"
    tokens = {name: given_token(database, settings, name=name) for name in ("amina", "brian")}
    pages = {name: sharing_client.get(address, token=token) for name, token in tokens.items()}
    again = sharing_client.get(address, token=tokens["amina"])
    assert again.text == pages["amina"].text
    set_votes(database, ballot.id, Leeds=7)
    assert "7 of 8 have voted" in sharing_client.get(address, token=tokens["brian"]).text
    assert "amina" in pages["amina"].text
    assert "brian" not in pages["amina"].text
    assert "brian" in pages["brian"].text
