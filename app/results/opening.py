"""Open a closed ballot's box for the count: wait for the last votes, seal, stir, sign the board."""

import threading
import time
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import BoxSealed
from app.audit.service import SERVICE
from app.ballots.lifecycle import count_from, refuse_cancelled
from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.database import Database
from app.core.settings import Settings
from app.results.boards import refuse_unless_signed, sign_board
from app.results.service import BallotNotClosed
from app.voting.seal import clear_traces, seal_box, stir_box
from app.voting.sealing import seal_of

# Those who wait hold a thread each, and members' pages need threads too.
_chairs = threading.BoundedSemaphore(4)


def open_box_for_count(
    database: Database, ballot: Ballot, *, settings: Settings, now: datetime
) -> None:
    """Seal the box, stir it and sign its board, once for all processes, when no vote can come in.

    The few seconds after the close are sat out, so that an officer who presses the button at the
    stroke of the hour gets the result and not a riddle. Call it only for a closed ballot and for
    somebody who may see its count.

    Raises:
        BallotCancelled: its papers stay sealed.
        PapersDoNotOpen: some papers were sealed with another key, or changed; nothing is opened.
        BoardDisagrees: what was signed of an opened box is not there any more.
    """
    refuse_cancelled(ballot)
    if ballot.declared_at is not None:
        return
    if ballot.stirred_at is None:
        _seal_and_stir(database, ballot, settings=settings, now=now)
    with database.reading() as session:
        # Two officers may have cancelled it in the same moment.
        refuse_cancelled(session.get_one(Ballot, key_of(ballot)))
        refuse_unless_signed(session, ballot)
    # Again on every look before the declaration: a process that died after the stir left traces.
    clear_traces(database)


def _seal_and_stir(
    database: Database, ballot: Ballot, *, settings: Settings, now: datetime
) -> None:
    ready_at = count_from(ballot, grace=settings.close_grace)
    if now < ready_at:
        _wait(ready_at - now)
        now = ready_at
    with database.writing() as session:
        seal_box(session, key_of(ballot), now=now)
    # From here no batch can commit: what the next transaction reads is every paper there is.
    with database.writing() as session:
        _stir_and_sign_once(session, ballot, settings=settings, now=now)


def _wait(left: timedelta) -> None:
    if not _chairs.acquire(blocking=False):
        seconds = int(left.total_seconds()) + 1
        raise BallotNotClosed(
            f"Voting has just closed; the last votes are being stored. Try in {seconds} seconds.",
            retry_after=seconds,
        )
    try:
        time.sleep(left.total_seconds())
    finally:
        _chairs.release()


def _stir_and_sign_once(
    session: Session, ballot: Ballot, *, settings: Settings, now: datetime
) -> None:
    ours = session.execute(
        update(Ballot)
        .where(
            col(Ballot.id) == key_of(ballot),
            col(Ballot.stirred_at).is_(None),
            # Of an officer who opens the box and two who cancel at once, the two are heeded.
            col(Ballot.cancelled_at).is_(None),
        )
        .values(stirred_at=now)
        .returning(col(Ballot.id))
    ).first()
    if ours is None:
        return
    papers = stir_box(session, key_of(ballot), seal=seal_of(settings, ballot.slug))
    signed = sign_board(session, ballot, settings=settings, now=now)
    for event in (BoxSealed(ballot.slug, papers=papers), signed):
        audit.record(session, event, actor=SERVICE, now=now)
