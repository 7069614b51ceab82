"""Invented members who vote while somebody watches: `muster demo --live`.

They come through the same REST door as everybody, with the codes that they were given. An invented
day passes in an hour, so that its rush and its lull are both seen; branches differ, and now and
then an invented reminder brings a few of them in. No reminder is really sent.
"""

import asyncio
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from anyio.from_thread import start_blocking_portal

from app.demo.days import busy_at
from app.demo.people import BRANCHES
from app.demo.scenes import OPEN

FILE = "live.json"
# Votes an hour when the invented day is busiest and nobody was reminded lately.
BUSIEST = 240
DAY_LASTS = 3600.0  # seconds; of an invented day
BEGINS_AT = 7.0  # hours after its midnight
# In the end no branch has more than so many votes as it had when the demonstration began.
GROWS_TO = 1.6
REMINDED_EVERY = 900.0  # seconds
REMINDED_TOGETHER = 3  # branches
REMINDER_LIFT = 6.0
REMINDER_FADES = 240.0  # seconds
CHOICES = ("reject", "accept", None), (81, 18, 1)
OVER = {403, 410}
PATIENCE = 2.0  # seconds until a door that was shut is tried again
ANSWERED_WITHIN = 15.0  # seconds, or it was not answered
Say = Callable[[str], None]


@dataclass
class Crowd:
    """Those of one branch who will vote, and how many more a reminder brings in just now."""

    branch: str
    codes: list[str]
    eagerness: float
    reminded_at: float = -math.inf

    def pull(self, at: float) -> float:
        """Return how many of them feel like voting at a moment, in no unit."""
        lift = REMINDER_LIFT * math.exp(-max(at - self.reminded_at, 0.0) / REMINDER_FADES)
        return len(self.codes) * self.eagerness * (1 + lift)


@dataclass
class Room:
    """All who may yet vote, and the time of their invented day.

    Args:
        crowds: by branch.
        random: what chance is.
        at: seconds since the room was opened, in invented time.
    """

    crowds: list[Crowd]
    random: Random
    at: float = 0.0
    _calm: float = field(init=False)
    _next_reminder: float = REMINDED_EVERY / 3

    def __post_init__(self) -> None:
        """Measure how many vote when nobody was reminded."""
        self._calm = sum(crowd.pull(0.0) for crowd in self.crowds)

    def next_vote(self, *, say: Say) -> tuple[float, str, str] | None:
        """Return how long to wait, in invented seconds, and then whose code to use, and of where.

        None when everybody who will ever vote has.
        """
        if not any(crowd.codes for crowd in self.crowds):
            return None
        self._remind(say)
        pulls = [crowd.pull(self.at) for crowd in self.crowds]
        hour = BEGINS_AT + 24 * self.at / DAY_LASTS
        rate = BUSIEST / 3600 * busy_at(hour) * sum(pulls) / self._calm
        wait = self.random.expovariate(rate)
        # A lull ends: nobody waits through it for the one vote that it would have brought.
        wait = min(wait, DAY_LASTS / 24)
        self.at += wait
        [crowd] = self.random.choices(self.crowds, pulls)
        return wait, crowd.codes.pop(), crowd.branch

    def _remind(self, say: Say) -> None:
        if self.at < self._next_reminder:
            return
        self._next_reminder = self.at + REMINDED_EVERY
        waiting = [crowd for crowd in self.crowds if crowd.codes]
        reached = self.random.sample(waiting, min(REMINDED_TOGETHER, len(waiting)))
        for crowd in reached:
            crowd.reminded_at = self.at
        names = ", ".join(crowd.branch for crowd in reached)
        say(f"An invented reminder reaches {names}. Nothing is sent.")


def keep_codes(data: Path, codes: Mapping[str, list[str]]) -> None:
    """Keep the codes of those who have not voted, by branch, for `--live`."""
    kept = data / FILE
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(codes), "utf-8")


def has_codes(data: Path) -> bool:
    """Whether a demonstration was built with codes for `--live`."""
    return (data / FILE).is_file()


def open_room(data: Path, *, random: Random) -> Room:
    """Return those who may vote: of each branch as many as its turnout can believably grow by."""
    kept: Mapping[str, list[str]] = json.loads((data / FILE).read_text("utf-8"))
    share = {plan.code: plan.turnout / 1000 for plan in BRANCHES}
    crowds = []
    for branch, codes in kept.items():
        voted = share[branch] / (1 - share[branch]) * len(codes)
        coming = min(int(voted * (GROWS_TO - 1)), len(codes))
        random.shuffle(codes)
        crowds.append(Crowd(branch, codes[:coming], eagerness=0.5 + share[branch]))
    return Room(crowds, random=random)


async def vote_on(room: Room, *, base_url: str, pace: float, stop: asyncio.Event, say: Say) -> int:
    """Let one after the other vote until all have, voting is over, or somebody says stop.

    Args:
        room: who may vote.
        base_url: where Muster is.
        pace: how many times as fast as the invented day goes.
        stop: ends it.
        say: told what happens.

    Returns:
        How many votes were counted.
    """
    counted = 0
    server = urlsplit(base_url).netloc
    while not stop.is_set() and (coming := room.next_vote(say=say)):
        wait, code, _ = coming
        await _wait(stop, wait / pace)
        if stop.is_set():
            break
        status = await _vote(server, code, random=room.random, stop=stop)
        if status in OVER:
            say("Voting is over: no more invented members come.")
            break
        counted += status == HTTPStatus.CREATED
    return counted


async def _vote(server: str, code: str, *, random: Random, stop: asyncio.Event) -> int | None:
    """Cast one vote and return the answer's status; try again while nobody answers."""
    [choice] = random.choices(*CHOICES)
    while not stop.is_set():
        with suppress(OSError, HTTPException):
            return await asyncio.to_thread(_post, server, code, choice)
        await _wait(stop, PATIENCE)
    return None


def _post(server: str, code: str, choice: str | None) -> int:
    """Cast one vote and return the answer's status."""
    with closing(HTTPConnection(server, timeout=ANSWERED_WITHIN)) as connection:
        connection.request(
            "POST",
            f"/api/v1/ballots/{OPEN}/votes",
            body=json.dumps({"answers": {"offer": choice}}),
            headers={"Authorization": f"Bearer {code}", "Content-Type": "application/json"},
        )
        return connection.getresponse().status


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


@contextmanager
def voting_crowd(data: Path, *, base_url: str, pace: float, say: Say) -> Iterator[None]:
    """Let invented members vote while the block lasts, in a thread of their own."""
    room = open_room(data, random=Random())  # noqa: S311 - invented votes
    with start_blocking_portal() as portal:
        stop = portal.call(asyncio.Event)
        voting = portal.start_task_soon(
            lambda: vote_on(room, base_url=base_url, pace=pace, stop=stop, say=say)
        )
        try:
            yield
        finally:
            portal.call(stop.set)
            voting.result()
