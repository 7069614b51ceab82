"""Where a ballot stands follows from moments, to the instant, and is stored nowhere."""

from datetime import UTC, datetime, timedelta

import pytest

from app.ballots.lifecycle import State, is_over, state_of
from app.ballots.models import Ballot
from app.rules.london import LONDON

INSTANT = timedelta(microseconds=1)
OPENS = datetime(2026, 3, 28, 9, tzinfo=UTC)
CLOSES = datetime(2026, 4, 7, 16, tzinfo=UTC)


def ballot_with(*, opens_at=OPENS, closes_at=CLOSES, frozen_at=OPENS - timedelta(days=7), **more):
    return Ballot(opens_at=opens_at, closes_at=closes_at, frozen_at=frozen_at, **more)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (OPENS - INSTANT, State.FROZEN),
        (OPENS, State.OPEN),
        (CLOSES - INSTANT, State.OPEN),
        (CLOSES, State.CLOSED),
    ],
)
def test_a_window_is_open_from_its_first_instant_up_to_its_last(now, state):
    ballot = ballot_with()
    assert state_of(ballot, now=now) is state
    assert is_over(ballot, now=now) is (state is State.CLOSED)


def test_the_hour_that_comes_twice_is_two_hours():
    half_past_one = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    opens_at = half_past_one.astimezone(UTC)
    closes_at = half_past_one.replace(fold=1).astimezone(UTC)
    ballot = ballot_with(opens_at=opens_at, closes_at=closes_at)
    assert closes_at - opens_at == timedelta(hours=1)
    assert state_of(ballot, now=closes_at - INSTANT) is State.OPEN
    assert state_of(ballot, now=closes_at) is State.CLOSED


@pytest.mark.parametrize("now", [OPENS - INSTANT, OPENS, CLOSES])
def test_without_a_frozen_roll_it_is_a_draft_whatever_its_window_says(now):
    assert state_of(ballot_with(frozen_at=None), now=now) is State.DRAFT


def test_a_declared_ballot_stays_declared():
    declared = ballot_with(declared_at=CLOSES + timedelta(hours=1))
    assert state_of(declared, now=CLOSES + timedelta(days=900)) is State.DECLARED


@pytest.mark.parametrize("now", [OPENS - INSTANT, OPENS])
def test_a_cancelled_ballot_is_closed_and_over_whatever_its_window_says(now):
    cancelled = ballot_with(cancelled_at=OPENS - timedelta(days=1))
    assert state_of(cancelled, now=now) is State.CLOSED
    assert is_over(cancelled, now=now)
