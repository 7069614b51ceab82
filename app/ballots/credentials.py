"""Issue voting codes: made once, handed over once, kept only as keyed digests."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import CodesIssued
from app.ballots import repository
from app.ballots.codes import code_digest, new_code
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot, Credential
from app.ballots.repository import entries_off_roll
from app.ballots.service import key_of
from app.core.csv_lines import csv_line
from app.core.errors import Conflict, Forbidden
from app.core.settings import Settings
from app.security.models import Role
from app.security.service import Staff

SLICE = 5000
COLUMNS = ("membership_number", "email", "code", "link")


class RollNotFrozen(Conflict):
    """Codes are for entries of a frozen roll."""

    code = "roll_not_frozen"
    message = "Freeze the roll first: codes are made for the members on the frozen roll."


class BallotOver(Conflict):
    """Nobody can vote any more."""

    code = "ballot_over"
    message = "This ballot has closed, so a code made now could not be used."


class NotYours(Forbidden):
    """Another person holds this ballot's codes or declares its result."""

    code = "scrutineers_alone"
    message = (
        "This ballot names a scrutineer, and only they may do this: whoever holds the codes could "
        "vote with them, and whoever declares vouches for the count. Ask the scrutineer."
    )


@dataclass(frozen=True)
class IssuedCode:
    """A code on its way out: the only moment at which it is in clear."""

    membership_number: str
    email: str
    code: str


def refuse_unless_in_charge(ballot: Ballot, *, staff: Staff) -> None:
    """Let only the named scrutineer act, or headquarters where none is named.

    Raises:
        NotYours: the one who asks is neither.
    """
    if ballot.scrutineer is None:
        if staff.role is not Role.HQ:
            raise NotYours(
                "This ballot names no scrutineer, so headquarters does this. "
                "Ask headquarters, or have them name you when the ballot is set up."
            )
    elif staff.name != ballot.scrutineer:
        raise NotYours


def refuse_unless_running(ballot: Ballot, *, now: datetime) -> None:
    """Let nothing be sent to those entitled before there are any, or after the close.

    Raises:
        RollNotFrozen: the ballot is a draft.
        BallotOver: the window has passed.
    """
    state = state_of(ballot, now=now)
    if state is State.DRAFT:
        raise RollNotFrozen
    if state in {State.CLOSED, State.DECLARED}:
        raise BallotOver


def issue_codes(
    session: Session, ballot: Ballot, *, staff: Staff, settings: Settings, now: datetime
) -> list[IssuedCode]:
    """Make a code for each entry that has no live one.

    Asked twice, the second answer is empty: nobody gets two live codes.

    Raises:
        NotYours: the one who asks is not in charge of this ballot's codes.
        RollNotFrozen: the ballot is a draft.
        BallotOver: the window has passed.
    """
    refuse_unless_in_charge(ballot, staff=staff)
    refuse_unless_running(ballot, now=now)
    key = settings.secret_key.get_secret_value()
    issued: list[IssuedCode] = []
    rows: list[dict[str, Any]] = []
    for entry_id, number, email in repository.entries_without_code(session, key_of(ballot)):
        code = new_code()
        issued.append(IssuedCode(number, email=email, code=code))
        rows.append(
            {
                "digest": code_digest(code, key=key),
                "ballot_id": key_of(ballot),
                "entry_id": entry_id,
                "issued_at": now,
            }
        )
    for start in range(0, len(rows), SLICE):
        session.execute(insert(Credential), rows[start : start + SLICE])
    end_codes_off_roll(session, [row["entry_id"] for row in rows], now=now)
    audit.record(session, CodesIssued(ballot.slug, issued=len(issued)), actor=staff.actor, now=now)
    return issued


def end_codes_off_roll(session: Session, entry_ids: Collection[int], *, now: datetime) -> None:
    """End the codes of members who were taken off the roll just while they were being made.

    A code can only be stored once that has been committed, so whoever stores codes asks
    afterwards.
    """
    off_roll = sorted(entries_off_roll(session, entry_ids))
    for start in range(0, len(off_roll), SLICE):
        session.execute(
            update(Credential)
            .where(
                col(Credential.entry_id).in_(off_roll[start : start + SLICE]),
                col(Credential.revoked_at).is_(None),
            )
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )


def voting_link(code: str, *, settings: Settings) -> str:
    """Return the personal address at which a member votes."""
    return f"{settings.base_url}/vote/{code}"


def as_csv(issued: list[IssuedCode], *, settings: Settings) -> Iterator[str]:
    """Yield the file that goes to the mailing house, line by line."""
    yield csv_line(COLUMNS)
    for each in issued:
        link = voting_link(each.code, settings=settings)
        yield csv_line((each.membership_number, each.email, each.code, link))
