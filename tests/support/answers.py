"""What an application does for an answer, and what it does by itself meanwhile."""

import threading

import structlog

from app.core.database import Database


def is_for_an_answer(database: Database) -> bool:
    """Whether what runs here and now is for one: no keeper's round, and no work in the background.

    The first of that begins with the application, and may still run when the first request comes.
    """
    keeps = "keeper" in structlog.contextvars.get_contextvars()
    return not keeps and threading.current_thread() not in database.background._threads
