"""Headquarters invites the members of a ballot by e-mail, watches it leave, and changes words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.settings import Settings, SettingsDep
from app.notices.composing import SAMPLE_CODE, SAMPLE_NAMES, Desk, letter_for, words_of
from app.notices.desk import desk_of, pause_mail, resume_mail
from app.notices.invitations import (
    WrongWords,
    queue_again,
    queue_invitations,
    queue_test,
    reach_of,
    refuse_if_mail_is_off,
    save_words,
)
from app.notices.message import NoSuchAddress, deliverable
from app.notices.models import Delivery, Purpose
from app.notices.words import FIELDS, LANGUAGES, Letter, Words, faults_in
from app.security.access import HqStaff
from app.security.service import Staff
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq", include_in_schema=False)
SEE_OTHER = 303
LARGEST_FORM = 64 * 1024  # bytes
WORDS_OF_STATE = (
    (Delivery.QUEUED, "Waiting"),
    (Delivery.SENDING, "Being handed over"),
    (Delivery.ACCEPTED, "Accepted by the mail server"),
    (Delivery.REFUSED, "Refused, or without a usable address"),
    (Delivery.UNSURE, "Unsure: the server may or may not have them"),
    (Delivery.DROPPED, "No longer needed"),
)


@router.get("/ballots/{slug}/invitations")
def show_invitations(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show whom e-mail can reach, what has left, and what to do next."""
    return _invitations_page(session, slug, staff=staff, settings=settings, now=now)


@router.post("/ballots/{slug}/invitations")
def send_invitations(
    session: WriteSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> Response:
    """Queue an invitation for everybody who has an address and no code."""
    ballot = get_ballot(session, slug)
    queue_invitations(session, ballot, staff=staff, settings=settings, now=now)
    return _back(slug)


@router.post("/ballots/{slug}/invitations/again")
def send_again(
    session: WriteSession,
    staff: HqStaff,
    slug: str,
    now: NowDep,
    *,
    state: Annotated[str, Form()] = "",
) -> Response:
    """Queue once more what was refused, or what we are unsure of."""
    if state in {Delivery.REFUSED, Delivery.UNSURE}:
        ballot = get_ballot(session, slug)
        queue_again(session, ballot, state=Delivery(state), staff=staff, now=now)
    return _back(slug)


@router.post("/ballots/{slug}/invitations/pause")
def pause(session: WriteSession, staff: HqStaff, slug: str, now: NowDep) -> Response:
    """Let no mail leave, for any ballot."""
    pause_mail(session, actor=staff.actor, now=now)
    return _back(slug)


@router.post("/ballots/{slug}/invitations/resume")
def resume(session: WriteSession, staff: HqStaff, slug: str, now: NowDep) -> Response:
    """Let mail leave again."""
    resume_mail(session, actor=staff.actor, now=now)
    return _back(slug)


@router.post("/ballots/{slug}/invitations/test", max_body_size=LARGEST_FORM)
def send_test(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    session: WriteSession,
    staff: HqStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    address: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "en",
) -> Response:
    """Send the officer the invitation as members will get it, with a link that opens nothing."""
    ballot = get_ballot(session, slug)
    refuse_if_mail_is_off(settings)
    try:
        recipient = deliverable(address.strip())
    except NoSuchAddress:
        return _invitations_page(
            session,
            slug,
            staff=staff,
            settings=settings,
            now=now,
            address=address,
            errors=[("address", "Enter one e-mail address, such as you@example.org")],
        )
    queue_test(session, ballot, address=recipient, language=_known(language), now=now)
    return _back(slug)


@router.get("/ballots/{slug}/invitations/words")
def show_words(  # noqa: PLR0913 - a query's field, and what FastAPI hands in
    session: ReadSession,
    staff: HqStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    language: str = "en",
) -> HTMLResponse:
    """Show the words of the invitation, to be changed, and how they read."""
    ballot = get_ballot(session, slug)
    language = _known(language)
    words = words_of(session, key_of(ballot), purpose=Purpose.INVITATION, language=language)
    form = _WordsForm(words, language)
    return _words_page(session, ballot, form, staff=staff, settings=settings, now=now)


@router.post("/ballots/{slug}/invitations/words", max_body_size=LARGEST_FORM)
def take_words(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    staff: HqStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    language: Annotated[str, Form()] = "en",
    subject: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    do: Annotated[str, Form()] = "preview",
) -> Response:
    """Save the words, or show how they would read; what is wrong stands beside them."""
    language = _known(language)
    words = Words(subject.strip(), body.replace("\r\n", "\n").strip())
    faults = faults_in(words)
    if do == "save" and not faults:
        try:
            with database.writing() as session:
                ballot = get_ballot(session, slug)
                save_words(session, ballot, language=language, words=words, staff=staff, now=now)
            return _back(slug)
        except WrongWords as wrong:
            faults = wrong.faults
    form = _WordsForm(words, language, faults)
    with database.reading() as session:
        ballot = get_ballot(session, slug)
        return _words_page(session, ballot, form, staff=staff, settings=settings, now=now)


@dataclass(frozen=True)
class _WordsForm:
    words: Words
    language: str
    faults: list[tuple[str, str]] | None = None


def _words_page(  # noqa: PLR0913 - a page is this many facts
    session: Session,
    ballot: Ballot,
    form: _WordsForm,
    *,
    staff: Staff,
    settings: Settings,
    now: datetime,
) -> HTMLResponse:
    faults = form.faults or []
    return staff_page(
        "hq/invitation_words.html",
        staff=staff,
        status_code=422 if faults else 200,
        ballot=ballot,
        words=form.words,
        language=form.language,
        languages=list(LANGUAGES.items()),
        fields=[(f"{{{name}}}", meaning) for name, meaning in FIELDS.items()],
        errors=faults,
        error_of=dict(reversed(faults)),
        letter=None if faults else _sample(session, ballot, form, settings=settings, now=now),
    )


def _sample(
    session: Session, ballot: Ballot, form: _WordsForm, *, settings: Settings, now: datetime
) -> Letter:
    return letter_for(
        Desk(session, settings=settings, now=now),
        key_of(ballot),
        words=form.words,
        language=form.language,
        name=SAMPLE_NAMES[form.language],
        code=SAMPLE_CODE,
    )


def _invitations_page(  # noqa: PLR0913 - a page is this many facts
    session: Session,
    slug: str,
    *,
    staff: Staff,
    settings: Settings,
    now: datetime,
    address: str = "",
    errors: list[tuple[str, str]] | None = None,
) -> HTMLResponse:
    ballot = get_ballot(session, slug)
    desk = desk_of(
        session,
        settings=settings,
        now=now,
        ballot_id=key_of(ballot),
        purpose=Purpose.INVITATION,
    )
    state = state_of(ballot, now=now)
    return staff_page(
        "hq/invitations.html",
        staff=staff,
        status_code=422 if errors else 200,
        ballot=ballot,
        state=state.value,
        runs=state in {State.FROZEN, State.OPEN},
        reach=reach_of(session, ballot),
        desk=desk,
        rows=[(words, desk.numbers[each]) for each, words in WORDS_OF_STATE if desk.numbers[each]],
        leave_later=now < ballot.opens_at,
        languages=list(LANGUAGES.items()),
        address=address,
        errors=errors or [],
    )


def _known(language: str) -> str:
    return language if language in LANGUAGES else "en"


def _back(slug: str) -> RedirectResponse:
    return RedirectResponse(f"/hq/ballots/{slug}/invitations", status_code=SEE_OTHER)
