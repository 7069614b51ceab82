"""An officer has a new voting link sent to a member who cannot ask for it alone."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.events import LinkAskedFor
from app.ballots.credentials import BallotOver
from app.ballots.erasure import number_digest
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot, RollEntry
from app.ballots.service import key_of
from app.core.errors import Conflict, Invalid, NotFound
from app.core.settings import Settings
from app.notices.invitations import refuse_if_mail_is_off
from app.notices.message import NoSuchAddress, deliverable
from app.notices.models import Purpose
from app.notices.requests import had_enough, is_on_its_way, queue_answer
from app.roll.models import Member
from app.roll.repository import find_member
from app.security.service import Staff

LONGEST_REASON = 200


class NotOnThisRoll(NotFound):
    """Nobody with that number is on the roll of this ballot."""

    code = "not_on_this_roll"
    message = "Nobody with this membership number is on the roll of this ballot. Check the number."


class NoAddressOnRoll(Conflict):
    """Mail cannot reach this member."""

    code = "no_address_on_roll"
    message = (
        "The roll holds no e-mail address for this member that mail can go to. Put the right one "
        "on the roll first, or send the link by letter."
    )


class LinkSentLately(Conflict):
    """Three were asked for within a day."""

    code = "link_sent_lately"
    message = (
        "A new link was asked for three times within a day for this member. Ask them to look among "
        "junk mail, and check the address on the roll."
    )


class NotOpenYet(Conflict):
    """Links leave when voting opens."""

    code = "link_before_opening"
    message = "Voting has not opened. Links leave when it does; ask again then."


class NoReason(Invalid):
    """An officer says why."""

    code = "no_reason"
    message = f"Say why in one line of at most {LONGEST_REASON} characters. It is in the audit log."


def send_new_link(  # noqa: PLR0913 - a request is this many facts
    session: Session,
    ballot: Ballot,
    *,
    number: str,
    reason: str,
    staff: Staff,
    settings: Settings,
    now: datetime,
) -> None:
    """Queue a new link for one member, to the address on the roll; the old one ends as it leaves.

    Whoever has voted is sent nothing, and the officer is not told: who has not voted is not for
    them to learn here. So they are not told either that one is on its way already, which it stays
    only for who has not; asked then, it counts, and nothing is sent.

    Raises:
        MailIsOff: no mail server is set.
        NoReason: none, too long, or not one line.
        NotOpenYet: voting has not opened.
        BallotOver: voting has closed.
        NotOnThisRoll: the number is on nobody's entry.
        NoAddressOnRoll: the roll holds no address that mail can go to.
        LinkSentLately: three were asked for within a day, whatever became of them.
    """
    refuse_if_mail_is_off(settings)
    reason = _reason_given(reason)
    _refuse_unless_open(ballot, now=now)
    member, entry_id = _entry_of(session, ballot, number=number.strip())
    try:
        deliverable(member.email)
    except NoSuchAddress as wrong:
        raise NoAddressOnRoll from wrong
    if had_enough(session, member, purpose=Purpose.NEW_LINK, now=now):
        raise LinkSentLately
    waits = is_on_its_way(session, member, purpose=Purpose.NEW_LINK)
    about = [(key_of(ballot), entry_id)]
    queue_answer(session, member, purpose=Purpose.NEW_LINK, about=about, now=now, waits=waits)
    digest = number_digest(member.membership_number, settings=settings)
    event = LinkAskedFor(ballot.slug, member=digest, reason=reason)
    audit.record(session, event, actor=staff.actor, now=now)


def _reason_given(typed: str) -> str:
    reason = typed.strip()
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise NoReason
    return reason


def _refuse_unless_open(ballot: Ballot, *, now: datetime) -> None:
    state = state_of(ballot, now=now)
    if state in {State.DRAFT, State.FROZEN}:
        raise NotOpenYet
    if state is not State.OPEN:
        raise BallotOver


def _entry_of(session: Session, ballot: Ballot, *, number: str) -> tuple[Member, int]:
    member = find_member(session, number)
    if member is None:
        raise NotOnThisRoll
    entry = session.exec(
        select(RollEntry).where(
            RollEntry.ballot_id == key_of(ballot),
            RollEntry.member_id == member.id,
            col(RollEntry.on_roll),
        )
    ).first()
    if entry is None or entry.id is None:
        raise NotOnThisRoll
    return member, entry.id
