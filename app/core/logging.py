"""Structured logs: one event a line, ids and route names only.

Codes, tokens, names and choices never reach a log. Requests are logged by their route's pattern
(`/vote/{code}`), never by the path that was asked for, so uvicorn's own access log stays off.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

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
# Other libraries speak only when something is wrong: a client, say, would log the paths it asks.
TALKATIVE = ("uvicorn",)
OUR_HANDLER = "muster"
MOST_CAUSES = 10

Entry = MutableMapping[str, Any]


class _StandardError:
    """Standard error as it is at the moment of writing: whoever redirects it gets the lines."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def set_up_logging(*, json: bool | None = None) -> None:
    """Send structured lines to standard error: ours, and those of the libraries we run on.

    Args:
        json: JSON for machines, or columns for a person; whichever suits standard error where
            left out.
    """
    as_json = (not sys.stderr.isatty()) if json is None else json
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_secrets,
        _drop_messages,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(
            file=_StandardError()  # type: ignore[arg-type]  # it writes and flushes: no more is used
        ),
        cache_logger_on_first_use=True,
    )
    _take_in_libraries(
        ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[ProcessorFormatter.remove_processors_meta, renderer],
        )
    )


def _take_in_libraries(formatter: logging.Formatter) -> None:
    handler = logging.StreamHandler(_StandardError())
    handler.set_name(OUR_HANDLER)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if each.name == OUR_HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)


def _drop_secrets(logger: object, method: str, entry: Entry) -> Entry:
    del logger, method
    for key in list(entry):
        if _tells_a_secret(key):
            entry[key] = "[left out]"
    return entry


@lru_cache(maxsize=1024)
def _tells_a_secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS) and key != "status_code"


def _drop_messages(logger: object, method: str, entry: Entry) -> Entry:
    """Say of an exception what kind it is and where it happened; its message may quote a member."""
    del logger, method
    raised = entry.pop("exc_info", None)
    if not raised:
        return entry
    if isinstance(raised, tuple):
        error = raised[1]
    else:
        error = raised if isinstance(raised, BaseException) else sys.exc_info()[1]
    if error is not None:
        entry["raised"] = _kinds(error)
        frames = traceback.extract_tb(error.__traceback__)
        entry["where"] = [f"{each.filename}:{each.lineno} {each.name}" for each in frames]
    return entry


def _kinds(error: BaseException) -> list[str]:
    """Return the type of an exception and of those that caused it, the first cause last."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < MOST_CAUSES:
        kinds.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    return kinds
