"""A vote is judged by when its request began, if the rest of it came promptly."""

from datetime import timedelta

import pytest

from app.voting.service import PATIENCE, moment_of_arrival
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, move_window


def test_a_body_that_comes_promptly_arrived_when_its_request_began():
    assert moment_of_arrival(NOW, NOW + PATIENCE) == NOW


def test_a_body_that_dawdles_arrived_when_it_was_complete():
    late = NOW + PATIENCE + timedelta(microseconds=1)
    assert moment_of_arrival(NOW, late) == late


@pytest.mark.parametrize(("dawdled", "status"), [(1, 201), (9, 410)])
def test_who_begins_in_time_and_decides_after_the_close_is_late(
    client, database, settings, clock, dawdled, status
):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    move_window(database, ballot.id, closes_at=NOW + timedelta(milliseconds=1))

    async def body():
        yield b'{"answers": '
        clock.now = NOW + timedelta(seconds=dawdled)
        yield b'{"offer": "reject"}}'

    answer = client.post("/api/v1/ballots/pay-2026/votes", token=ballot.any_code, content=body())
    assert answer.status_code == status
