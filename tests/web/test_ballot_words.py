"""How long is left, and every state and reason in words."""

from datetime import timedelta

import pytest

from app.ballots.lifecycle import State
from app.ballots.schemas import ConstituencyIO
from app.web.ballot_words import STATES, constituency_rows, time_left
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=6, hours=3, minutes=59), "6 days and 3 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=1) - timedelta(seconds=1), "23 hours and 59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=12, seconds=40), "12 minutes"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=-1), "less than a minute"),
    ],
)
def test_time_left_is_told_in_its_two_largest_units(left, words):
    assert time_left(NOW + left, now=NOW) == words


def test_every_state_has_words():
    assert set(STATES) == set(State)


def test_whom_a_ballot_is_put_to_is_told_list_by_list():
    assert constituency_rows(ConstituencyIO()) == [("Who is balloted", "Everybody on the roll")]
    some = ConstituencyIO(branches=["Leeds", "York"], categories=["full"])
    assert constituency_rows(some) == [
        ("Membership categories", "full"),
        ("Branches", "Leeds, York"),
    ]
