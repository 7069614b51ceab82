"""In which order a transaction on PostgreSQL takes its locks, as its statements say."""

import re
from contextlib import contextmanager

from sqlalchemy import event

from app.audit.service import CHAIN_LOCK

LOG = "audit log"
CHANGES = re.compile(r"\s*(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)")
LOCKS = re.compile(r"FROM (\w+).* FOR (?:NO KEY )?(?:UPDATE|SHARE)", re.DOTALL)


def _locked_by(statement, parameters):
    """The table that a statement locks rows of, or the log; None where it only reads."""
    if "pg_advisory_xact_lock" in statement and CHAIN_LOCK in dict(parameters).values():
        return LOG
    found = CHANGES.match(statement) or LOCKS.search(statement)
    return found[1] if found else None


@contextmanager
def locks_taken(database):
    """Gather, for each transaction that ends, the tables in the order of their first lock."""
    transactions, open_ones = [], {}

    def note(connection, cursor, statement, parameters, context, executemany):
        del cursor, context
        if not statement.startswith("SAVEPOINT"):
            first = {} if executemany else parameters or {}
            table = _locked_by(statement, first)
            order = open_ones.setdefault(id(connection), [])
            if table is not None and table not in order:
                order.append(table)

    def end(connection):
        transactions.append(open_ones.pop(id(connection), []))

    engine = database.engine
    events = [("before_cursor_execute", note), ("commit", end), ("rollback", end)]
    for name, function in events:
        event.listen(engine, name, function)
    try:
        yield transactions
    finally:
        for name, function in events:
            event.remove(engine, name, function)
