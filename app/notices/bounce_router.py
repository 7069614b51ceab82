"""Take reports of returned mail from a mail provider."""

import hmac
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field

from app.audit.service import MAIL_PROVIDER
from app.core.clock import NowDep
from app.core.database import DatabaseDep
from app.core.errors import Conflict, Unauthenticated
from app.core.settings import Settings, SettingsDep
from app.notices.bounce_reports import Heard
from app.notices.bounces import mark_all
from app.security import access

router = APIRouter(prefix="/mail", tags=["Mail"])
LARGEST = 1024 * 1024  # bytes
MOST = 1000
log = structlog.get_logger()


class ReportsAreOff(Conflict):
    """No secret is set for them."""

    code = "bounce_reports_off"
    message = "Reports of returned mail are not taken: MUSTER_BOUNCE_SECRET is not set."


class WrongSecret(Unauthenticated):
    """The one who reports does not know the secret."""

    code = "wrong_bounce_secret"
    message = "Send `Authorization: Bearer` and the secret of MUSTER_BOUNCE_SECRET."


class BounceIn(BaseModel):
    """One message that did not arrive."""

    message_id: Annotated[str, Field(max_length=300)]
    """As we sent it, with or without its angle brackets."""
    recipient: Annotated[str, Field(max_length=320)]
    """The address that the failure is about."""
    kind: Literal["hard", "soft"]
    """Whether the address itself is of no use, or it failed this time."""
    status: Annotated[str, Field(pattern=r"^([45]\.\d{1,3}\.\d{1,3})?$")] = ""
    """The enhanced status code (RFC 3463)."""


class BouncesIn(BaseModel):
    """What a provider reports at once."""

    bounces: Annotated[list[BounceIn], Field(max_length=MOST)]


class BouncesOut(BaseModel):
    """How many messages are ours. An unknown one is counted, and otherwise ignored."""

    known: int
    unknown: int


@router.post("/bounces", dependencies=[Depends(access.PUBLIC)], max_body_size=LARGEST)
def take_bounces(
    database: DatabaseDep,
    reports: BouncesIn,
    settings: SettingsDep,
    now: NowDep,
    *,
    authorization: Annotated[str, Header()] = "",
) -> BouncesOut:
    """Take reports of returned mail from whoever knows the secret; twice the same counts once."""
    _refuse_strangers(authorization, settings=settings)
    tally = mark_all(
        database, [_heard(each) for each in reports.bounces], actor=MAIL_PROVIDER, now=now
    )
    log.info("mail_came_back", **vars(tally))
    return BouncesOut(known=len(reports.bounces) - tally.unknown, unknown=tally.unknown)


def _refuse_strangers(authorization: str, *, settings: Settings) -> None:
    if settings.bounce_secret is None:
        raise ReportsAreOff
    scheme, _, given = authorization.partition(" ")
    secret = settings.bounce_secret.get_secret_value().encode()
    right = hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), secret)
    if scheme.lower() != "bearer" or not right:
        raise WrongSecret


def _heard(report: BounceIn) -> Heard:
    bare = report.message_id.strip().removeprefix("<").removesuffix(">")
    return Heard(
        (f"<{bare}>",),
        recipients=frozenset({report.recipient.strip().lower()}),
        hard=report.kind == "hard",
        status=report.status,
    )
