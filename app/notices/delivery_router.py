"""How mail fares, over REST: for each ballot and branch, and the switch that stops all of it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.schemas import Moment
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import Settings, SettingsDep
from app.notices.bounces import counts_of
from app.notices.delivery import BranchDelivery, delivery_by_branch
from app.notices.desk import desk_of, pause_mail, resume_mail
from app.notices.models import Delivery, Purpose
from app.notices.outbox import numbers_by_state
from app.security.access import HqOrBranchStaff, HqStaff
from app.security.models import Role

router = APIRouter(tags=["Mail"])


class BranchDeliveryOut(BaseModel):
    """How invitations to one branch fare. `accepted` is what did not come back.

    `no_address` and `dead` (mail to their only address came back for good) together are
    `without_working_address`, and `rate` is what part of those entitled that is, in per cent.
    """

    branch: Annotated[str, Field(json_schema_extra={"example": "Leeds"})]
    entitled: int
    accepted: int
    came_back: int
    no_address: int
    dead: int
    without_working_address: int
    rate: Annotated[str, Field(json_schema_extra={"example": "1.85"})]


class InvitationsOut(BaseModel):
    """How the invitations of a whole ballot fare.

    `unsure`: the mail server may or may not have them. `came_back`: for good, and this time.
    `held_back`: to an address from which mail came back before.
    """

    waiting: int
    refused: int
    unsure: int
    came_back_for_good: int
    came_back_this_time: int
    held_back: int


class DeliveryOut(BaseModel):
    """How mail fares: to headquarters the whole ballot, to a branch its own line alone."""

    ballot: Annotated[str, Field(json_schema_extra={"example": "pay-offer-2027"})]
    as_at: Moment
    # Null to a branch: how others fare is not for it.
    invitations: InvitationsOut | None
    branches: list[BranchDeliveryOut]


class MailOut(BaseModel):
    """Whether mail leaves. `trouble` is what the server last said when it could not be used."""

    on: bool
    running: bool
    seen_at: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    trouble: Annotated[str, Field(json_schema_extra={"example": ""})]
    trouble_at: datetime | None


@router.get("/ballots/{slug}/delivery")
def show_delivery(
    session: ReadSession, staff: HqOrBranchStaff, slug: str, now: NowDep
) -> DeliveryOut:
    """Say what became of the invitations, and in which branches mail comes back."""
    ballot = get_ballot(session, slug)
    sees_all = staff.role is Role.HQ
    rows = delivery_by_branch(session, ballot, branch=None if sees_all else staff.branch or "")
    return DeliveryOut(
        ballot=ballot.slug,
        as_at=now,
        invitations=_invitations(session, ballot) if sees_all else None,
        branches=[_branch(row) for row in rows],
    )


@router.get("/mail")
def show_mail(session: ReadSession, staff: HqStaff, settings: SettingsDep, now: NowDep) -> MailOut:
    """Say whether mail leaves, and whether a worker was seen lately."""
    del staff
    return _mail(session, settings=settings, now=now)


@router.post("/mail/pause")
def pause(session: WriteSession, staff: HqStaff, settings: SettingsDep, now: NowDep) -> MailOut:
    """Let no mail leave, for any ballot; what is in hand is finished. Twice is the same as once."""
    pause_mail(session, actor=staff.actor, now=now)
    return _mail(session, settings=settings, now=now)


@router.post("/mail/resume")
def resume(session: WriteSession, staff: HqStaff, settings: SettingsDep, now: NowDep) -> MailOut:
    """Let mail leave again, from where it stopped."""
    resume_mail(session, actor=staff.actor, now=now)
    return _mail(session, settings=settings, now=now)


def _invitations(session: Session, ballot: Ballot) -> InvitationsOut:
    numbers = numbers_by_state(session, ballot_id=key_of(ballot), purpose=Purpose.INVITATION)
    counts = counts_of(session, key_of(ballot))
    return InvitationsOut(
        waiting=numbers[Delivery.QUEUED] + numbers[Delivery.SENDING],
        refused=numbers[Delivery.REFUSED],
        unsure=numbers[Delivery.UNSURE],
        came_back_for_good=counts["hard"],
        came_back_this_time=counts["soft"],
        held_back=counts["suppressed"],
    )


def _branch(row: BranchDelivery) -> BranchDeliveryOut:
    return BranchDeliveryOut(
        **asdict(row), without_working_address=row.without_working_address, rate=row.rate
    )


def _mail(session: Session, *, settings: Settings, now: datetime) -> MailOut:
    desk = desk_of(session, settings=settings, now=now)
    return MailOut.model_validate(desk, from_attributes=True)
