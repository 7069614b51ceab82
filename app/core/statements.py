"""What a statement did."""

from typing import Any, cast

import sqlalchemy as sa


def rows_touched(result: sa.Result[Any]) -> int:
    """Return how many rows a statement changed; of an INSERT only where it was asked to count."""
    return cast("sa.CursorResult[Any]", result).rowcount
