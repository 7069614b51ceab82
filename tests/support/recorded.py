"""Watches what requests write: a change of an audited table has its event in its transaction.

Every request of every test that speaks to the application is watched (`tests/support/client.py`).
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event

# What every change of is recorded.
AUDITED = {
    "answer",
    "api_token",
    "authenticator_app",
    "ballot",
    "ballot_proposal",
    "board",
    "branch",
    "commencement",
    "credential",
    "evidence_pack",
    "exclusion_proposal",
    "left_out",
    "left_out_member",
    "mail_switch",
    "member",
    "notice_template",
    "passkey",
    "question",
    "recovery_code",
    "reminder",
    "roll_cell",
    "roll_change",
    "roll_change_entry",
    "roll_entry",
    "roll_mapping",
    "staff_account",
    "staff_identity",
    "staff_invitation",
    "supplied_course",
    "tally",
    "turnout_link",
    "webhook",
    "window_extension",
}
# What is written without an event of its own, and why.
NOT_AUDITED = {
    "audit_checkpoint": "speaks of the log itself",
    "audit_event": "is the log itself",
    "ballot_paper": "never says who, and a record would say when",
    "board_tile": "is part of a board, which is recorded",
    "bounce": "a report that came in; what it led to is recorded",
    "box_stir": "papers in another order are the same papers",
    "evidence_piece": "is part of a pack, which is recorded",
    "failure_count": "counts guesses, and whose is not known",
    "key_rotation": "how far a rotation is; it is recorded when it ends",
    "member_request": "typed by strangers and gone within minutes",
    "outbox": "is the ledger of deliveries; what was decided is recorded",
    "published_date": "is copied from a public source",
    "roll_import": "a file that waits; applying it is recorded",
    "roll_import_chunk": "a file that waits; applying it is recorded",
    "roll_import_problem": "a file that waits; applying it is recorded",
    "roll_mark": "a record would say when somebody voted",
    "signing_key": "public keys as they were used",
    "staff_session": "seen, proved, expired; signing in and out are recorded",
    "turnout_counter": "counts votes",
    "turnout_hour": "is copied from the counters",
    "turnout_step": "is copied from the counters",
    "turnout_step_cell": "is copied from the counters",
    "webhook_delivery": "what became of a message",
    "webhook_event": "a message to the union's own systems",
}
# Changes of an audited table that need none: the columns that a statement may set by itself.
STATEMENTS = {
    # The box is closed first, and recorded when it has been stirred and can be read.
    "ballot": ("sealed_at",),
    "staff_account": ("signed_in_at",),
    "mail_switch": ("seen_at", "trouble", "trouble_at", "text_trouble"),
}
WRITES = re.compile(
    r"\b(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+\"?(\w+)\"?(?:\s+SET\s+(.*?)\s+WHERE)?",
    re.IGNORECASE | re.DOTALL,
)
asked: ContextVar[str | None] = ContextVar("asked", default=None)
found: list[str] = []


class Watched:
    """The application, with each request known to whatever it writes."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        asked.set(f"{scope.get('method')} {scope.get('path')}")
        await self._app(scope, receive, send)


def refuse_unrecorded() -> None:
    """Fail if a request has changed something without a record of it."""
    said, found[:] = list(found), []
    assert not said, "; ".join(said)


def written_by(statement: str) -> set[str]:
    """Return the audited tables that a statement changes, but for what needs no record."""
    tables = set()
    for table, assigned in WRITES.findall(statement):
        own = STATEMENTS.get(table.lower(), ())
        columns = re.findall(r"(\w+)\"?\s*=", assigned)
        if not columns or not set(columns) <= set(own):
            tables.add(table.lower())
    return tables & (AUDITED | {"audit_event"})


@event.listens_for(Engine, "before_cursor_execute")
def _note(connection: Connection, cursor: Any, statement: str, *more: Any) -> None:
    del cursor, more
    if asked.get() and re.match(r"\s*(INSERT|UPDATE|DELETE|WITH)", statement, re.IGNORECASE):
        connection.info.setdefault("written", set()).update(written_by(statement))


@event.listens_for(Engine, "commit")
def _judge(connection: Connection) -> None:
    written = connection.info.pop("written", set())
    if written and "audit_event" not in written:
        found.append(f"{asked.get()} changed {', '.join(sorted(written))} without a record")


@event.listens_for(Engine, "rollback")
def _forget(connection: Connection) -> None:
    # Of a line that was cut nothing is left to forget.
    if not connection.invalidated:
        connection.info.pop("written", None)
