"""Headquarters changes a frozen roll on record: who came late, and who two officers take off."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots import exclusions
from app.ballots.chain import RollClosed
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.schemas import Text
from app.ballots.service import get_ballot, key_of
from app.ballots.supplements import (
    Latecomer,
    NobodyToAdd,
    SecondNumber,
    Supplement,
    add_supplement,
    latecomers,
)
from app.core.clock import NowDep
from app.core.database import Database, DatabaseDep, ReadSession, WriteSession
from app.core.errors import Conflict, DomainError, Invalid
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.service import Staff
from app.turnout.roll_change_router import ProposalNumber
from app.turnout.roll_changes import ProposalOut, RollChangesOut, roll_changes_of
from app.voting.exclusions import approve_exclusion, votes_in
from app.web import roll_change_words as words
from app.web.ballot_words import state_words
from app.web.sent_form import Typed
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
SEE_OTHER = 303
CHANGEABLE = {State.FROZEN, State.OPEN}
# More latecomers than these are counted and not listed: they come in all together.
MOST_LISTED = 200
NO_REASON = "Enter the reason. It stays on record with the change."
LONG_REASON = "Shorten the reason to one line of 500 characters or fewer."
NO_NUMBER = "Enter at least one membership number."


@router.get("/{slug}/roll")
def show_roll(session: ReadSession, staff: HqStaff, slug: str, now: NowDep) -> HTMLResponse:
    """Show what changed on the frozen roll, who decides what waits, and who came late."""
    return _roll_page(session, slug, staff=staff, now=now)


@router.post("/{slug}/roll/supplements")
def add_latecomers(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    database: DatabaseDep,
    staff: SteppedUpHqStaff,
    slug: str,
    now: NowDep,
    *,
    who: Typed = "named",
    numbers: Typed = "",
    reason: Typed = "",
    all_reason: Typed = "",
    different_people: Typed = "",
) -> Response:
    """Put members who are entitled onto the frozen roll: those named, or all who came late."""
    everybody, ask = who == "everybody", ""
    named = [line.strip() for line in numbers.replace(",", "\n").splitlines() if line.strip()]
    field, why = ("all_reason", all_reason) if everybody else ("reason", reason)
    errors = [] if everybody or named else [("numbers", NO_NUMBER)]
    errors += _wrong_reason(why, field=field)
    if not errors:
        try:
            with database.writing() as session:
                ballot = get_ballot(session, slug)
                asked = Supplement(
                    None if everybody else named,
                    reason=why.strip(),
                    votes_cast=votes_in(session, key_of(ballot)),
                    different_people=bool(different_people),
                )
                add_supplement(session, ballot, asked, staff=staff, now=now)
            return _back_to(slug)
        except Invalid as refusal:
            errors = [("all_reason" if everybody else "numbers", refusal.detail)]
            if isinstance(refusal, SecondNumber):
                ask = "everybody" if everybody else "named"
    typed = {"numbers": numbers, field: why, "ask": ask}
    return _refused(database, slug, errors, typed=typed, staff=staff, now=now)


@router.post("/{slug}/roll/exclusions")
def propose(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    database: DatabaseDep,
    staff: HqStaff,
    slug: str,
    now: NowDep,
    *,
    number: Typed = "",
    why: Typed = "",
) -> Response:
    """Propose to take a member off the roll; another officer decides."""
    errors = _wrong_reason(why, field="why")
    if not number.strip():
        errors.insert(0, ("number", "Enter the membership number."))
    if not errors:
        try:
            with database.writing() as session:
                exclusions.propose_exclusion(
                    session,
                    get_ballot(session, slug),
                    number=number.strip(),
                    reason=why.strip(),
                    staff=staff,
                    now=now,
                )
            return _back_to(slug, part="#proposals")
        except (Invalid, exclusions.AlreadyProposed) as refusal:
            errors = [("number", refusal.detail)]
    typed = {"number": number, "why": why}
    return _refused(database, slug, errors, typed=typed, staff=staff, now=now)


@router.get("/{slug}/roll/exclusions/{number}")
def show_proposal(
    session: ReadSession, staff: HqStaff, slug: str, number: ProposalNumber, now: NowDep
) -> HTMLResponse:
    """Show one proposal, and turnout before and after it, to the one who decides."""
    ballot = get_ballot(session, slug)
    return _proposal_page(session, ballot, number, staff=staff, now=now)


@router.post("/{slug}/roll/exclusions/{number}/approve")
def approve(
    database: DatabaseDep, staff: SteppedUpHqStaff, slug: str, number: ProposalNumber, now: NowDep
) -> Response:
    """Take the member off the roll, unless they have voted."""
    try:
        approve_exclusion(database, slug, number, staff=staff, now=now)
    except Conflict as refusal:
        with database.reading() as session:
            ballot = get_ballot(session, slug)
            return _proposal_page(session, ballot, number, staff=staff, now=now, refusal=refusal)
    return _back_to(slug)


@router.post("/{slug}/roll/exclusions/{number}/refuse")
def refuse(
    session: WriteSession, staff: SteppedUpHqStaff, slug: str, number: ProposalNumber, now: NowDep
) -> Response:
    """Leave the member on the roll."""
    exclusions.refuse_proposal(session, get_ballot(session, slug), number, staff=staff, now=now)
    return _back_to(slug, part="#proposals")


def _back_to(slug: str, *, part: str = "") -> RedirectResponse:
    return RedirectResponse(f"/hq/ballots/{slug}/roll{part}", status_code=SEE_OTHER)


def _wrong_reason(reason: str, *, field: str) -> list[tuple[str, str]]:
    if not reason.strip():
        return [(field, NO_REASON)]
    try:
        TypeAdapter(Text).validate_python(reason)
    except ValidationError:
        return [(field, LONG_REASON)]
    return []


def _refused(  # noqa: PLR0913 - a form that was refused is this many facts
    database: Database,
    slug: str,
    errors: list[tuple[str, str]],
    *,
    typed: dict[str, str],
    staff: Staff,
    now: datetime,
) -> HTMLResponse:
    with database.reading() as session:
        ballot = get_ballot(session, slug)
        # Where there is nothing to mend there is no form either.
        if state_of(ballot, now=now) not in CHANGEABLE:
            raise RollClosed
        if "all_reason" in dict(errors) and all(
            each.left_out for each in latecomers(session, ballot)
        ):
            raise NobodyToAdd
        return _roll_page(session, slug, errors=errors, typed=typed, staff=staff, now=now)


def _roll_page(  # noqa: PLR0913 - what the page shows depends on this many facts
    session: Session,
    slug: str,
    *,
    staff: Staff,
    now: datetime,
    errors: list[tuple[str, str]] | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    ballot = get_ballot(session, slug)
    found = roll_changes_of(session, ballot, now=now)
    state = state_of(ballot, now=now)
    changeable = state in CHANGEABLE
    late = list(latecomers(session, ballot)) if changeable else []
    return staff_page(
        "hq/roll_changes.html",
        staff=staff,
        status_code=422 if errors else 200,
        ballot=ballot,
        state_words=state_words(ballot, now=now),
        changeable=changeable,
        found=found,
        sum=words.denominator_rows(found),
        changes=words.change_rows(found),
        waiting=[each for each in found.proposals if each.outcome is None],
        decided=words.decided_rows(found),
        errors=errors or [],
        error_of=dict(reversed(errors or [])),
        typed=dict.fromkeys(("numbers", "reason", "all_reason", "number", "why", "ask"), "")
        | (typed or {}),
        **_late(late),
    )


def _late(late: list[Latecomer]) -> dict[str, Any]:
    joiners = [each for each in late if each.left_out is None]
    mended = [each for each in late if each.left_out is not None]
    return {
        "joiners": len(joiners),
        "joiner_rows": words.latecomer_rows(joiners[:MOST_LISTED]),
        "mended": len(mended),
        "mended_rows": words.latecomer_rows(mended[:MOST_LISTED]),
        "unlisted": max(len(joiners), len(mended)) > MOST_LISTED,
    }


def _proposal_page(  # noqa: PLR0913 - what the page shows depends on this many facts
    session: Session,
    ballot: Ballot,
    number: int,
    *,
    staff: Staff,
    now: datetime,
    refusal: DomainError | None = None,
) -> HTMLResponse:
    exclusions.get_proposal(session, ballot, number)
    found = roll_changes_of(session, ballot, now=now)
    proposal = next(each for each in found.proposals if each.id == number)
    return staff_page(
        "hq/exclusion.html",
        staff=staff,
        status_code=409 if refusal else 200,
        ballot=ballot,
        proposal=proposal,
        about=words.about(proposal),
        effect=words.effect_rows(found),
        refusal=refusal.detail if refusal else None,
        **_may(proposal, found, staff=staff, state=state_of(ballot, now=now)),
    )


def _may(
    proposal: ProposalOut, found: RollChangesOut, *, staff: Staff, state: State
) -> dict[str, Any]:
    waits = proposal.outcome is None and state in CHANGEABLE
    own = proposal.proposed_by == staff.name
    return {
        "waits": waits,
        "own": own,
        "may_approve": waits and not own and found.entitled > 1,
    }
