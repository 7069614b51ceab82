"""Headquarters changes the words of a ballot's messages, looks at them, and has a test sent."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.models import Ballot
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.settings import Settings, SettingsDep
from app.core.spoken_times import long_time
from app.notices.composing import Desk
from app.notices.invitations import refuse_if_mail_is_off
from app.notices.letter_press import LetterTooLong
from app.notices.letter_sheets import sample_page, sample_sheet
from app.notices.message import NoSuchAddress, deliverable
from app.notices.models import NoticeTemplate
from app.notices.server import mail_server
from app.notices.words import LANGUAGES, Words
from app.notices.words_kept import WrongWords, own_words, restore_words, save_words, words_of
from app.notices.words_kinds import KINDS, MEANINGS, Kind, Way, faults_in, kind_of
from app.notices.words_trial import queue_test
from app.security.access import HqStaff
from app.security.service import Staff
from app.web.sent_form import Typed
from app.web.staff_frame import staff_page
from app.web.words_preview import Preview, preview_of

router = APIRouter(prefix="/hq/ballots/{slug}/words", include_in_schema=False)
SEE_OTHER = 303
LARGEST_FORM = 64 * 1024  # bytes


@dataclass(frozen=True)
class _Sent:
    """What stands in the form, and what is wrong with it."""

    words: Words
    language: str
    faults: tuple[tuple[str, str], ...] = ()
    address: str = ""
    done: str = ""


@router.get("")
def show_messages(session: ReadSession, staff: HqStaff, slug: str) -> HTMLResponse:
    """Show every message that the ballot sends, and which words are its own."""
    ballot = get_ballot(session, slug)
    own = own_words(session, ballot)
    rows = [
        (
            kind,
            [
                (value, text, _changed(own.get((str(kind.key), value))))
                for value, text in LANGUAGES.items()
            ],
        )
        for kind in KINDS.values()
    ]
    return staff_page("hq/words.html", staff=staff, ballot=ballot, rows=rows)


@router.get("/{message}")
def show_words(  # noqa: PLR0913 - a query's fields, and what FastAPI hands in
    session: ReadSession,
    staff: HqStaff,
    slug: str,
    message: str,
    settings: SettingsDep,
    *,
    now: NowDep,
    language: str = "en",
    done: str = "",
) -> HTMLResponse:
    """Show the words of a message, to be changed, and how they read."""
    ballot, kind, language = get_ballot(session, slug), kind_of(message), _known(language)
    words = words_of(session, key_of(ballot), kind=kind, language=language)
    sent = _Sent(words, language, done=done)
    return _page(session, ballot, kind, sent, staff=staff, settings=settings, now=now)


@router.post("/{message}", max_body_size=LARGEST_FORM)
def take_words(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    staff: HqStaff,
    slug: str,
    message: str,
    settings: SettingsDep,
    *,
    now: NowDep,
    language: Typed = "en",
    subject: Typed = "",
    body: Typed = "",
    do: Typed = "preview",
) -> Response:
    """Save the words, or show how they would read; what is wrong stands beside them."""
    kind, language = kind_of(message), _known(language)
    words = Words(subject.strip(), body.replace("\r\n", "\n").strip())
    with database.reading() as session:
        ballot = get_ballot(session, slug)
        desk = Desk(session, settings=settings, now=now)
        faults, page = _tried(desk, ballot, kind, words=words, language=language)
        if do not in {"save", "restore", "page"} or (faults and do != "restore"):
            sent = _Sent(words, language, tuple(faults))
            return _page(session, ballot, kind, sent, staff=staff, settings=settings, now=now)
    if do == "page" and page is not None:
        return Response(page, media_type="application/pdf", headers={"Cache-Control": "no-store"})
    with database.writing() as session:
        ballot = get_ballot(session, slug)
        if do == "restore":
            restore_words(session, ballot, kind=kind, language=language, staff=staff, now=now)
        else:
            save_words(
                session, ballot, kind=kind, language=language, words=words, staff=staff, now=now
            )
    return _back(slug, kind, language=language, done="restored" if do == "restore" else "saved")


@router.post("/{message}/test", max_body_size=LARGEST_FORM)
def send_test(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    session: WriteSession,
    staff: HqStaff,
    slug: str,
    message: str,
    settings: SettingsDep,
    *,
    now: NowDep,
    address: Typed = "",
    language: Typed = "en",
) -> Response:
    """Send the officer a mail as members will get it, with a link that opens nothing."""
    ballot, kind, language = get_ballot(session, slug), kind_of(message), _known(language)
    refuse_if_mail_is_off(settings)
    try:
        recipient = deliverable(address.strip())
    except NoSuchAddress:
        words = words_of(session, key_of(ballot), kind=kind, language=language)
        fault = ("address", "Enter one e-mail address, such as you@example.org")
        sent = _Sent(words, language, (fault,), address=address)
        return _page(session, ballot, kind, sent, staff=staff, settings=settings, now=now)
    if kind.way is not Way.MAIL:
        raise WrongWords([("address", "Only a mail can be sent as a test.")])
    queue_test(session, ballot, kind=kind, address=recipient, language=language, now=now)
    return _back(slug, kind, language=language, done="sent")


def _tried(
    desk: Desk, ballot: Ballot, kind: Kind, *, words: Words, language: str
) -> tuple[list[tuple[str, str]], bytes | None]:
    """Return what is wrong with words; of a letter without faults its page as well."""
    faults = faults_in(words, kind)
    if faults or kind.way is not Way.POST:
        return faults, None
    sheet = sample_sheet(desk, key_of(ballot), language=language, words=words)
    try:
        return [], sample_page(sheet, now=desk.now)
    except LetterTooLong as too_long:
        return [("body", str(too_long))], None


def _page(  # noqa: PLR0913 - a page is this many facts
    session: Session,
    ballot: Ballot,
    kind: Kind,
    sent: _Sent,
    *,
    staff: Staff,
    settings: Settings,
    now: datetime,
) -> HTMLResponse:
    faults = list(sent.faults)
    own = own_words(session, ballot).get((str(kind.key), sent.language))
    preview: Preview | None = None
    if not [where for where, _ in faults if where != "address"]:
        desk = Desk(session, settings=settings, now=now)
        preview = preview_of(desk, ballot, kind, words=sent.words, language=sent.language)
    return staff_page(
        "hq/message_words.html",
        staff=staff,
        status_code=422 if faults else 200,
        ballot=ballot,
        kind=kind,
        sent=sent,
        languages=list(LANGUAGES.items()),
        fields=[(f"{{{name}}}", MEANINGS[name]) for name in kind.fields],
        changed=_changed(own),
        preview=preview,
        mail_is_on=mail_server(settings) is not None,
        errors=faults,
        error_of=dict(reversed(faults)),
    )


def _changed(own: NoticeTemplate | None) -> str:
    return f"Changed by {own.changed_by} on {long_time(own.changed_at)}" if own else ""


def _known(language: str) -> str:
    return language if language in LANGUAGES else "en"


def _back(slug: str, kind: Kind, *, language: str, done: str) -> RedirectResponse:
    here = f"/hq/ballots/{slug}/words/{kind.key}?language={language}&done={done}"
    return RedirectResponse(here, status_code=SEE_OTHER)
