"""Everything that a database administrator can copy, and every way to put it together.

A dump holds each table with what the database itself notes about rows (on PostgreSQL `ctid`, `xmin`
and `cmin`; on SQLite their order and row number), sequences, and the bytes of the files. A guess is
one answer, or None, for each voter in the order in which they voted.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import comb
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel

Row = dict[str, Any]
Guesses = list[str | None]
PAPERS, MARKS = "ballot_paper", "roll_mark"
NOTED = 'SELECT ctid::text AS "~ctid", xmin::text::bigint AS "~xmin", cmin::text::bigint AS'
FILLED = "SELECT '{0}' WHERE EXISTS (SELECT 1 FROM \"{0}\")"
MADE = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
PAGES = """
SELECT get_raw_page(CAST(:name AS text), n::int) FROM
  generate_series(0, pg_relation_size(CAST(:name AS text)) / 8192 - 1) AS n
"""
RELATIONS = (PAPERS, "pk_ballot_paper", "ix_ballot_paper_receipt", MARKS, "pk_roll_mark")


@dataclass
class Dump:
    """One copy: rows by table, and bytes as they lie in the files."""

    tables: dict[str, list[Row]]
    raw: bytes


def take_dump(database, *, pages=True) -> Dump:
    """Copy everything; the pages of PostgreSQL only where they are asked for."""
    names = sorted(SQLModel.metadata.tables)
    tables: dict[str, list[Row]] = {name: [] for name in names}
    with database.reading() as session:
        # All at once: most are empty, and asking each is most of a copy.
        asked = " UNION ALL ".join(FILLED.format(name) for name in names)
        filled = session.scalars(text(asked)).all()
        if database.is_sqlite:
            made = {row.name: row.sql for row in session.execute(text(MADE))}
            tables |= {name: _rows(session, _with_row_number(name, made[name])) for name in filled}
            tables["sequences"] = _rows(session, "SELECT * FROM sqlite_master ORDER BY rowid")
            file = Path(database.url.removeprefix("sqlite:///"))
            raw = b"".join(
                each.read_bytes()
                for each in (file, file.with_name(f"{file.name}-wal"))
                if each.exists()
            )
            return Dump(tables, raw)
        tables |= {name: _rows(session, f'{NOTED} "~cmin", * FROM "{name}"') for name in filled}
        tables["sequences"] = _rows(session, "SELECT sequencename, last_value FROM pg_sequences")
    return Dump(tables, _pages(database) if pages else b"")


def _with_row_number(name, made):
    return f'SELECT {"" if "WITHOUT ROWID" in made else "rowid AS [~rowid], "}* FROM "{name}"'


def _rows(session, statement) -> list[Row]:
    found = session.execute(text(statement)).mappings()
    rows = [dict(each) | {"~place": place} for place, each in enumerate(found)]
    for row in rows:
        if "~ctid" in row:
            row["~ctid"] = tuple(json.loads(f"[{row['~ctid'][1:-1]}]"))
    return rows


def _pages(database) -> bytes:
    with database.writing() as session:
        session.execute(text("CREATE EXTENSION IF NOT EXISTS pageinspect"))
        return b"".join(
            bytes(page)
            for name in RELATIONS
            for page in session.execute(text(PAGES), {"name": name}).scalars()
        )


def new_rows(before: Dump, after: Dump, table: str) -> list[Row]:
    """The rows that a later copy has and an earlier one has not."""
    if before.tables[table] == after.tables[table]:
        return []
    known = {_content(row) for row in before.tables[table]}
    return [row for row in after.tables[table] if _content(row) not in known]


def _content(row: Row) -> str:
    return repr(sorted((name, value) for name, value in row.items() if name[0] != "~"))


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def features(row: Row, raw: bytes) -> dict[str, Any]:
    """Everything by which rows can be ordered: each column, and where its bytes lie."""
    found = {name: value for name, value in row.items() if value is not None}
    for name, value in row.items():
        if isinstance(value, bytes) and value:
            found[f"first byte of {name} in the files"] = raw.find(value)
            found[f"last byte of {name} in the files"] = raw.rfind(value)
    return found


def orders(rows: Sequence[Row], raw: bytes) -> Iterator[tuple[str, list[int]]]:
    """Every order of some rows, as their places in it."""
    described = [features(row, raw) for row in rows]
    for name in set.intersection(*(set(each) for each in described)):
        values = [each[name] for each in described]
        ranked = sorted(range(len(rows)), key=lambda place: (values[place], place))
        yield name, ranked
        yield f"{name}, backwards", ranked[::-1]


def read_out(rows: Sequence[Row], choices: Sequence[str]) -> Iterator[tuple[str, Guesses]]:
    """Guess from a row alone: a word in it, its length, a bit of it, what it equals."""
    for column in {name for row in rows for name in row}:
        values = [as_bytes(row.get(column)) for row in rows]
        words = [[each for each in choices if each.encode() in value] for value in values]
        yield f"a word in {column}", [found[0] if len(found) == 1 else None for found in words]
        middle = sorted(map(len, values))[len(values) // 2]
        yield f"length of {column}", [choices[len(value) >= middle] for value in values]
        yield f"length of {column}, over", [choices[len(value) > middle] for value in values]
        [(commonest, _)] = Counter(values).most_common(1)
        yield f"equal {column}", [choices[value == commonest] for value in values]
        for bit in range(8 * min(map(len, values))):
            yield (
                f"bit {bit} of {column}",
                [choices[value[bit // 8] >> (bit % 8) & 1] for value in values],
            )


def same_value(rows: Sequence[Row], final: Sequence[Row], said) -> Iterator[tuple[str, Guesses]]:
    """Guess the final paper that shares a value with the voter's: as it is, cut, or hashed."""
    ways = {"as it is": lambda value: value, "hashed": lambda value: sha256(value).digest()}
    for column in {name for row in rows for name in row}:
        for other in {name for row in final for name in row}:
            for way, change in ways.items():
                papers: dict[bytes, list[Row]] = {}
                for row in final:
                    papers.setdefault(as_bytes(row.get(other))[:16], []).append(row)
                found = [papers.get(change(as_bytes(row.get(column)))[:16], []) for row in rows]
                yield (
                    f"{column} {way} = {other}",
                    [said(each[0]) if len(each) == 1 else None for each in found],
                )


def same_rank(
    before: tuple[Sequence[Row], bytes], after: tuple[Sequence[Row], bytes], said
) -> Iterator[tuple[str, Guesses]]:
    """Guess that papers are in one order as voters, or their papers, were in another."""
    placings = list(orders(*after))
    told = [said(row) for row in after[0]]
    for one, ranked in orders(*before):
        for other, placed in placings:
            guesses: Guesses = [None] * len(ranked)
            for voter, paper in zip(ranked, placed, strict=True):
                guesses[voter] = told[paper]
            yield f"{one} / {other}", guesses


def chance_of(guesses: Guesses, truth: Sequence[str]) -> float:
    """How likely it is that guessing by chance is as right, or as wrong, as this (two-sided)."""
    pairs = [(guess, right) for guess, right in zip(guesses, truth, strict=True) if guess]
    hits = sum(guess == right for guess, right in pairs)
    return _chance(len(pairs), max(hits, len(pairs) - hits))


@cache
def _chance(guessed: int, far: int) -> float:
    tail = sum(comb(guessed, n) for n in range(far, guessed + 1))
    return min(2 * tail / 2**guessed, 1.0)


def winners(
    strategies: Iterator[tuple[str, Guesses]], truth: Sequence[str], *, at_most: float = 1e-6
) -> list[str]:
    """The strategies that do better than chance, allowing for how many were tried."""
    tried = [(name, chance_of(guesses, truth)) for name, guesses in strategies]
    assert len(tried) > 100, "hardly anything was tried"
    return [name for name, chance in tried if chance < at_most / len(tried)]
