"""Structured logs: one event a line, ids and route names only.

Codes, tokens, names and choices never reach a log. Requests are logged by their route's pattern
(`/vote/{code}`), never by the path that was asked for, so uvicorn's own access log stays off.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_WORDS = (
    "password",
    "token",
    "code",
    "secret",
    "authorization",
    "cookie",
    "answers",
    "receipt",
)


def _drop_secrets(
    logger: object, method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    del logger, method
    for key in list(entry):
        if any(word in key.lower() for word in SECRET_WORDS) and key != "status_code":
            entry[key] = "[left out]"
    return entry


def set_up_logging(*, json: bool | None = None) -> None:
    """Send structured lines to standard error: JSON for machines, columns for a terminal."""
    as_json = (not sys.stderr.isatty()) if json is None else json
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_secrets,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
