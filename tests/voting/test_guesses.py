"""Guessing is counted for each place and in total, seen, and keeps nobody with a right code out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlmodel import func, select

from app.core.errors import TooMany
from app.main import create_app
from app.security import throttles
from app.security.models import FailureCount
from app.voting import guesses
from app.voting.guesses import count_wrong_code, guessing_lately
from tests.support.ballots import add_members, given_ballot
from tests.support.client import AppClient
from tests.support.staff import NOON, PASSWORD, events_of, given_account

VOTES = "/api/v1/ballots/pay-2026/votes"
REJECT = {"answers": {"offer": "reject"}}
WRONG = "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG"
ALLOWED, TIMES = 2, 3
MOST = ALLOWED * TIMES


@pytest.fixture
def settings(settings, monkeypatch):
    monkeypatch.setattr(guesses, "TIMES_IN_TOTAL", TIMES)
    return settings.model_copy(update={"failures_allowed": ALLOWED})


@pytest.fixture
def ballot(database, settings, clock):
    add_members(database, 2)
    clock.now = NOON
    return given_ballot(database, settings)


def guess(client, place, *, now=NOON):
    """One wrong code from an address; whether it was counted."""
    try:
        count_wrong_code(client.app, place, now)
    except TooMany:
        return False
    return True


def rows_in(database):
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(FailureCount)).one()


def seen(database):
    return [each.details for each in events_of(database) if each.action == "GuessingSeen"]


def test_one_place_has_its_own_limit(client):
    assert [guess(client, "192.0.2.1") for _ in range(3)] == [True, True, False]
    assert guess(client, "192.0.2.2")


def test_a_vote_with_a_wrong_code_counts_for_the_place_that_it_came_from(client, ballot):
    for _ in range(ALLOWED):
        guess(client, "127.0.0.1")
    assert client.post(VOTES, token=WRONG, json=REJECT).status_code == 429


def test_all_places_together_have_one_too(client, database):
    assert all(guess(client, f"192.0.2.{n}") for n in range(MOST))
    assert not guess(client, "198.51.100.9")
    assert seen(database) == [{"wrong_codes": MOST}]
    assert events_of(database)[-1].subject == "service"


def test_a_right_code_votes_while_all_guess(client, ballot):
    first, second = ballot.codes.values()
    for n in range(MOST):
        guess(client, f"192.0.2.{n}")
    for _ in range(ALLOWED):
        guess(client, "127.0.0.1")
    refused = client.post(VOTES, token=WRONG, json=REJECT)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_failures")
    assert "A right code works at any time" in refused.json()["detail"]
    assert client.get(f"/vote/{WRONG}").status_code == 429
    assert client.post(VOTES, token=first, json=REJECT).status_code == 201
    assert client.get(f"/vote/{second}").status_code == 200
    assert client.post("/vote/code", data={"code": second}).status_code == 200


def test_guessing_is_put_on_record_once_a_window(client, database):
    for n in range(2 * MOST):
        guess(client, f"192.0.2.{n}")
    assert len(seen(database)) == 1
    later = NOON + timedelta(minutes=10)
    for n in range(2 * MOST):
        guess(client, f"192.0.2.{n}", now=later)
    assert len(seen(database)) == 2


def test_processes_that_count_together_put_it_on_record_once(settings, database, clock):
    with (
        AppClient(create_app(settings, clock=clock)) as one,
        AppClient(create_app(settings, clock=clock)) as two,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(lambda n: guess((one, two)[n % 2], f"192.0.2.{n}"), range(3 * MOST)))
    assert len(seen(database)) == 1


def test_a_flood_fills_no_table(client, database):
    for n in range(10 * MOST):
        guess(client, f"192.0.2.{n}")
    assert rows_in(database) == MOST + 1


def test_a_whole_network_of_ipv6_is_one_place(client):
    assert [guess(client, f"2001:db8:0:7::{n:x}") for n in range(3)] == [True, True, False]
    assert guess(client, "2001:db8:0:8::1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_what_counts_as_one_place(address, network):
    assert throttles.network_of(address) == network


def test_metrics_count_what_was_wrong_and_what_was_too_much(client):
    def counted(answer):
        return REGISTRY.get_sample_value("muster_wrong_codes_total", {"answer": answer}) or 0

    before = counted("counted"), counted("refused")
    for _ in range(5):
        guess(client, "192.0.2.1")
    assert (counted("counted") - before[0], counted("refused") - before[1]) == (2, 3)


def test_headquarters_reads_of_it_and_nobody_else(client, database, settings, clock):
    given_account(database, "anna")
    clock.now = NOON
    client.post("/sign-in", data={"name": "anna", "password": PASSWORD})
    words = "wrong voting codes came in ten minutes"
    for n in range(MOST - 1):
        guess(client, f"192.0.2.{n}")
    assert words not in client.get("/staff").text
    guess(client, "192.0.2.99")
    assert f"{MOST} {words}" in client.get("/staff").text
    with database.reading() as session:
        for minutes, number in ((0, MOST), (10, MOST), (20, 0)):
            now = NOON + timedelta(minutes=minutes)
            assert guessing_lately(session, settings=settings, now=now) == number
