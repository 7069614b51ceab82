"""What a pack says of the ballot itself: what was asked, of whom, when, and by which rules.

No member is named anywhere in it, and no group that the public may not see.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots import repository as ballots
from app.ballots.chain import changes_of
from app.ballots.commencements import commenced
from app.ballots.law import has_statute_beside
from app.ballots.models import Ballot
from app.ballots.proposal_models import WindowExtension
from app.ballots.service import describe, key_of
from app.core.settings import Settings
from app.notices.code_figures import code_figures, in_words
from app.notices.models import OutboxMessage, Purpose
from app.results.calculator import rule_books
from app.results.presentation import book_of
from app.rules.books import STATUTE

# How many of these left depends on who had voted, so they are told to the nearest ten.
ROUNDED = (Purpose.REMINDER, Purpose.EXTENSION)
ABOUT = 10


def as_json(content: object) -> bytes:
    """Return JSON that is the same wherever it is made, and that people can read."""
    text = json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False)
    return f"{text}\n".encode()


def moment(at: datetime | None) -> str | None:
    """Return a moment in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None


def ballot_facts(session: Session, ballot: Ballot, *, settings: Settings) -> dict[str, Any]:
    """Return what was asked and of whom, its windows, and the settings that matter for it."""
    assert ballot.declared_at is not None  # noqa: S101 - a pack is of a declared ballot
    described = describe(session, ballot, now=ballot.declared_at).model_dump(mode="json")
    return {
        "ballot": described,
        "questions": {
            # A question has one version: it cannot be changed once the ballot is set up.
            "version": 1,
            "set_at": moment(ballot.created_at),
            "set_by": ballot.created_by,
            "sha256": questions_digest(described["questions"]),
        },
        "moments": {
            name: moment(getattr(ballot, name))
            for name in ("created_at", "frozen_at", "sealed_at", "stirred_at", "declared_at")
        },
        "declared_by": ballot.declared_by,
        "window": window_facts(session, ballot),
        "settings": {
            "seconds_after_the_close_for_votes_under_way": settings.close_grace.total_seconds(),
            "failed_codes_allowed": settings.failures_allowed,
            "failed_codes_within_seconds": settings.failures_window.total_seconds(),
            "reminders_per_member": settings.reminders_per_member,
            "fewest_reminded_together": settings.reminder_batch,
            "records_kept_days": settings.retention.days,
            "demonstration": settings.demo,
        },
    }


def questions_digest(questions: object) -> str:
    """Return the SHA-256 (hex) of questions as they stand on the paper."""
    canonical = json.dumps(questions, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def window_facts(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Return when voting opened and closed, and every proposal to close later, with its end."""
    rows = session.execute(
        sa.select(WindowExtension)
        .where(col(WindowExtension.ballot_id) == key_of(ballot))
        .order_by(col(WindowExtension.id))
    ).scalars()
    proposals = [
        {
            "old_close": moment(row.old_close),
            "new_close": moment(row.new_close),
            "reason": row.reason,
            "proposed_by": row.proposed_by,
            "proposed_at": moment(row.proposed_at),
            "outcome": row.outcome,
            "decided_by": row.decided_by,
            "decided_at": moment(row.decided_at),
            "members_told_at": moment(row.notice_at),
        }
        for row in rows
    ]
    approved = [each for each in proposals if each["outcome"] == "approved"]
    closes_at = moment(ballot.closes_at)
    return {
        "opens_at": moment(ballot.opens_at),
        "first_close": approved[0]["old_close"] if approved else closes_at,
        "closes_at": closes_at,
        "proposals": proposals,
    }


def roll_facts(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Return how many were entitled, and the chain of the roll's digests: never a member.

    The reason of a change may name somebody, so it stands in the scrutineer's sealed part, which
    shows that the digest of the change's content is right.
    """
    changes = changes_of(session, ballot)
    entitled = ballots.entitled_count(session, key_of(ballot))
    return {
        "frozen_at": moment(ballot.frozen_at),
        "frozen_digest": changes[0].previous_digest if changes else ballot.roll_digest,
        "entitled_at_the_freeze": changes[0].entitled_before if changes else entitled,
        "left_out": {row.reason: row.count for row in ballots.left_out_of(session, key_of(ballot))},
        "changes": [
            {
                "number": row.number,
                "kind": row.kind,
                "members": row.entries,
                "proposed_by": row.proposed_by,
                "approved_by": row.approved_by,
                "made_at": moment(row.made_at),
                "entitled_after": row.entitled_after,
                "content_digest": row.content_digest,
                "previous_digest": row.previous_digest,
                "digest": row.digest,
            }
            for row in changes
        ],
        "digest": ballot.roll_digest,
        "entitled": entitled,
    }


def delivery_facts(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Return how many codes were given out, and what became of the messages, in numbers."""
    rows = session.execute(
        sa.select(col(OutboxMessage.purpose), col(OutboxMessage.state), sa.func.count())
        .where(col(OutboxMessage.ballot_id) == key_of(ballot))
        .group_by(col(OutboxMessage.purpose), col(OutboxMessage.state))
    )
    messages: dict[str, dict[str, int]] = {}
    for purpose, state, number in rows:
        # Whether a new link was made tells whether its member had voted: asked for is all we say.
        kind = "all" if purpose in {*ROUNDED, Purpose.NEW_LINK} else state
        of_purpose = messages.setdefault(purpose, {})
        of_purpose[kind] = of_purpose.get(kind, 0) + number
    for purpose in ROUNDED:
        for kind, number in messages.get(purpose, {}).items():
            messages[purpose][kind] = (number + ABOUT // 2) // ABOUT * ABOUT
    return {
        "codes": [
            {"words": words, "number": number}
            for words, number in in_words(code_figures(session, ballot))
        ],
        "messages": messages,
        "rounded_to_ten": [str(purpose) for purpose in ROUNDED],
    }


def rules_facts(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Return the rule books that the ballot is held against, every number with its source."""
    begun: Mapping[str, Any] = commenced(session)
    books = {book_of(ballot)} | ({STATUTE} if has_statute_beside(ballot) else set())
    return {
        "own_book": book_of(ballot),
        "days_entered_by_headquarters": {key: day.isoformat() for key, day in begun.items()},
        "books": [
            book.model_dump(mode="json")
            for book in rule_books(commenced=begun)
            if book.key in books
        ],
    }
