"""Readings of turnout are shared for a second, never longer, and their answers by who may ask."""

import asyncio
import threading
import time
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest

from app.ballots.service import UnknownBallot
from app.core.settings import Settings
from app.main import create_app
from app.security.models import Role
from app.turnout import shared
from app.turnout.shared import Reading, SharedTurnout
from tests.conftest import NOW, SECRET
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.client import AppClient
from tests.support.turnout import branches, figures, set_votes

LONG = timedelta(minutes=5)
SLUG = "pay-2026"


@pytest.fixture
def ballot(database, settings):
    add_members(database, 8, branch="Leeds")
    return given_ballot(database, settings)


@pytest.fixture
def every_roll_is_of_many(monkeypatch):
    monkeypatch.setattr(shared, "READ_AT_EVERY_VOTE", 0)
    monkeypatch.setattr(shared, "WORTH", 0)


def read(database, turnout, *, now=NOW, seen=None):
    with database.reading() as session:
        return turnout.reading(session, SLUG, now=now, seen=seen)


def votes(reading):
    return sum(reading.figures.votes.values())


@pytest.mark.usefixtures("ballot")
def test_who_asks_again_soon_gets_the_same_reading(database):
    turnout = SharedTurnout(age=LONG)
    assert read(database, turnout) is read(database, turnout)


@pytest.mark.usefixtures("ballot")
def test_a_reading_that_is_too_old_is_made_anew(database):
    turnout = SharedTurnout(age=timedelta(milliseconds=20))
    first = read(database, turnout)
    time.sleep(0.03)
    assert read(database, turnout) is not first


@pytest.mark.usefixtures("ballot")
def test_nought_shares_nothing(database):
    turnout = SharedTurnout(age=timedelta(0))
    assert read(database, turnout) is not read(database, turnout)


def test_a_vote_is_read_at_once(database, ballot):
    turnout = SharedTurnout(age=LONG)
    assert votes(read(database, turnout)) == 0
    set_votes(database, ballot.id, Leeds=3)
    assert votes(read(database, turnout)) == 3


@pytest.mark.usefixtures("every_roll_is_of_many")
def test_a_large_roll_is_not_read_at_every_vote_but_when_its_reading_is_of_age(database, ballot):
    turnout = SharedTurnout(age=timedelta(seconds=0.5))
    assert votes(read(database, turnout)) == 0
    set_votes(database, ballot.id, Leeds=3)
    assert votes(read(database, turnout)) == 0
    time.sleep(0.6)
    assert votes(read(database, turnout)) == 3


@pytest.mark.usefixtures("ballot", "every_roll_is_of_many")
def test_what_took_long_to_make_stands_for_longer(database, monkeypatch):
    """Or a page that takes longer while everybody votes would take their votes' time."""
    monkeypatch.setattr(shared, "WORTH", 1000)
    turnout = SharedTurnout(age=timedelta(milliseconds=1))
    first = read(database, turnout)
    first.answer("page", lambda: time.sleep(0.05))
    time.sleep(0.1)
    assert read(database, turnout) is first


@pytest.mark.usefixtures("ballot", "every_roll_is_of_many")
def test_nothing_stands_for_longer_than_the_longest_time(database, monkeypatch):
    monkeypatch.setattr(shared, "WORTH", 1_000_000)
    monkeypatch.setattr(shared, "OLDEST", 0.05)
    turnout = SharedTurnout(age=timedelta(milliseconds=1))
    first = read(database, turnout)
    time.sleep(0.1)
    assert read(database, turnout) is not first


@pytest.mark.usefixtures("every_roll_is_of_many")
def test_nobody_is_told_less_of_a_large_roll_than_their_stream_told_them(database, ballot):
    turnout, later = SharedTurnout(age=LONG), NOW + timedelta(seconds=1)
    assert votes(read(database, turnout)) == 0
    set_votes(database, ballot.id, Leeds=3)
    assert votes(read(database, turnout, now=later, seen=NOW)) == 0
    assert votes(read(database, turnout, now=later, seen=later)) == 3


def test_a_failure_is_not_kept(database, settings):
    turnout = SharedTurnout(age=LONG)
    with pytest.raises(UnknownBallot):
        read(database, turnout)
    add_members(database, 8, branch="Leeds")
    given_ballot(database, settings)
    assert read(database, turnout).figures.roll.part(group_by=None, branch=None).entitled == 8


def test_only_so_many_ballots_are_kept(database):
    turnout = SharedTurnout(age=LONG)
    with database.reading() as session:
        for number in range(shared.MOST_BALLOTS * 2):
            with suppress(UnknownBallot):
                turnout.reading(session, f"ballot-{number}", now=NOW)
    assert len(turnout._places) <= shared.MOST_BALLOTS


def counting():
    numbers = count(1)
    return lambda: next(numbers)


def asked(database, turnout, *, now=NOW, seen=None):
    """Ask for the votes; return them, and in which threads that answer was made."""
    made_by = []

    def make(session, reading):
        made_by.append(threading.current_thread())
        return votes(reading)

    answer = turnout.answer(database, SLUG, key="votes", make=make, now=now, seen=seen)
    return asyncio.run(answer), made_by


@pytest.mark.usefixtures("ballot", "every_roll_is_of_many")
def test_what_is_at_hand_of_a_large_roll_is_answered_without_asking_the_database(
    database, monkeypatch
):
    turnout = SharedTurnout(age=LONG)
    answer, made_by = asked(database, turnout)
    assert len(made_by) == 1
    assert made_by != [threading.current_thread()], "the loop made it, and the votes waited"
    monkeypatch.setattr(database, "reading", lambda: pytest.fail("the database was asked"))
    assert asked(database, turnout) == (answer, [])


@pytest.mark.usefixtures("every_roll_is_of_many")
def test_what_is_at_hand_is_not_for_who_has_heard_of_more(database, ballot):
    turnout, later = SharedTurnout(age=LONG), NOW + timedelta(seconds=1)
    assert asked(database, turnout)[0] == 0
    set_votes(database, ballot.id, Leeds=3)
    assert asked(database, turnout, now=later, seen=NOW)[0] == 0
    assert asked(database, turnout, now=later, seen=later)[0] == 3


def test_of_a_small_roll_nothing_is_at_hand_once_a_vote_came_in(database, ballot):
    turnout = SharedTurnout(age=LONG)
    assert asked(database, turnout)[0] == 0
    set_votes(database, ballot.id, Leeds=3)
    assert asked(database, turnout)[0] == 3


def test_an_answer_made_of_others_takes_no_longer_than_all_of_them(reading):
    """How long it took says how long it stands."""

    def slowly():
        time.sleep(0.05)
        return "part"

    def whole():
        return reading.answer("part", slowly) + "and more"

    reading.answer("whole", whole)
    assert 0.05 <= reading.took < 0.1


@pytest.fixture
def reading():
    return Reading(figures(branches(8), {}))


def test_an_answer_is_made_once_for_each_question(reading):
    make = counting()
    assert [reading.answer("leeds", make) for _ in range(3)] == [1, 1, 1]
    assert reading.answer("york", make) == 2


def test_an_answer_that_fails_is_not_kept(reading):
    with pytest.raises(ZeroDivisionError):
        reading.answer("leeds", lambda: 1 // 0)
    assert reading.answer("leeds", lambda: "well") == "well"


def test_many_who_ask_at_once_have_it_made_once(reading):
    make, answers = counting(), []

    def slowly():
        time.sleep(0.05)
        return make()

    asking = [
        threading.Thread(target=lambda: answers.append(reading.answer("leeds", slowly)))
        for _ in range(8)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert answers == [1] * 8


def test_only_so_many_answers_are_kept(reading):
    for number in range(shared.MOST_KEPT * 3):
        reading.answer(number, lambda: b"")
    assert len(reading._made) <= shared.MOST_KEPT


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


@pytest.mark.usefixtures("every_roll_is_of_many")
@pytest.mark.parametrize("page", [f"/hq/ballots/{SLUG}/turnout", f"/branch/{SLUG}"])
def test_a_live_page_that_heard_of_a_vote_is_shown_it(
    sharing_client, database, settings, clock, ballot, page
):
    role = Role.HQ if page.startswith("/hq") else Role.BRANCH
    branch = None if role is Role.HQ else "Leeds"
    token = given_token(database, settings, role=role, branch=branch)

    def panel(seen):
        headers = {"HX-Request": "true"} | ({"Muster-Seen": seen.isoformat()} if seen else {})
        return sharing_client.get(f"{page}/panel", token=token, headers=headers).text

    assert "0 of 8 have voted" in panel(None)
    set_votes(database, ballot.id, Leeds=7)
    heard_at = clock.now
    clock.now += timedelta(seconds=1)
    assert "0 of 8 have voted" in panel(heard_at)
    assert "7 of 8 have voted" in panel(clock.now)
