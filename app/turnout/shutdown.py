"""Learn that the process is told to stop, while there are still open streams.

A server waits for open answers to end before it tells the application that it stops, and an open
stream never ends by itself; so the application has to hear the signal too.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def before_shutdown(call: Callable[[], None]) -> Callable[[], None]:
    """Have something called on the running loop when the process is told to stop.

    The server's own handler is called as before. Where no server listens for signals, or this is
    not the main thread, nothing is changed.

    Returns:
        What takes it back.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(call)
        servers_own = before[signal.Signals(number)]
        if callable(servers_own):
            servers_own(number, frame)

    mine = [number for number, servers_own in before.items() if _is_a_servers(servers_own)]
    for number in mine:
        signal.signal(number, on_signal)

    def undo() -> None:
        for number in mine:
            if signal.getsignal(number) is on_signal:
                signal.signal(number, before[number])

    return undo


def _is_a_servers(handler: object) -> bool:
    return callable(handler) and handler is not signal.default_int_handler
