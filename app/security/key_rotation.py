"""When a key took the place of another, and which public keys signed what we published.

No key is stored. A secret key is known again by a digest under itself (docs/decisions/0059).
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import literal, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session, SQLModel, col, select

from app.core.database import DATABASE_AWAY, Database
from app.core.settings import Settings
from app.core.signing import signer_of
from app.security.key_models import KeyRotation, SigningKey
from app.security.secrets import keyed_digest

log = structlog.get_logger()


def note_rotation(session: Session, *, settings: Settings, now: datetime) -> bool:
    """Note that every process uses the secret key in use from now on; once for each key.

    Returns:
        Whether this was the first time it was said of this key.
    """
    digest = _digest_of(settings.secret_keys[0])
    return _insert_once(session, KeyRotation, {"key_digest": digest, "rotated_at": now})


def rotated_at(session: Session, *, settings: Settings) -> datetime | None:
    """Return since when every process has used the secret key in use; None if nobody said so."""
    noted = session.get(KeyRotation, _digest_of(settings.secret_keys[0]))
    return noted.rotated_at if noted else None


def note_signing_key(database: Database, *, settings: Settings, now: datetime) -> None:
    """Note under which public key this process signs; the one before it was used until now.

    What must be migrated first, or does not answer, is left: the next process that starts notes it.
    """
    line = signer_of(settings).verifier.line
    try:
        with database.reading() as session:
            known = session.get(SigningKey, line)
            if known is not None and known.used_until is None:
                return
        with database.writing() as session:
            _insert_once(session, SigningKey, {"line": line, "used_from": now})
            ours = col(SigningKey.line) == line
            session.execute(update(SigningKey).where(ours).values(used_until=None))
            others = update(SigningKey).where(~ours, col(SigningKey.used_until).is_(None))
            session.execute(others.values(used_until=now))
    except (*DATABASE_AWAY, ProgrammingError) as away:
        log.warning("signing_key_not_noted", kind=type(away).__name__)


def signing_keys(session: Session) -> Sequence[SigningKey]:
    """Return every public key that signed what we published, the newest first."""
    return session.exec(
        select(SigningKey).order_by(col(SigningKey.used_from).desc(), col(SigningKey.line))
    ).all()


def _insert_once(session: Session, table: type[SQLModel], values: dict[str, object]) -> bool:
    is_postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgres_insert if is_postgres else sqlite_insert
    fresh = insert(table).values(**values).on_conflict_do_nothing().returning(literal(1))
    return session.execute(fresh).first() is not None


def _digest_of(key: str) -> bytes:
    return keyed_digest("this key", purpose="key-rotation", key=key)
