"""How days, times and numbers read on a page.

`plural` is for English pages; a sentence with a number that is also said in Welsh stands in the
catalogue whole.
"""

from collections.abc import Callable
from typing import Any

from app.core.spoken_times import day, long_day, long_time, short_day, short_time


def thousands(count: int) -> str:
    """Return "5,204"."""
    return f"{count:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return "1 vote" or "2,341 votes"; `many` is for words that do more than add an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(value: str) -> str:
    """Return "44.98 %" of "44.98", kept on one line.

    Percentages arrive as strings that were rounded by the rules, and are never rounded again.
    """
    return f"{value}\N{NO-BREAK SPACE}%"


FILTERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (long_time, short_time, day, long_day, short_day, thousands, plural, percent)
}
