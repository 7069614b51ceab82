"""What somebody asks who says they are a member: queued for everybody alike, looked at later.

Whoever asks sees one page, made by the same statements; whether there is such a member is found out
by the worker, and said to nobody but the address that the roll holds (docs/decisions/0032).
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.notice_events import NewLinksAskedFor
from app.audit.service import SERVICE
from app.ballots.lifecycle import still_runs
from app.ballots.models import Ballot, RollEntry
from app.core.errors import TooMany
from app.core.settings import Settings
from app.notices.models import NOT_NEEDED, Delivery, MemberRequest, OutboxMessage, Purpose
from app.roll.models import Member
from app.roll.repository import find_member
from app.security.throttles import count_failure, network_of, place_of, refuse_if_throttled

Wish = Literal["check", "link"]
LONGEST_NUMBER, LONGEST_PROOF = 40, 320
SCOPE = "member-request"
# What one member may be sent in a day, whoever asks for it.
MOST_A_DAY = 3
DAY = timedelta(days=1)
PURPOSES = {"check": Purpose.OWN_CHECK, "link": Purpose.NEW_LINK}


class AskedTooOften(TooMany):
    """Too many requests from one place, whomever they were about."""

    code = "asked_too_often"
    message = "Too many people asked from here just now. Wait a few minutes and ask again."


def ask(  # noqa: PLR0913 - a request is this many facts
    session: Session,
    wants: Wish,
    *,
    number: str,
    proof: str,
    origin: str,
    settings: Settings,
    now: datetime,
) -> None:
    """Take a request in. It does the same whether or not there is such a member.

    Args:
        session: a session that writes.
        wants: an own check, or a new link.
        number: the membership number as typed.
        proof: the postcode or e-mail address as typed.
        origin: the address it came from, which may ask so often and no more.
        settings: how often that is.
        now: this moment.

    Raises:
        AskedTooOften: this place asked too often, whatever it asked.
    """
    place = place_of(network_of(origin), settings=settings)
    try:
        refuse_if_throttled(session, SCOPE, place=place, settings=settings, now=now)
    except TooMany as too_many:
        raise AskedTooOften(retry_after=too_many.retry_after) from too_many
    count_failure(session, SCOPE, place=place, settings=settings, now=now)
    session.execute(
        sa.insert(MemberRequest).values(
            wants=wants,
            number=_storable(number)[:LONGEST_NUMBER],
            proof=_storable(proof)[:LONGEST_PROOF],
            asked_at=now,
        )
    )


def is_anybody_asking(session: Session) -> bool:
    """Whether a request waits to be looked at. Reads only."""
    return session.execute(sa.select(col(MemberRequest.id)).limit(1)).first() is not None


def resolve_requests(session: Session, *, most: int, now: datetime) -> int:
    """Look at requests and queue what their members are owed; return how many were looked at.

    A request is deleted as it is looked at, in the transaction that queues its message: a worker
    that is killed in between has done neither. What is audited and counted is what was asked for,
    which is the same whether or not the member has voted.
    """
    picked = (
        sa.select(col(MemberRequest.id))
        .order_by(col(MemberRequest.id))
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    taken = session.execute(
        sa.delete(MemberRequest)
        .where(col(MemberRequest.id).in_(sa.select(picked.c.id)))
        .returning(col(MemberRequest.wants), col(MemberRequest.number), col(MemberRequest.proof))
        .execution_options(synchronize_session=False)
    ).all()
    asked: Counter[str] = Counter()
    for wants, number, proof in taken:
        member = _member_with(session, number, proof=proof)
        if member is not None:
            asked.update(_answer(session, member, purpose=PURPOSES[wants], now=now))
    # The audit log's lock is the last that a transaction takes.
    for slug, links in sorted(asked.items()):
        audit.record(session, NewLinksAskedFor(slug, links=links), actor=SERVICE, now=now)
    return len(taken)


def _answer(session: Session, member: Member, *, purpose: Purpose, now: datetime) -> list[str]:
    """Queue what a member is owed, and return the ballots for which it is a new link.

    One that is asked for while another waits is noted, and not sent: of who has voted none waits
    for long, so that leaving it out of the numbers would tell of the others that they had not.
    """
    if had_enough(session, member, purpose=purpose, now=now):
        return []
    waits = is_on_its_way(session, member, purpose=purpose)
    if purpose is Purpose.OWN_CHECK:
        if not waits:
            queue_answer(session, member, purpose=purpose, about=[(None, None)], now=now)
        return []
    ballots = _open_ballots(session, member, now=now)
    about = [(ballot_id, entry_id) for ballot_id, entry_id, _ in ballots]
    queue_answer(session, member, purpose=purpose, about=about, now=now, waits=waits)
    return [slug for _, _, slug in ballots]


def _member_with(session: Session, number: str, *, proof: str) -> Member | None:
    for written in dict.fromkeys((number, number.upper())):
        member = find_member(session, written)
        if member is not None:
            break
    if member is None or not member.email:
        return None
    postcode, email = folded_postcode(member.postcode), member.email.strip().casefold()
    fits = (postcode and folded_postcode(proof) == postcode) or proof.casefold() == email
    return member if fits else None


def folded_postcode(text: str) -> str:
    """Return a postcode as it is compared: without case, spaces and dots."""
    return "".join(each for each in text.upper() if each.isalnum())


def had_enough(session: Session, member: Member, *, purpose: Purpose, now: datetime) -> bool:
    """Whether a day's worth was asked for, whatever became of it; of links, for any one ballot."""
    theirs = _theirs(member, purpose=purpose)
    asked = session.execute(
        sa.select(sa.func.count())
        .where(theirs, col(OutboxMessage.queued_at) > now - DAY)
        .group_by(col(OutboxMessage.ballot_id))
    ).scalars()
    return max(asked, default=0) >= MOST_A_DAY


def is_on_its_way(session: Session, member: Member, *, purpose: Purpose) -> bool:
    """Whether one waits to leave. Of who has voted none ever waits for long: tell nobody."""
    waiting = sa.select(col(OutboxMessage.id)).where(
        _theirs(member, purpose=purpose),
        col(OutboxMessage.state).in_((Delivery.QUEUED, Delivery.SENDING)),
    )
    return session.execute(waiting.limit(1)).first() is not None


def _theirs(member: Member, *, purpose: Purpose) -> sa.ColumnElement[bool]:
    return (col(OutboxMessage.member_id) == member.id) & (col(OutboxMessage.purpose) == purpose)


def queue_answer(  # noqa: PLR0913 - a message is this many facts
    session: Session,
    member: Member,
    *,
    purpose: Purpose,
    about: Sequence[tuple[int | None, int | None]],
    now: datetime,
    waits: bool = False,
) -> None:
    """Put the answer to a member's request into the outbox, a message for each ballot.

    Args:
        session: a session that writes.
        member: who asked, or for whom somebody did.
        purpose: what they asked for.
        about: the ballots and the member's entries in them; of neither, where it is about none.
        now: this moment.
        waits: whether the same is on its way already, so that this one is not sent.
    """
    key = secrets.token_hex(8)
    for ballot_id, entry_id in about:
        session.add(
            OutboxMessage(
                key=f"{purpose}/{key}/{ballot_id or 0}",
                purpose=purpose,
                ballot_id=ballot_id,
                entry_id=entry_id,
                member_id=member.id,
                language=member.language,
                queued_at=now,
                due_at=now,
                state=Delivery.DROPPED if waits else Delivery.QUEUED,
                settled_at=now if waits else None,
                reply=NOT_NEEDED if waits else "",
            )
        )
    # The next request may be the same member's, and counts these.
    session.flush()


def _open_ballots(session: Session, member: Member, *, now: datetime) -> list[tuple[int, int, str]]:
    """Return ballot, entry and the ballot's name wherever this member could vote now."""
    rows = session.execute(
        sa.select(col(RollEntry.ballot_id), col(RollEntry.id), col(Ballot.slug))
        .join(Ballot, col(Ballot.id) == col(RollEntry.ballot_id))
        .where(
            col(RollEntry.member_id) == member.id,
            col(RollEntry.on_roll),
            col(Ballot.opens_at) <= now,
            still_runs(now=now),
        )
    )
    return [(ballot_id, entry_id or 0, slug) for ballot_id, entry_id, slug in rows]


def _storable(typed: str) -> str:
    """PostgreSQL stores no NUL, and nobody's number or postcode has one."""
    return typed.replace("\0", "").strip()
