"""Work in rounds: whatever fails, the next one comes, and stopping waits for the one on its way."""

import asyncio
import threading
from datetime import timedelta

import structlog
from structlog.testing import capture_logs

from app.core import keeper as keeper_module
from app.core.keeper import Keeper


class Counting(Keeper):
    """Counts its rounds, of which the first fail."""

    failed = "round_failed"

    def __init__(self, *failures: Exception) -> None:
        super().__init__()
        self._failures = list(failures)
        self.rounds = 0
        self.reached = threading.Event()

    def pause(self) -> timedelta:
        return timedelta(milliseconds=1)

    def work(self) -> None:
        self.rounds += 1
        self.log_says = structlog.contextvars.get_contextvars()
        if self._failures:
            raise self._failures.pop(0)
        self.reached.set()


def kept(keeper):
    async def until_reached():
        await keeper.start()
        assert await asyncio.to_thread(keeper.reached.wait, 10)
        await keeper.stop()
        done = keeper.rounds
        await asyncio.sleep(0.02)
        return done

    return asyncio.run(until_reached())


def test_a_round_that_failed_is_logged_and_the_next_one_comes(monkeypatch):
    # One that wrote before keeps to how logs were set up then.
    monkeypatch.setattr(keeper_module, "log", structlog.get_logger())
    keeper = Counting(OSError("away"), ValueError("a fault of ours"))
    with capture_logs() as logs:
        assert kept(keeper) >= 3
    assert [(each["error"], each["exc_info"]) for each in logs] == [
        ("OSError", False),
        ("ValueError", True),
    ]


def test_once_stopped_no_round_begins():
    keeper = Counting()
    assert kept(keeper) == keeper.rounds
    assert keeper.is_stopping


def test_stopping_waits_for_the_round_on_its_way():
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    class Slow(Counting):
        def work(self) -> None:
            begun.set()
            assert may_end.wait(10)
            ended.set()

    async def stop_in_the_middle():
        keeper = Slow()
        await keeper.start()
        assert await asyncio.to_thread(begun.wait, 10)
        stopping = asyncio.create_task(keeper.stop())
        await asyncio.sleep(0.01)
        assert keeper.is_stopping
        assert not stopping.done()
        may_end.set()
        await stopping

    asyncio.run(stop_in_the_middle())
    assert ended.is_set()


def test_it_can_be_started_again():
    keeper = Counting()
    assert kept(keeper) >= 1
    keeper.reached.clear()
    before = keeper.rounds
    assert kept(keeper) > before


def test_every_log_line_of_a_round_says_whose_it_is():
    keeper = Counting()
    kept(keeper)
    assert keeper.log_says == {"keeper": "Counting"}
