"""Statements compiled once for all databases of a test process, as they are for a whole server.

SQLAlchemy keeps what it compiled with the engine and its dialect. A server has one engine as long
as it lives; a test has two of its own, and compiling would be nearly half of its time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from app.core import database

# More than the tests have statements.
KEPT = 10_000


@contextmanager
def statements_compiled_once() -> Iterator[None]:
    """Let engines of one kind share what they compiled while the block lasts."""
    first: dict[str, Engine] = {}

    def engine_that_shares(url: str, **more: Any) -> Engine:
        engine = create_engine(url, query_cache_size=KEPT, **more)
        known = first.setdefault(engine.dialect.name, engine)
        if not hasattr(known.dialect, "default_isolation_level"):
            # It never reached its database, and so knows too little of it to speak for others.
            first[engine.dialect.name] = engine
        else:
            engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", engine_that_shares)
        yield
