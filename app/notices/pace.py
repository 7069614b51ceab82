"""How fast one worker hands messages over, whatever the other side would take."""

import asyncio

AHEAD = 30  # seconds' worth of messages claimed ahead where there is a rate


class Pace:
    """Keeps a worker to so many messages a second, over all its connections together.

    Args:
        rate: messages a second; 0 is as fast as they are taken.
        at_once: how many are claimed together at most.
    """

    def __init__(self, rate: float, *, at_once: int) -> None:
        self._rate = rate
        self._at_once = at_once
        self._next_turn = 0.0

    @property
    def ahead(self) -> int:
        """How many to claim together, so that a claim does not run out before their turns."""
        return min(self._at_once, max(int(self._rate * AHEAD), 1)) if self._rate else self._at_once

    async def turn(self) -> None:
        """Wait until the next message may leave."""
        if not self._rate:
            return
        time = asyncio.get_running_loop().time
        turn = max(self._next_turn, time())
        self._next_turn = turn + 1 / self._rate
        await asyncio.sleep(turn - time())
