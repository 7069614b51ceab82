"""What an application does for an answer, and what it does by itself meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import event

from app.core.database import Database


@contextmanager
def statements_of(database: Database, *, for_answers: bool = False) -> Iterator[list[str]]:
    """List the SQL that is sent to a database while the block lasts, without its values.

    Args:
        database: whose statements.
        for_answers: only those for an answer, and none of what an application does by itself.
    """
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *more: Any) -> None:
        del connection, cursor, more
        if not for_answers or is_for_an_answer(database):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def is_for_an_answer(database: Database) -> bool:
    """Whether what runs here and now is for one: no keeper's round, and no work in the background.

    The first of that begins with the application, and may still run when the first request comes.
    """
    keeps = "keeper" in structlog.contextvars.get_contextvars()
    return not keeps and threading.current_thread() not in database.background._threads
