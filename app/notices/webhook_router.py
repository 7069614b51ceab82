"""Webhooks over REST: which of the union's own systems are told, and what became of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response, status
from pydantic import BaseModel, ConfigDict, Field

from app.ballots.schemas import Moment
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.notices import webhooks
from app.notices.webhook_address import LONGEST
from app.notices.webhook_events import note_test
from app.notices.webhook_models import Webhook
from app.security.access import HqStaff

router = APIRouter(prefix="/webhooks", tags=["Webhooks"])
Number = Annotated[int, Path(ge=1, lt=2**31)]
EXAMPLE: dict[str, Any] = {"url": "https://example.org/muster"}


class WebhookIn(BaseModel):
    """An address of the union's own systems."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    url: Annotated[str, Field(max_length=LONGEST)]


class WebhookOut(BaseModel):
    """An address that is told of every event from `added_at` on."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    url: Annotated[str, Field(json_schema_extra={"example": EXAMPLE["url"]})]
    added_by: str
    added_at: datetime


class NewWebhookOut(WebhookOut):
    """The same, with the key by which its receiver knows that it was us. Shown this once."""

    key: Annotated[
        str,
        Field(json_schema_extra={"example": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}),
    ]


class ToldOut(BaseModel):
    """One event on its way to one address. `state`: queued, delivered or given_up."""

    model_config = ConfigDict(from_attributes=True)

    event_id: Annotated[str, Field(json_schema_extra={"example": "evt_9f2c4e6a8b0d1f3a"})]
    kind: Annotated[str, Field(json_schema_extra={"example": "ballot.opened"})]
    occurred_at: Moment
    url: Annotated[str, Field(json_schema_extra={"example": EXAMPLE["url"]})]
    state: Annotated[str, Field(json_schema_extra={"example": "delivered"})]
    attempts: Annotated[int, Field(json_schema_extra={"example": 1})]
    answer: Annotated[str, Field(json_schema_extra={"example": "HTTP 204"})]


@router.get("")
def list_webhooks(session: ReadSession, staff: HqStaff) -> list[WebhookOut]:
    """List the addresses that are told of events. Their keys are not shown again."""
    del staff
    return [WebhookOut.model_validate(row) for row in webhooks.live_webhooks(session)]


@router.post("", status_code=status.HTTP_201_CREATED)
def add(
    session: WriteSession, staff: HqStaff, asked: WebhookIn, settings: SettingsDep, now: NowDep
) -> NewWebhookOut:
    """Tell an address of every event from now on, and learn its key, this once."""
    row, key = webhooks.add_webhook(
        session, asked.url.strip(), staff=staff, settings=settings, now=now
    )
    return NewWebhookOut(**_shown(row), key=key)


@router.get("/deliveries")
def list_deliveries(session: ReadSession, staff: HqStaff) -> list[ToldOut]:
    """List what became of the fifty newest tellings, the newest first."""
    del staff
    return [ToldOut.model_validate(each) for each in webhooks.lately_told(session)]


@router.post("/{number}/test", status_code=status.HTTP_202_ACCEPTED)
def test(session: WriteSession, staff: HqStaff, number: Number, now: NowDep) -> WebhookOut:
    """Send an address a message that says nothing but that messages arrive."""
    del staff
    return WebhookOut.model_validate(note_test(session, number, now=now))


# An answer without a body has no type either.
@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT, response_class=Response)
def end(session: WriteSession, staff: HqStaff, number: Number, now: NowDep) -> None:
    """Tell an address of nothing more, not even what waits."""
    webhooks.end_webhook(session, number, staff=staff, now=now)


def _shown(row: Webhook) -> dict[str, object]:
    return WebhookOut.model_validate(row).model_dump()
