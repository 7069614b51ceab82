"""Recovery codes: for the day the phone is lost. Each works once, and only its digest is stored."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.core.settings import Settings
from app.core.statements import rows_touched
from app.security.factor_models import RecoveryCode
from app.security.secrets import keyed_digest, possible_digests

CODES = 10
# Without I, L, O and U: read aloud and written down, they are taken for others.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP = 3, 4  # 60 bits
PURPOSE = "recovery code"
_LOOK_ALIKE = str.maketrans("ILO", "110", " -")


def make_recovery_codes(
    session: Session, staff_id: int, *, settings: Settings, now: datetime
) -> Sequence[str]:
    """Give an account ten new codes, to be shown this once; those before work no more."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff_id))
    key, *_ = settings.secret_keys
    codes = [_new_code() for _ in range(CODES)]
    for code in codes:
        digest = keyed_digest(_content(code, staff_id=staff_id), purpose=PURPOSE, key=key)
        session.add(RecoveryCode(digest=digest, staff_id=staff_id, made_at=now))
    session.flush()
    return codes


def accept_recovery_code(
    session: Session, staff_id: int, *, typed: str, settings: Settings, now: datetime
) -> bool:
    """Say whether a code is one of the account's that was not used, and let it not work again."""
    content = _content(typed, staff_id=staff_id)
    digests = possible_digests(content, purpose=PURPOSE, settings=settings)
    accepted = session.execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.digest).in_(digests),
            col(RecoveryCode.staff_id) == staff_id,
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return rows_touched(accepted) > 0


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def _content(typed: str, *, staff_id: int) -> str:
    """Return what a code says however it is written; of another account it says nothing."""
    return f"{staff_id} {typed.upper().translate(_LOOK_ALIKE)}"
