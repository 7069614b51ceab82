"""What a process was started with: its settings, its version, and the law it knows.

Each process that serves compares them with what the log says last, and records what differs, once
for all processes.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import SecretStr
from sqlmodel import Session, col, select

from app.audit.changes import changes
from app.audit.events import Event
from app.audit.models import AuditEvent
from app.audit.service import SERVICE, lock_chain, record
from app.audit.start_events import RulesChanged, SettingsChanged
from app.core.database import Database
from app.core.release import software_version
from app.core.settings import Settings
from app.rules.books import BOOKS
from app.rules.period import RuleBook

# They may hold a password or a key, as their neighbours that are called secret do.
MAY_HOLD_A_SECRET = frozenset({"database_url", "smtp_url", "sms_url", "sms_body"})
FINGERPRINT = 16  # characters, of which each is four bits
Facts = Mapping[str, Any]


def record_start(database: Database, *, settings: Settings, now: datetime) -> list[str]:
    """Record which settings and rules are others than at the last start; return the events' names.

    Nothing is written where nothing differs. Of processes that start at once, one records.
    """
    found: tuple[tuple[type[Event], str, Facts], ...] = (
        (SettingsChanged, "settings", settings_shown(settings)),
        (RulesChanged, "rules", rules_shown()),
    )
    with database.reading() as session:
        if not any(_differs(session, kind, facts) for kind, _, facts in found):
            return []
    recorded = []
    with database.writing() as session:
        lock_chain(session)
        for kind, subject, facts in found:
            differs = _differs(session, kind, facts)
            if differs:
                record(session, kind(subject, changes=differs), actor=SERVICE, now=now)
                recorded.append(kind.__name__)
    return recorded


def settings_shown(settings: Settings) -> dict[str, Any]:
    """Return every setting that is set as the log shows it, and the version of the software.

    A secret is shown as a fingerprint made with the secret key: the same secret looks the same, and
    nobody can try out what it may be. A new secret key changes every fingerprint.
    """
    plain = settings.model_dump(mode="json")
    shown = {
        name: _fingerprint_of(value, settings=settings) if _is_secret(name, value) else plain[name]
        for name, value in settings
    }
    return {"software": software_version()} | {
        name: value for name, value in shown.items() if value is not None
    }


def rules_shown() -> dict[str, Any]:
    """Return the SHA-256 (hex) of each rule book as the software knows it, and its version."""
    digests = {f"book {key}": _digest_of(book) for key, book in BOOKS.items()}
    return digests | {"software": software_version()}


def _is_secret(name: str, value: object) -> bool:
    return isinstance(value, SecretStr) or name in MAY_HOLD_A_SECRET


def _fingerprint_of(value: SecretStr | str | None, *, settings: Settings) -> str | None:
    secret = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not secret:
        return None
    key = settings.secret_key.get_secret_value().encode()
    made = hmac.new(key, b"settings in the audit log\0" + secret.encode(), hashlib.sha256)
    return f"fingerprint {made.hexdigest()[:FINGERPRINT]}"


def _differs(session: Session, kind: type[Event], facts: Facts) -> dict[str, list[Any]]:
    differs = changes(_last(session, kind), facts)
    # A version that brings the same rules is a change of settings and not of the law.
    return {} if kind is RulesChanged and set(differs) <= {"software"} else differs


def _last(session: Session, kind: type[Event]) -> Facts:
    """Put together what was last recorded of each name."""
    known: dict[str, Any] = {}
    for details in session.exec(
        select(AuditEvent.details)
        .where(AuditEvent.action == kind.__name__)
        .order_by(col(AuditEvent.number))
    ):
        known |= {name: after for name, (_, after) in details["changes"].items()}
    return {name: value for name, value in known.items() if value is not None}


@cache
def _digest_of(book: RuleBook) -> str:
    canonical = json.dumps(asdict(book), sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
