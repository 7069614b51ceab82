"""What still depends on the secret key before this one: how much of it, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.ballots.models import Ballot, Credential
from app.core.settings import Settings
from app.notices.webhook_models import Webhook
from app.security.apps import PURPOSE
from app.security.factor_models import AuthenticatorApp, RecoveryCode, StaffInvitation
from app.security.key_rotation import rotated_at
from app.security.models import ApiToken, StaffSession
from app.security.sealing import is_sealed_by
from app.turnout.models import TurnoutLink
from app.voting.seal_status import papers_of_other_keys

ROTATE = "`muster secrets rotate` brings them over"


@dataclass(frozen=True)
class Use:
    """One kind of thing that was made with the key before.

    Attributes:
        kind: what it is.
        number: how many there are that somebody could still use.
        until: what ends them, or brings them over.
        ends_at: when the last of them ends by itself; None where none does.
    """

    kind: str
    number: int
    until: str
    ends_at: datetime | None = None


def uses_of_previous_key(session: Session, *, settings: Settings, now: datetime) -> list[Use]:
    """Return each kind of thing that depends on the previous key, whether or not there are any.

    What is kept as a digest does not tell with which key it was made, so everything counts that is
    older than `muster secrets rotate`, or all of it where nobody has said that of this key.
    """
    before = rotated_at(session, settings=settings) or now
    found = []
    for kind, until, query in (
        *_of_ballots(before, now),
        *_of_staff(before, now),
        *_without_an_end(before),
    ):
        number, ends_at = session.execute(query).one()
        found.append(Use(kind, number=number, until=until, ends_at=ends_at))
    apps = _apps_of_other_keys(session, settings=settings)
    papers = papers_of_other_keys(session, settings=settings, now=now)
    found.append(Use("authenticator apps", number=apps, until=ROTATE))
    found.append(Use("sealed papers", number=papers, until=ROTATE))
    return found


Kind = tuple[str, str, sa.Select[int, Any]]


def _of_ballots(before: datetime, now: datetime) -> Iterator[Kind]:
    """Yield each kind, what ends it, and the query for its number and its last end."""
    number = sa.func.count()
    yield (
        "voting codes",
        "until their ballots close",
        sa.select(number, sa.func.max(col(Ballot.closes_at)))
        .select_from(Credential)
        .join(Ballot, col(Ballot.id) == col(Credential.ballot_id))
        .where(
            col(Credential.issued_at) < before,
            col(Credential.revoked_at).is_(None),
            col(Ballot.closes_at) > now,
        ),
    )
    yield (
        "links for reps",
        "until they end",
        sa.select(number, sa.func.max(col(TurnoutLink.ends_at))).where(
            col(TurnoutLink.made_at) < before, col(TurnoutLink.ends_at) > now
        ),
    )


def _of_staff(before: datetime, now: datetime) -> Iterator[Kind]:
    """Yield what officers hold that ends by itself."""
    number = sa.func.count()
    yield (
        "sessions of staff",
        "until they end",
        sa.select(number, sa.func.max(col(StaffSession.expires_at))).where(
            col(StaffSession.created_at) < before,
            col(StaffSession.revoked_at).is_(None),
            col(StaffSession.expires_at) > now,
        ),
    )
    yield (
        "invitations of staff",
        "until they end",
        sa.select(number, sa.func.max(col(StaffInvitation.ends_at))).where(
            col(StaffInvitation.made_at) < before,
            col(StaffInvitation.used_at).is_(None),
            col(StaffInvitation.withdrawn_at).is_(None),
            col(StaffInvitation.ends_at) > now,
        ),
    )


def _without_an_end(before: datetime) -> Iterator[Kind]:
    """Yield what is good until somebody makes it anew."""
    number, no_end = sa.func.count(), sa.null()
    yield (
        "API tokens",
        "until they are made anew (`muster staff token`) and the old ones revoked",
        sa.select(number, no_end).where(
            col(ApiToken.created_at) < before, col(ApiToken.revoked_at).is_(None)
        ),
    )
    yield (
        "recovery codes",
        "until their owners make new ones",
        sa.select(number, no_end).where(
            col(RecoveryCode.made_at) < before, col(RecoveryCode.used_at).is_(None)
        ),
    )
    yield (
        "keys of webhooks",
        "until the webhook is added anew, with a new key",
        sa.select(number, no_end).where(
            col(Webhook.added_at) < before, col(Webhook.ended_at).is_(None)
        ),
    )


def _apps_of_other_keys(session: Session, *, settings: Settings) -> int:
    key = settings.secret_keys[0]
    return sum(
        not is_sealed_by(key, app.sealed_secret, purpose=PURPOSE, about=app.staff_id)
        for app in session.exec(select(AuthenticatorApp))
    )
