"""The audit log in a pack: this ballot's life for everybody, the whole chain for those in office.

An event's hash covers all of it, also the address from which an officer worked and the reason that
somebody gave, which may name a member. So everybody sees what was done, by whom and when, with the
hash; that each hash is right, and follows from the one before, the officers' sealed part shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.audit.chain import LogState
from app.audit.checkpoints import every_checkpoint
from app.audit.notes import sign_state
from app.audit.service import export_events
from app.ballots.models import Ballot
from app.core.signing import Signer

DECLARED = "ResultDeclared"
# Details that everybody may read. What is not named here may name somebody: a reason, a number, a
# branch of one. A new event shows its own details only once they are named here.
OPEN_DETAILS = frozenset(
    {
        "added",
        "approved_by",
        "change",
        "closes_at",
        "cut_off_at",
        "entitled",
        "entitled_before",
        "issued",
        "kind",
        "letters",
        "new_close",
        "old_close",
        "opens_at",
        "outcome",
        "papers",
        "proposal",
        "proposed_by",
        "queued",
        "roll_digest",
        "root",
        "tally_digest",
        "title",
        "votes_cast",
    }
)


def log_of(session: Session, ballot: Ballot) -> list[dict[str, Any]]:
    """Return the whole log, oldest event first, up to the one that declared a ballot's result.

    Raises:
        RuntimeError: the declaration is not in the log, which is then not what it was.
    """
    events: list[dict[str, Any]] = []
    with closing(export_events(session)) as exported:
        for event in exported:
            events.append(event)
            if event["action"] == DECLARED and event["subject"] == ballot.slug:
                return events
    raise RuntimeError("the audit log holds no declaration of this ballot")


def open_events(events: Iterable[Mapping[str, Any]], *, slug: str) -> list[dict[str, Any]]:
    """Return this ballot's events as everybody may read them."""
    return [
        {
            "number": event["number"],
            "at": event["at"],
            "actor": event["actor"],
            "action": event["action"],
            "details": {
                name: value for name, value in event["details"].items() if name in OPEN_DETAILS
            },
            "hash": event["hash"],
        }
        for event in events
        if event["subject"] == slug
    ]


def checkpoint_at_declaration(events: Sequence[Mapping[str, Any]], *, signer: Signer) -> str:
    """Sign what the log was once the result was declared, which was its last event then."""
    last = events[-1]
    at = datetime.fromisoformat(last["at"])
    return sign_state(LogState(last["number"], head=last["hash"], at=at), signer=signer)


def published_till(session: Session, ballot: Ballot, *, events: int) -> str:
    """Return the checkpoints that the log had when a result was declared, one under the other."""
    assert ballot.declared_at is not None  # noqa: S101 - a pack is of a declared ballot
    return "\n".join(
        row.note
        for row in every_checkpoint(session)
        if row.events <= events and row.at < ballot.declared_at
    )
