"""Invented members vote as people do: by day more than by night, more when they were reminded."""

import http
import json
import os
import signal
import time
from collections import Counter
from random import Random

import pytest

from app.ballots.service import get_ballot
from app.core.clock import system_clock
from app.core.database import Database
from app.demo import live, scenes
from app.demo.days import BUSY, busy_at
from app.demo.live import Crowd, Room
from app.security.models import Role
from app.security.service import Staff
from app.turnout.service import turnout_of
from tests.support.ports import free_port
from tests.support.pythons import ROOT, start_python

HQ = Staff("h.mensah", role=Role.HQ, branch=None)
HOUR = live.DAY_LASTS / 24  # of the invented day, in seconds


def a_room(**codes):
    """A room of branches that are equally eager, with so many who may vote."""
    crowds = [
        Crowd(branch, [f"{branch} {number}" for number in range(many)], eagerness=1.0)
        for branch, many in codes.items()
    ]
    return Room(crowds, random=Random(7))  # noqa: S311 - a test


def votes_of(room, *, until):
    """Everybody who votes until an invented moment: (when, whose code, of where)."""
    found = []
    while room.at < until and (coming := room.next_vote(say=lambda _: None)):
        found.append((room.at, *coming[1:]))
    return found


def test_more_vote_in_the_dinner_break_than_in_the_whole_night():
    votes = votes_of(a_room(Leeds=5000), until=3 * live.DAY_LASTS)
    by_hour = Counter(int(live.BEGINS_AT + at / HOUR) % 24 for at, _, _ in votes)
    night = sum(by_hour[hour] for hour in range(5))
    assert by_hour[12] > night > 0
    assert by_hour[12] > by_hour[15]


def test_an_hour_passes_into_the_next_without_a_jump():
    assert busy_at(12) == BUSY[12]
    assert busy_at(12.5) == pytest.approx((BUSY[12] + BUSY[13]) / 2)
    assert busy_at(24 + 23.5) == pytest.approx((BUSY[23] + BUSY[0]) / 2)


def test_a_reminder_brings_in_those_it_reaches_and_says_that_it_is_invented():
    room = a_room(Leeds=2000, York=2000, Hull=2000, Bath=2000, Wells=2000)
    said = []
    while not said:
        room.next_vote(say=said.append)
    [sentence] = said
    assert sentence.startswith("An invented reminder reaches ")
    assert sentence.endswith(". Nothing is sent.")
    reached = [crowd.branch for crowd in room.crowds if crowd.branch in sentence]
    assert len(reached) == live.REMINDED_TOGETHER
    soon = votes_of(room, until=room.at + live.REMINDER_FADES / 2)
    of_reached = sum(branch in reached for _, _, branch in soon)
    assert of_reached / len(soon) > 0.8


def test_everybody_votes_once_and_then_the_room_is_quiet():
    room = a_room(Leeds=30, York=20)
    votes = votes_of(room, until=float("inf"))
    assert len({code for _, code, _ in votes}) == 50
    assert room.next_vote(say=lambda _: None) is None


def test_branches_keep_their_differences_and_grow_by_what_can_be_believed(tmp_path):
    # In the plan of the demonstration 49.7 % of Northumbria have voted, and 18.9 % of the Weald.
    codes = {name: [f"{name} {n}" for n in range(200)] for name in ("Northumbria", "Kentish Weald")}
    live.keep_codes(tmp_path, codes)
    assert (tmp_path / live.FILE).stat().st_mode & 0o077 == 0
    room = live.open_room(tmp_path, random=Random(7))  # noqa: S311 - a test
    eager, slow = room.crowds
    assert (len(eager.codes), len(slow.codes)) == (118, 27)
    assert eager.pull(0) / len(eager.codes) > slow.pull(0) / len(slow.codes)


def turnout_in(data):
    database = Database(f"sqlite:///{data / 'muster.sqlite3'}")
    with database.reading() as session:
        ballot = get_ballot(session, scenes.OPEN)
        shown = turnout_of(session, ballot, staff=HQ, now=system_clock())
    database.dispose()
    return shown


def wait_for(condition, *, seconds):
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come"
        time.sleep(0.2)


def test_the_demonstration_is_voted_in_while_it_runs_and_stops_with_it(tmp_path):
    log = tmp_path / "log"
    words = ["app", "demo", "--port", str(free_port()), "--data", str(tmp_path)]
    with log.open("wb") as said:
        demo = start_python(
            *(*words, "--live", "--pace", "400"),
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdout=said,
            stderr=said,
        )
    try:
        wait_for(lambda: "Muster is ready" in log.read_text("utf-8"), seconds=120)
        before = turnout_in(tmp_path).votes_cast
        wait_for(lambda: turnout_in(tmp_path).votes_cast >= before + 20, seconds=30)
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=20) == 0
    lines = [line for line in log.read_text("utf-8").splitlines() if '/votes"' in line]
    posted = [json.loads(line) for line in lines]
    assert {each["status_code"] for each in posted} == {http.HTTPStatus.CREATED}
    assert "Traceback" not in log.read_text("utf-8")
