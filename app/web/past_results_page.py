"""What would the rules have meant? Past results under every period; nothing is stored."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, UploadFile
from starlette.responses import Response

from app.ballots.commencements import commenced
from app.core.body_limit import route_that_reads
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.errors import Invalid
from app.core.language import gettext
from app.results.calculator import NoRuleYet
from app.results.past_file import rows_of
from app.results.past_results import Meaning, work_out
from app.results.past_router import LARGEST
from app.results.past_rows import PastResults, read_units
from app.results.past_schemas import AskedOfPast
from app.rules.books import BOOKS, STATUTE, BookKey
from app.rules.london import london_day
from app.security import access
from app.web.language import in_english
from app.web.past_results_words import words_of
from app.web.templating import page
from app.web.typed import typed_day
from app.web.unit_chart import chart_of

router = APIRouter(
    include_in_schema=False,
    dependencies=[Depends(access.PUBLIC)],
    route_class=route_that_reads(LARGEST),
)

HERE = "/past-results"
# RMT's own figures of six questions put to members in passenger transport; docs/past-results.md.
EXAMPLE = """unit, entitled, yes, no, spoiled
"Govia Thameslink Railway, strike", "2,327", 926, 267, 5
"Govia Thameslink Railway, short of a strike", "2,327", "1,056", 136, 6
"ScotRail, strike", "2,445", 756, 631, 6
"ScotRail, short of a strike", "2,445", 955, 432, 6
"c2c, strike", 79, 43, 1, 1
"Island Line, strike", 33, 20, 4, 0
"""
EXAMPLE_OPENED = "2022-04-26"


@dataclass
class Sent:
    """What stands in the form: it is given back as it was typed."""

    rule_book: str = STATUTE
    opened_on: str = ""
    important_public_service: str = ""
    results: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@router.get(HERE)
def show_form(session: ReadSession, now: NowDep, *, example: bool = False) -> Response:
    """Show the form; with an example, what it comes to."""
    if not example:
        return _page(Sent())
    sent = Sent(
        opened_on=EXAMPLE_OPENED,
        important_public_service="yes",
        results=EXAMPLE,
    )
    return _answer(session, sent, content=EXAMPLE.encode(), now=now)


@router.post(HERE)
def show_meaning(  # noqa: PLR0913 - each is one field of the form
    session: ReadSession,
    now: NowDep,
    *,
    file: UploadFile | None = None,
    results: Annotated[str, Form()] = "",
    rule_book: Annotated[str, Form()] = "",
    opened_on: Annotated[str, Form()] = "",
    important_public_service: Annotated[str, Form()] = "",
) -> Response:
    """Show what the rules of every period make of the results, and forget them."""
    sent = Sent(rule_book, opened_on.strip(), important_public_service, results)
    content = file.file.read() if file is not None else b""
    return _answer(session, sent, content=content or results.encode(), now=now)


def _answer(session: ReadSession, sent: Sent, *, content: bytes, now: datetime) -> Response:
    asked = _asked(sent)
    read = _read(content, sent=sent)
    if asked is None or read is None:
        return _page(sent)
    try:
        meaning = work_out(
            read.units, asked=asked, today=london_day(now), commenced=commenced(session)
        )
    except NoRuleYet as too_early:
        sent.errors["opened_on"] = _said(too_early.detail)
        return _page(sent)
    return _page(sent, read=read, meaning=meaning)


def _asked(sent: Sent) -> AskedOfPast | None:
    day: date | None = None
    if sent.rule_book not in get_args(BookKey):
        sent.errors["rule_book"] = gettext("Select the kind of ballot")
    if sent.opened_on:
        day = typed_day(sent.opened_on)
        if day is None:
            sent.errors["opened_on"] = gettext(
                "Enter the day on which the ballot opened, as 26/04/2022"
            )
    if sent.errors:
        return None
    return AskedOfPast.model_validate(
        {
            "rule_book": sent.rule_book,
            "opened_on": day,
            "important_public_service": sent.important_public_service == "yes",
        }
    )


def _read(content: bytes, *, sent: Sent) -> PastResults | None:
    try:
        return read_units(rows_of(content))
    except Invalid as refused:
        sent.errors["file"] = _said(refused.detail)
        return None


def _said(about_the_file: str) -> str:
    """Return what is said of a file; where there is no Welsh, in English and marked so."""
    words = gettext(about_the_file)
    return in_english(words) if words == about_the_file else words


def _page(
    sent: Sent, *, read: PastResults | None = None, meaning: Meaning | None = None
) -> Response:
    return page(
        "public/past_results.html",
        status_code=422 if sent.errors else 200,
        books=[(book.key, gettext(book.title)) for book in BOOKS.values()],
        sent=sent,
        errors=list(sent.errors.items()),
        error_of=sent.errors,
        notes=[_said(note) for note in read.notes] if read else [],
        left_out=[(str(each.row), _said(each.message)) for each in read.left_out] if read else [],
        answer=words_of(meaning) if meaning else None,
        chart=chart_of(meaning) if meaning else None,
    )
