"""See what happened to ballots, and note it once for everybody who is told.

Turnout only: there is no answer in any body, not even after the declaration.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.ballots.commencements import commenced
from app.ballots.law import has_statute_beside
from app.ballots.lifecycle import count_from, state_of
from app.ballots.models import Ballot
from app.ballots.repository import entitled_count, extensions_of
from app.ballots.service import key_of
from app.core.settings import Settings
from app.notices.webhook_models import Webhook, WebhookDelivery, WebhookEvent
from app.notices.webhooks import UnknownWebhook, live_webhooks
from app.rules.books import BOOK_OF_KIND, STATUTE, NoRuleInForce, period_in_force
from app.rules.london import london_day
from app.rules.percent import percent
from app.rules.thresholds import required_turnout
from app.voting.exclusions import votes_in

# What is older than this when it is noticed is noted and told to nobody: it is no news.
NEWS = timedelta(days=2)
# The one turnout threshold that any book has had: no percentage may seem to reach it too soon.
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Happening:
    """Something that has happened to a ballot, and by what it is known."""

    key: str
    kind: str
    occurred_at: datetime
    more: Mapping[str, Any]


def note_events(session: Session, *, settings: Settings, now: datetime) -> int:
    """Note every event that has come since the last look, and return how many those were."""
    news = list(news_of(session, settings=settings, now=now))
    return sum(_note(session, ballot, each, now=now) for ballot, each in news)


def news_of(
    session: Session, *, settings: Settings, now: datetime
) -> Iterator[tuple[Ballot, Happening]]:
    """Yield what happened and was not noted yet. Reads only."""
    noted = set(session.scalars(sa.select(col(WebhookEvent.key))))
    begun = commenced(session)
    ballots = session.exec(select(Ballot).where(col(Ballot.frozen_at).is_not(None))).all()
    for ballot in ballots:
        # After the declaration nothing more happens to a ballot.
        if f"declared/{key_of(ballot)}" in noted:
            continue
        for each in _happenings(session, ballot, settings=settings, begun=begun, now=now):
            if each.key not in noted:
                yield ballot, each


def note_test(session: Session, webhook_id: int, *, now: datetime) -> Webhook:
    """Queue a message that says nothing but that messages arrive, and return whom it goes to.

    Raises:
        UnknownWebhook: there is none, or it has ended.
    """
    hook = next((each for each in live_webhooks(session) if each.id == webhook_id), None)
    if hook is None:
        raise UnknownWebhook
    event = WebhookEvent(
        id=_new_id(), key=f"test/{secrets.token_hex(8)}", kind="test", occurred_at=now, body=""
    )
    event.body = _body(event, {})
    session.add(event)
    session.flush()
    session.add(WebhookDelivery(webhook_id=webhook_id, event_id=event.id, due_at=now))
    return hook


def _happenings(
    session: Session,
    ballot: Ballot,
    *,
    settings: Settings,
    begun: Mapping[str, date],
    now: datetime,
) -> Iterator[Happening]:
    number = key_of(ballot)
    ended_at = ballot.cancelled_at
    if now >= ballot.opens_at and (ended_at is None or ended_at >= ballot.opens_at):
        yield Happening(f"opened/{number}", "ballot.opened", ballot.opens_at, {})
        yield from _thresholds(session, ballot, begun=begun, now=now)
    for each in extensions_of(session, number):
        more = {"closed_at": each.old_close.isoformat(), "reason": each.reason}
        yield Happening(
            f"extended/{number}/{each.id}", "ballot.extended", each.decided_at or now, more
        )
    if ended_at is not None:
        more = {"reason": ballot.cancel_reason or ""}
        yield Happening(f"cancelled/{number}", "ballot.cancelled", ended_at, more)
    # Once no vote that arrived in time can still be written, so that the turnout is the last.
    counted_from = count_from(ballot, grace=settings.close_grace)
    if now >= counted_from and (ended_at is None or ended_at >= counted_from):
        yield Happening(f"closed/{number}", "ballot.closed", ballot.closes_at, {})
    if ballot.declared_at is not None:
        more = {"result": f"{settings.base_url}/api/v1/ballots/{ballot.slug}/result"}
        yield Happening(f"declared/{number}", "ballot.declared", ballot.declared_at, more)


def _thresholds(
    session: Session, ballot: Ballot, *, begun: Mapping[str, date], now: datetime
) -> Iterator[Happening]:
    """Yield each turnout threshold that has been reached: the ballot's own, and the statute's."""
    books = [BOOK_OF_KIND[ballot.kind], *([STATUTE] if has_statute_beside(ballot) else [])]
    entitled = entitled_count(session, key_of(ballot))
    for book in books:
        try:
            period = period_in_force(book, opened_on=london_day(ballot.opens_at), commenced=begun)
        except NoRuleInForce:
            continue
        required = required_turnout(period, entitled=entitled) if entitled else None
        if required is None or votes_in(session, key_of(ballot)) < required:
            continue
        more = {"rule_book": book, "required_votes": required}
        key = f"threshold/{key_of(ballot)}/{book}"
        yield Happening(key, "ballot.threshold_reached", now, more)


def _note(session: Session, ballot: Ballot, each: Happening, *, now: datetime) -> bool:
    event = WebhookEvent(
        id=_new_id(),
        key=each.key,
        kind=each.kind,
        ballot_id=key_of(ballot),
        occurred_at=each.occurred_at,
        body="",
    )
    event.body = _body(event, {**_ballot(session, ballot, now=now), **each.more})
    try:
        with session.begin_nested():
            session.add(event)
    except IntegrityError:
        # Another worker noted it this moment, and tells it.
        return False
    for hook in live_webhooks(session):
        if hook.added_at <= each.occurred_at and now - each.occurred_at < NEWS:
            session.add(WebhookDelivery(webhook_id=hook.id or 0, event_id=event.id, due_at=now))
    session.flush()
    return True


def _ballot(session: Session, ballot: Ballot, *, now: datetime) -> dict[str, Any]:
    entitled = entitled_count(session, key_of(ballot))
    cast = votes_in(session, key_of(ballot))
    return {
        "ballot": {
            "slug": ballot.slug,
            "title": ballot.title,
            "kind": ballot.kind,
            "state": state_of(ballot, now=now).value,
            "opens_at": ballot.opens_at.isoformat(),
            "closes_at": ballot.closes_at.isoformat(),
        },
        "turnout": {
            "as_at": now.isoformat(),
            "entitled": entitled,
            "votes_cast": cast,
            "turnout_percent": percent(cast, whole=entitled, threshold=HALF) if entitled else None,
        },
    }


def _body(event: WebhookEvent, data: Mapping[str, Any]) -> str:
    content = {
        "id": event.id,
        "type": event.kind,
        "timestamp": event.occurred_at.isoformat(),
        "data": data,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _new_id() -> str:
    return f"evt_{secrets.token_hex(16)}"
