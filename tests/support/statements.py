"""Statements compiled once for all databases of a test process, as they are for a whole server.

SQLAlchemy keeps what it compiled with the engine and its dialect. A server has one engine as long
as it lives; a test has two of its own, and compiling would be nearly half of its time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import Engine, create_engine

from app.core import database

# More than the tests have statements.
KEPT = 10_000


@contextmanager
def statements_compiled_once() -> Iterator[None]:
    """Let databases of one kind share what they compiled while the block lasts.

    Each opens its lines by a dialect of its own: what listens to one hears of no other.
    """
    first: dict[type, Engine] = {}
    begin = database.Database.__init__

    def share(engine: Engine, *others: Engine) -> None:
        known = first.setdefault(type(engine.dialect), engine)
        if not hasattr(known.dialect, "default_isolation_level"):
            # It never reached its database, and so knows too little of it to speak for others.
            first[type(engine.dialect)] = engine
            return
        for each in (engine, *others):
            each.dialect, each._compiled_cache = known.dialect, known._compiled_cache

    def begin_and_share(self: database.Database, url: str) -> None:
        begin(self, url)
        share(self.engine, self._writer)
        if self._glances is not None:
            share(self._glances._engine.sync_engine)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", partial(create_engine, query_cache_size=KEPT))
        patch.setattr(database.Database, "__init__", begin_and_share)
        yield
