"""How many voting codes a ballot's members were given, asked for again, and had ended: counts only.

The one place in which they are reckoned up, for pages, the command line and the evidence. They are
taken from the audit log, which cannot be changed unseen, and not one of them depends on who has
voted: what is counted is what was asked for, which is the same for everybody (docs/decisions/0040).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit.models import AuditEvent
from app.ballots.models import Ballot, Credential
from app.ballots.service import key_of

# Of each event the number that counts; an officer asks for one link at a time.
COUNTED: Mapping[str, str | None] = {
    "CodesIssued": "issued",
    "LettersMade": "letters",
    "InvitationsQueued": "queued",
    "TextsQueued": "queued",
    "NewLinksAskedFor": "links",
    "LinkAskedFor": None,
    "MessagesCameBack": "with_code",
    "CodesRevoked": "revoked",
}


@dataclass(frozen=True)
class CodeFigures:
    """What became of the voting codes of one ballot, never by name.

    Attributes:
        members: how many were ever given a code.
        in_files: codes that left in a file of codes.
        in_letters: codes that left in letters.
        invitations: invitations by e-mail that were queued; each makes its code as it leaves.
        texts: links by text that were queued, likewise.
        renewed_by_members: new links that members asked for themselves, within what is allowed.
        renewed_by_staff: new links that officers asked for, each with a reason in the audit log.
        ended_by_return: codes that came back with their message and with which nobody can vote any
            more, whether or not somebody had.
        ended_by_hand: codes that somebody ended, such as those of a lost file.
    """

    members: int
    in_files: int
    in_letters: int
    invitations: int
    texts: int
    renewed_by_members: int
    renewed_by_staff: int
    ended_by_return: int
    ended_by_hand: int


# How pages and the command line name each, in this order.
WORDS: Mapping[str, str] = {
    "members": "members were ever given a code",
    "in_files": "codes left in a file of codes",
    "in_letters": "codes left in letters",
    "invitations": "invitations were queued, each with a code",
    "texts": "texts with a link were queued, each with a code",
    "renewed_by_members": "new links were asked for by members",
    "renewed_by_staff": "new links were asked for by officers",
    "ended_by_return": "codes ended because their message came back",
    "ended_by_hand": "codes were ended by hand",
}


def code_figures(session: Session, ballot: Ballot) -> CodeFigures:
    """Reckon up the codes of a ballot from its audit events."""
    counted: Counter[str] = Counter()
    events = session.execute(
        sa.select(col(AuditEvent.action), col(AuditEvent.details)).where(
            col(AuditEvent.subject) == ballot.slug, col(AuditEvent.action).in_(COUNTED)
        )
    )
    for action, details in events:
        counted[action] += _number(action, details)
    members = session.execute(
        sa.select(sa.func.count(sa.distinct(col(Credential.entry_id)))).where(
            col(Credential.ballot_id) == key_of(ballot)
        )
    ).scalar_one()
    return CodeFigures(
        members=int(members),
        # Letters are counted as codes too, as they are made.
        in_files=counted["CodesIssued"] - counted["LettersMade"],
        in_letters=counted["LettersMade"],
        invitations=counted["InvitationsQueued"],
        texts=counted["TextsQueued"],
        renewed_by_members=counted["NewLinksAskedFor"],
        renewed_by_staff=counted["LinkAskedFor"],
        ended_by_return=counted["MessagesCameBack"],
        ended_by_hand=counted["CodesRevoked"],
    )


def in_words(figures: CodeFigures) -> list[tuple[str, int]]:
    """Return each figure with its words."""
    return [(words, getattr(figures, name)) for name, words in WORDS.items()]


def _number(action: str, details: Mapping[str, Any]) -> int:
    name = COUNTED[action]
    return 1 if name is None else int(details[name])
