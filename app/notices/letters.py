"""Letters for members whom neither e-mail nor a mobile reaches: a merge file, and pages to print.

The codes are made as the file leaves. What stays is their keyed digests, so it leaves once.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

import segno
import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import CodesIssued
from app.audit.notice_events import LettersMade
from app.ballots.codes import code_digest, new_code
from app.ballots.credentials import (
    BallotOver,
    RollNotFrozen,
    end_codes_off_roll,
    refuse_unless_in_charge,
    voting_link,
)
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot, Credential, RollEntry
from app.ballots.service import key_of
from app.core.csv_lines import csv_line
from app.core.settings import Settings
from app.notices.bounces import has_dead_address
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.words import HELP, LANGUAGES, UNION, moment, one_line
from app.roll.models import Member
from app.security.service import Staff

# A download this large is made in a few seconds; the next one holds the next members.
MOST_AT_ONCE = 2000
COLUMNS = (
    "membership_number",
    "name",
    "address",
    "postcode",
    "language",
    "ballot",
    "closes",
    "code",
    "link",
)
_STYLE = (
    "body{font:12pt/1.5 Verdana,Geneva,sans-serif;margin:0}"
    "section{box-sizing:border-box;padding:20mm;min-height:100vh;break-after:page}"
    "address{font-style:normal;white-space:pre-line;margin:25mm 0 20mm}"
    ".code{font:bold 14pt monospace;overflow-wrap:anywhere}"
    "svg{width:35mm;height:35mm}@page{size:A4;margin:0}"
)
_WORDS = {
    "en": (
        "Your vote: {title}",
        "{union} asks you to vote. Voting is open from {opens} until {closes}.",
        "Open this address in a browser, or point a telephone’s camera at the square:",
        "Or open {base} and enter this code. It is yours alone, and works once:",
        (
            "Help: {help}. You get this letter because the union holds no e-mail address and no "
            "mobile number of yours that works."
        ),
    ),
    "cy": (
        "Eich pleidlais: {title}",
        "Mae {union} yn gofyn i chi bleidleisio. Mae’r bleidlais ar agor o {opens} tan {closes}.",
        "Agorwch y cyfeiriad hwn mewn porwr, neu anelwch gamera ffôn at y sgwâr:",
        "Neu agorwch {base} a rhowch y cod hwn. Chi yn unig biau’r cod, ac mae’n gweithio unwaith:",
        (
            "Cymorth: {help}. Cewch y llythyr hwn am nad oes gan yr undeb gyfeiriad e-bost na rhif "
            "ffôn symudol sy’n gweithio i chi."
        ),
    ),
}


@dataclass(frozen=True)
class PostalLetter:
    """A letter on its way out: the only moment at which its code is in clear."""

    membership_number: str
    name: str
    address: str
    postcode: str
    language: str
    code: str


@dataclass(frozen=True)
class LettersToMake:
    """How many members need a letter, and how many of them have no postal address either."""

    to_make: int
    no_address: int


def letters_to_make(session: Session, ballot: Ballot) -> LettersToMake:
    """Count members on the roll without a code whom neither e-mail nor a mobile reaches."""
    counts = [
        session.execute(
            sa.select(sa.func.count()).select_from(_needing(ballot, has_address=each).subquery())
        ).scalar_one()
        for each in (True, False)
    ]
    return LettersToMake(to_make=counts[0], no_address=counts[1])


def make_letters(
    session: Session, ballot: Ballot, *, staff: Staff, settings: Settings, now: datetime
) -> list[PostalLetter]:
    """Make a code for each member who needs a letter, at most `MOST_AT_ONCE`.

    Asked again, the answer holds the next ones: nobody gets two live codes.

    Raises:
        NotYours: the one who asks is not in charge of this ballot's codes.
        RollNotFrozen: the ballot is a draft.
        BallotOver: the window has passed.
    """
    refuse_unless_in_charge(ballot, staff=staff)
    state = state_of(ballot, now=now)
    if state is State.DRAFT:
        raise RollNotFrozen
    if state in {State.CLOSED, State.DECLARED}:
        raise BallotOver
    key = settings.secret_key.get_secret_value()
    letters, rows = [], []
    for found in session.execute(_needing(ballot, has_address=True).limit(MOST_AT_ONCE)):
        letter = _letter(found)
        letters.append(letter)
        rows.append(
            {
                "digest": code_digest(letter.code, key=key),
                "ballot_id": key_of(ballot),
                "entry_id": found.entry_id,
                "issued_at": now,
            }
        )
    if rows:
        session.execute(sa.insert(Credential), rows)
        end_codes_off_roll(session, [found["entry_id"] for found in rows], now=now)
    # Codes are counted the same however they leave; that they left as letters stands beside it.
    issued = CodesIssued(ballot.slug, issued=len(letters))
    audit.record(session, issued, actor=staff.actor, now=now)
    made = LettersMade(ballot.slug, letters=len(letters))
    audit.record(session, made, actor=staff.actor, now=now)
    return letters


def as_archive(letters: Sequence[PostalLetter], ballot: Ballot, *, settings: Settings) -> bytes:
    """Return the file for the mailing house: `letters.csv` to merge, `letters.html` to print."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        # Excel takes a file without this mark for Windows-1252.
        merged = "\N{BYTE ORDER MARK}" + "".join(_lines(letters, ballot, settings=settings))
        archive.writestr("letters.csv", merged)
        archive.writestr("letters.html", _pages(letters, ballot, settings=settings))
    return content.getvalue()


def _needing(ballot: Ballot, *, has_address: bool) -> sa.Select[Any]:
    live = sa.select(col(Credential.entry_id)).where(
        col(Credential.ballot_id) == key_of(ballot), col(Credential.revoked_at).is_(None)
    )
    # A new link may be on its way by mail: it would end the code in the letter.
    on_its_way = sa.select(col(OutboxMessage.entry_id)).where(
        col(OutboxMessage.ballot_id) == key_of(ballot),
        col(OutboxMessage.entry_id).is_not(None),
        col(OutboxMessage.purpose) == Purpose.NEW_LINK,
        col(OutboxMessage.state).in_((Delivery.QUEUED, Delivery.SENDING)),
    )
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("entry_id", col(RollEntry.id)),
        *[sa.label(name, col(getattr(Member, name))) for name in _DETAILS],
    ]
    posted = col(Member.address) != ""
    return (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == key_of(ballot),
            col(RollEntry.on_roll),
            sa.or_(col(Member.email) == "", has_dead_address()),
            col(Member.mobile) == "",
            posted if has_address else ~posted,
            col(RollEntry.id).not_in(live),
            col(RollEntry.id).not_in(on_its_way),
        )
        .order_by(col(Member.membership_number))
    )


_DETAILS = (
    "membership_number",
    "given_name",
    "family_name",
    "address",
    "postcode",
    "language",
)


def _letter(found: sa.Row[Any]) -> PostalLetter:
    return PostalLetter(
        found.membership_number,
        name=one_line(f"{found.given_name} {found.family_name}").strip(),
        address=found.address,
        postcode=found.postcode,
        language=found.language if found.language in LANGUAGES else "en",
        code=new_code(),
    )


def _lines(letters: Iterable[PostalLetter], ballot: Ballot, *, settings: Settings) -> Iterable[str]:
    yield csv_line(COLUMNS)
    for each in letters:
        closes = moment(ballot.closes_at, language=each.language)
        link = voting_link(each.code, settings=settings)
        yield csv_line(
            (
                each.membership_number,
                each.name,
                each.address,
                each.postcode,
                each.language,
                one_line(ballot.title),
                closes,
                each.code,
                link,
            )
        )


def _pages(letters: Iterable[PostalLetter], ballot: Ballot, *, settings: Settings) -> str:
    pages = "\n".join(_page(each, ballot, settings=settings) for each in letters)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(ballot.title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{pages}\n</body></html>\n"
    )


def _page(letter: PostalLetter, ballot: Ballot, *, settings: Settings) -> str:
    language = letter.language
    values = {
        "title": one_line(ballot.title),
        "union": settings.union_name or UNION[language],
        "opens": moment(ballot.opens_at, language=language),
        "closes": moment(ballot.closes_at, language=language),
        "base": settings.base_url,
        "help": settings.help_contact or HELP[language],
    }
    head, asks, follow, enter, foot = (escape(part.format(**values)) for part in _WORDS[language])
    link = voting_link(letter.code, settings=settings)
    square = segno.make(link, error="m").svg_inline(scale=3)
    return (
        f'<section lang="{language}"><address>{escape(letter.name)}\n{escape(letter.address)}\n'
        f"{escape(letter.postcode)}</address>\n<h1>{head}</h1>\n<p>{asks}</p>\n<p>{follow}</p>\n"
        f'{square}\n<p class="code">{escape(link)}</p>\n<p>{enter}</p>\n'
        f'<p class="code">{escape(letter.code)}</p>\n<p>{foot}</p></section>'
    )
