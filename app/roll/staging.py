"""A temporary table with the rows of one file, filled without holding anybody up.

PostgreSQL takes them through COPY. On SQLite a temporary table lives in a file of its own, so the
one writer, which votes need, stays free while a file is read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from app.roll import models  # noqa: F401 - it makes the table of members
from app.roll.cell_columns import Stored
from app.roll.rows import NUMBER, Block

NAME = "roll_stage"
MEMBER: Table = SQLModel.metadata.tables["member"]
# Columns of the table before those of the file.
OWN_COLUMNS = 3
# No cell holds it: what cannot be seen is refused.
NULL = "\x01"
ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})
# Reading a file of 1.3 million rows from a slow place, or waiting for another import.
POSTGRES_PATIENCE = "15min"
POSTGRES_SORTING = "128MB"


def stage_table(fields: Sequence[str]) -> Table:
    """Describe the table: three columns of our own, and then those of the file.

    `known_as` is the number under which the roll knows the member: another one than the file's
    where headquarters merges the two.
    """
    return Table(
        NAME,
        sa.MetaData(),
        sa.Column("row_no", sa.Integer, nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("known_as", sa.String, nullable=False),
        *[sa.Column(name, _type_of(name), nullable=True) for name in fields],
        prefixes=["TEMPORARY"],
    )


def _type_of(name: str) -> TypeEngine[Any]:
    """Return a column's type; words are sorted byte by byte, which is far faster."""
    as_on_roll = MEMBER.c[name].type
    if isinstance(as_on_roll, sa.String):
        return sa.String(collation="C").with_variant(sa.String(), "sqlite")
    return as_on_roll


@contextmanager
def staged(connection: Connection, fields: Sequence[str]) -> Iterator[Table]:
    """Give an empty table on this connection, and take it away at the end."""
    table = stage_table(fields)
    drop(connection)
    be_patient(connection)
    table.create(connection)
    try:
        yield table
    finally:
        connection.rollback()
        drop(connection)
        connection.commit()


def drop(connection: Connection) -> None:
    """Take the table away, also one that a broken import has left on a pooled connection."""
    schema = "pg_temp" if connection.dialect.name == "postgresql" else "temp"
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {schema}.{NAME}")


def make_ready(connection: Connection) -> None:
    """Prepare the full table for being compared."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE pg_temp.{NAME} (known_as, membership_number, branch)")
    else:
        connection.exec_driver_sql(f"CREATE INDEX temp.{NAME}_known_as ON {NAME} (known_as)")


def be_patient(connection: Connection) -> None:
    """Let statements of this transaction run for as long as the largest union's roll takes."""
    if connection.dialect.name == "postgresql":
        for setting in ("statement_timeout", "lock_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {setting} = '{POSTGRES_PATIENCE}'")
        connection.exec_driver_sql(f"SET LOCAL work_mem = '{POSTGRES_SORTING}'")


@contextmanager
def filling(connection: Connection, table: Table) -> Iterator[Callable[[Block], None]]:
    """Give a function that puts blocks of rows into the table."""
    names = [column.name for column in table.columns]
    number_at = names.index(NUMBER) - OWN_COLUMNS
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    if connection.dialect.name == "postgresql":
        copy = f"COPY pg_temp.{NAME} ({', '.join(names)}) FROM STDIN (NULL '{NULL}')"
        with cursor, cursor.copy(copy) as lines:
            yield lambda block: lines.write(_as_copied(block, number_at=number_at))
    else:
        places = ", ".join("?" * len(names))
        insert = f"INSERT INTO temp.{NAME} VALUES ({places})"  # noqa: S608 - our own name
        yield lambda block: cursor.executemany(insert, _rows(block, number_at=number_at, null=None))
        cursor.close()


def _rows(block: Block, *, number_at: int, null: Stored) -> Iterator[tuple[Stored, ...]]:
    """Yield what stands in the table, as text: both databases read it as their own types."""
    columns = [
        [null if cell is None else cell for cell in column] if None in column else column
        for column in block.columns
    ]
    yield from zip(map(str, block.numbers), repeat("0"), columns[number_at], *columns, strict=False)
    for row, number in block.refused:
        facts = [null] * len(columns)
        facts[number_at] = number
        yield (str(row), "1", number, *facts)


def _as_copied(block: Block, *, number_at: int) -> str:
    """Return rows as COPY reads them."""
    rows: Any = _rows(block, number_at=number_at, null=NULL)
    lines = list(map("\t".join, rows))
    text = "\n".join([*lines, ""])
    if "\\" not in text and text.count("\n") == len(lines):
        return text
    rows = _rows(block, number_at=number_at, null=NULL)
    return "".join("\t".join([cell.translate(ESCAPES) for cell in row]) + "\n" for row in rows)
