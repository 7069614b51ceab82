"""Keep the files that headquarters sends, so that any process can go on with them.

They hold personal data: each is forgotten at once when it is discarded, and otherwise with
the first file that comes a week after it.
"""

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import BinaryIO

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit.service import Actor
from app.core.database import Database
from app.roll.files import ZIP_MAGIC, plain_name
from app.roll.import_models import ImportState, RollImport, RollImportChunk
from app.roll.refusals import EmptyFile, UnknownImport

CHUNK = 1024 * 1024
KEPT_FOR = timedelta(days=7)


def receive(
    database: Database, file: BinaryIO, *, file_name: str, actor: Actor, now: datetime
) -> int:
    """Keep a file, a piece at a time, and return the number of its import.

    Raises:
        EmptyFile: it has no bytes.
    """
    file.seek(0)
    head = file.read(len(ZIP_MAGIC))
    if not head:
        raise EmptyFile
    with database.writing() as session:
        forget_old(session, now=now)
        kept = RollImport(
            file_name=plain_name(file_name),
            file_size=0,
            uploaded_by=actor.name,
            uploaded_at=now,
            alive_at=now,
        )
        session.add(kept)
        session.flush()
        number = id_of(kept)
    size, lines = _keep_chunks(database, file, number=number)
    with database.writing() as session:
        # The header is no member. In a workbook line breaks count nothing.
        rows = None if head == ZIP_MAGIC else max(lines - 1, 0)
        session.execute(
            sa.update(RollImport)
            .where(col(RollImport.id) == number)
            .values(file_size=size, rows_total=rows)
        )
    return number


def _keep_chunks(database: Database, file: BinaryIO, *, number: int) -> tuple[int, int]:
    """Return how many bytes and lines there were."""
    file.seek(0)
    size = lines = place = 0
    while chunk := file.read(CHUNK):
        # A transaction for each: on SQLite votes come in between.
        with database.writing() as session:
            content = zlib.compress(chunk, 1)
            session.add(RollImportChunk(import_id=number, place=place, content=content))
        size += len(chunk)
        lines += chunk.count(b"\n")
        place += 1
    return size, lines


def id_of(kept: RollImport) -> int:
    """Return the number of an import that the database has given one."""
    if kept.id is None:
        raise ValueError("this import has not been stored yet")
    return kept.id


@contextmanager
def open_kept(database: Database, number: int) -> Iterator[BinaryIO]:
    """Give a kept file as a temporary one on disk, which is gone at the end.

    Raises:
        UnknownImport: there is none.
    """
    with tempfile.TemporaryFile(prefix="muster-roll-") as file:
        with database.reading() as session:
            kept = find_kept(session, number)
            place = 0
            while chunk := session.get(RollImportChunk, (number, place)):
                file.write(zlib.decompress(chunk.content))
                session.expunge(chunk)
                place += 1
        if file.tell() != kept.file_size:
            raise UnknownImport
        file.seek(0)
        yield file


def find_kept(session: Session, number: int) -> RollImport:
    """Find an import.

    Raises:
        UnknownImport: there is none, or its file never came whole.
    """
    kept = session.get(RollImport, number)
    if kept is None or not kept.file_size:
        raise UnknownImport
    return kept


def discard(database: Database, number: int) -> None:
    """Forget a file and what was found in it. The audit log keeps that it was imported."""
    with database.writing() as session:
        session.execute(sa.delete(RollImport).where(col(RollImport.id) == number))


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget every file that came more than a week ago."""
    session.execute(sa.delete(RollImport).where(col(RollImport.uploaded_at) < now - KEPT_FOR))


def forget_idle(session: Session) -> None:
    """Forget every file that is not being worked on at this moment."""
    busy = (ImportState.READING, ImportState.APPLYING)
    session.execute(sa.delete(RollImport).where(col(RollImport.state).not_in(busy)))
