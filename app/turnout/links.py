"""Links that a branch passes on to its reps: turnout of that branch, for some days, no more."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.changes import changes
from app.audit.events import TurnoutLinkEnded, TurnoutLinkMade
from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.errors import Conflict, Gone, Invalid, NotFound
from app.core.settings import Settings
from app.roll.cells import folded_branch
from app.security.secrets import keyed_digest, possible_digests
from app.security.service import Staff
from app.turnout.models import TurnoutLink

PURPOSE = "turnout-link"
# Random bytes of an address: 128 bits, which nobody guesses.
BYTES = 16
# For how many days a link can be made.
DAYS = (1, 3, 7, 14)
# More links of one branch nobody keeps in mind.
MOST = 10


class TooManyLinks(Conflict):
    """A branch has as many links as it may have."""

    code = "too_many_links"
    message = (
        "This branch has 10 links already. End one that is no longer needed, and make the new one "
        "then."
    )


class WrongDays(Invalid):
    """A link cannot be made for so long."""

    code = "wrong_days"
    message = "Choose for how many days the link is to work: 1, 3, 7 or 14."


class UnknownTurnoutLink(NotFound):
    """No link has this address."""

    code = "unknown_turnout_link"
    message = "There is nothing at this address. Check that you have all of the link."


class TurnoutLinkOver(Gone):
    """The link has come to its end."""

    code = "turnout_link_over"
    message = "This link has ended. Ask whoever sent it to you for a new one."


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link, and the part of its address that is told this once."""

    row: TurnoutLink
    secret: str


def make_link(  # noqa: PLR0913 - who makes which link, for how long, and with which key
    session: Session,
    ballot: Ballot,
    *,
    branch: str,
    days: int,
    staff: Staff,
    settings: Settings,
    now: datetime,
) -> MadeLink:
    """Make a link to the turnout of a branch.

    Args:
        session: a session that writes.
        ballot: of which ballot.
        branch: of which branch, which the officer may see.
        days: for how long it works, of `DAYS`.
        staff: who passes it on.
        settings: with the service's key.
        now: this moment.

    Raises:
        WrongDays: it cannot be made for so long.
        TooManyLinks: the branch has enough of them.
    """
    if days not in DAYS:
        raise WrongDays
    if len(live_links(session, ballot, branch=branch, now=now)) >= MOST:
        raise TooManyLinks
    secret = secrets.token_urlsafe(BYTES)
    row = TurnoutLink(
        ballot_id=key_of(ballot),
        branch=branch,
        digest=_digest(secret, settings=settings),
        made_by=staff.name,
        made_at=now,
        ends_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    made = TurnoutLinkMade(ballot.slug, link=row.id or 0, branch=branch, days=days)
    audit.record(session, made, actor=staff.actor, now=now)
    return MadeLink(row, secret=secret)


def live_links(
    session: Session, ballot: Ballot, *, branch: str, now: datetime
) -> Sequence[TurnoutLink]:
    """Return the links of a branch that still work, the first to end first."""
    rows = session.exec(
        select(TurnoutLink)
        .where(TurnoutLink.ballot_id == key_of(ballot), TurnoutLink.ends_at > now)
        .order_by(col(TurnoutLink.ends_at))
    )
    return [row for row in rows if folded_branch(row.branch) == folded_branch(branch)]


def end_link(  # noqa: PLR0913 - who ends which link
    session: Session, ballot: Ballot, *, branch: str, link: int, staff: Staff, now: datetime
) -> None:
    """Let a link of a branch end now; one that has ended stays as it is.

    Raises:
        UnknownTurnoutLink: the branch has no such link.
    """
    row = session.get(TurnoutLink, link)
    is_theirs = row is not None and row.ballot_id == key_of(ballot)
    if row is None or not is_theirs or folded_branch(row.branch) != folded_branch(branch):
        raise UnknownTurnoutLink
    if row.ends_at <= now:
        return
    before, row.ends_at = row.ends_at, now
    session.add(row)
    ended = TurnoutLinkEnded(
        ballot.slug,
        link=link,
        branch=row.branch,
        changes=changes({"ends_at": before}, {"ends_at": now}),
    )
    audit.record(session, ended, actor=staff.actor, now=now)


def follow_link(
    session: Session, secret: str, *, settings: Settings, now: datetime
) -> tuple[Ballot, str]:
    """Return the ballot and the branch of which a link shows the turnout.

    Raises:
        UnknownTurnoutLink: no link has this address.
        TurnoutLinkOver: it has ended.
    """
    row = session.exec(
        select(TurnoutLink).where(
            col(TurnoutLink.digest).in_(
                possible_digests(secret, purpose=PURPOSE, settings=settings)
            )
        )
    ).first()
    if row is None:
        raise UnknownTurnoutLink
    if row.ends_at <= now:
        raise TurnoutLinkOver
    return session.get_one(Ballot, row.ballot_id), row.branch


def _digest(secret: str, *, settings: Settings) -> bytes:
    return keyed_digest(secret, purpose=PURPOSE, key=settings.secret_key.get_secret_value())
