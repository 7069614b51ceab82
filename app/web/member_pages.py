"""The member's pages: from a link or a typed code to a receipt, without cookies or script."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import RedirectResponse, Response

from app.ballots import repository
from app.ballots.service import key_of
from app.core.clock import Clock
from app.core.database import Database
from app.core.language import gettext
from app.core.settings import Settings
from app.security import access
from app.security.access import client_address
from app.voting.guesses import count_wrong_code
from app.voting.service import (
    AlreadyVoted,
    BallotClosed,
    BallotNotOpen,
    CastVote,
    NotTaken,
    UnknownCode,
    cast_vote,
    look_up_typed,
    moment_of_arrival,
)
from app.web.language import follow_the_roll
from app.web.member_standing import Paper, member_page, outside_window, refused, standing
from app.web.paper_form import (
    AskedQuestion,
    PaperForm,
    ask,
    new_form,
    read_form,
    receipt_of,
    tidy_code,
    wrong_code_words,
)

LARGEST_PAPER = 64 * 1024  # bytes
AWAY = (NotTaken, OperationalError, InterfaceError, PoolTimeout)
REFUSALS = (UnknownCode, BallotNotOpen, BallotClosed, AlreadyVoted)
SOON = {"Retry-After": "2"}

router = APIRouter(prefix="/vote", include_in_schema=False, dependencies=[Depends(access.VOTER)])


@router.get("")
def show_code_entry(request: Request) -> Response:
    """Show the page on which a code from a letter is typed."""
    return member_page(request, "member/code.html", code="", errors=[])


@router.post("/code", max_body_size=LARGEST_PAPER)
async def open_with_typed_code(request: Request) -> Response:
    """Show the question to whoever types a code that works."""
    now = _now(request)
    async with request.form() as sent:
        code = tidy_code(read_form(sent).code)
    if not code:
        errors = [("code", gettext("Enter your voting code"))]
        return member_page(request, "member/code.html", status_code=422, code="", errors=errors)
    paper = await _paper_of(request, code)
    if paper is None:
        await _count_wrong_code(request, now)
        errors = [("code", wrong_code_words(code))]
        return member_page(
            request,
            "member/code.html",
            status_code=404,
            code=code,
            errors=errors,
        )
    return standing(request, paper, now=now) or _question_page(request, paper, new_form(code))


@router.get("/code")
@router.get("/check")
@router.get("/change")
@router.get("/cast")
def begin_again() -> Response:
    """Lead whoever reopens a later step to the first one: its form was not kept."""
    return RedirectResponse("/vote", status_code=303)


@router.get("/{code:path}")
async def open_with_link(request: Request, code: str) -> Response:
    """Show the question to whoever follows a voting link that works."""
    now = _now(request)
    form = new_form(code)
    if not form.code:
        return begin_again()
    paper = await _paper_of(request, form.code)
    if paper is None:
        return await _unknown(request, now)
    return standing(request, paper, now=now) or _question_page(request, paper, form)


@router.post("/change", max_body_size=LARGEST_PAPER)
async def change_answer(request: Request) -> Response:
    """Show the question again, with the choice kept."""
    now = _now(request)
    form = await _sent_form(request)
    paper = await _paper_of(request, form.code)
    if paper is None:
        return await _unknown(request, now)
    return standing(request, paper, now=now) or _question_page(request, paper, form)


@router.post("/check", max_body_size=LARGEST_PAPER)
async def check_answer(request: Request) -> Response:
    """Show what was chosen, to be checked before it is cast."""
    now = _now(request)
    form = await _sent_form(request)
    paper = await _paper_of(request, form.code)
    if paper is None:
        return await _unknown(request, now)
    asked = ask(paper.questions, form, complain=True)
    if _errors(asked):
        return standing(request, paper, now=now) or _question_page(
            request, paper, form, complain=True
        )
    # Somebody whose receipt was lost on the way comes back here: the box will know the paper.
    return outside_window(request, paper, now=now) or member_page(
        request,
        "member/check.html",
        ballot=paper.ballot,
        form=form,
        asked=asked,
    )


@router.post("/cast", max_body_size=LARGEST_PAPER)
async def cast(request: Request) -> Response:
    """Cast the vote and show its receipt; the same paper sent again shows it again."""
    began_at = _now(request)
    form = await _sent_form(request)
    arrived_at = moment_of_arrival(began_at, _now(request))
    try:
        return await _cast(request, form, arrived_at)
    except AWAY:
        return member_page(
            request,
            "member/send_again.html",
            status_code=503,
            headers=SOON,
            form=form,
        )


async def _cast(request: Request, form: PaperForm, arrived_at: datetime) -> Response:
    paper = await _paper_of(request, form.code)
    if paper is None:
        return await _unknown(request, arrived_at)
    asked = ask(paper.questions, form, complain=True)
    if _errors(asked):
        return standing(request, paper, now=arrived_at) or _question_page(
            request, paper, form, complain=True
        )
    settings: Settings = request.app.state.settings
    receipts = [receipt_of(form, asked, key=key) for key in settings.secret_keys]
    vote = CastVote(
        slug=paper.ballot.slug,
        code=form.code,
        answers={question.key: question.chosen or None for question in asked},
        receipt=receipts[0],
        arrived_at=arrived_at,
        origin=client_address(request),
    )
    try:
        receipt = await _cast_or_find(request.app, vote, receipts)
    except REFUSALS as refusal:
        return refused(request, refusal, paper)
    return member_page(request, "member/receipt.html", ballot=paper.ballot, receipt=receipt)


async def _cast_or_find(app: FastAPI, vote: CastVote, receipts: Sequence[str]) -> str:
    """Cast a vote; one that was cast before a change of keys is found by its receipt of then."""
    try:
        return await cast_vote(app, vote)
    except (AlreadyVoted, BallotClosed):
        for receipt in receipts[1:]:
            return await cast_vote(app, replace(vote, receipt=receipt))
        raise


def _question_page(
    request: Request, paper: Paper, form: PaperForm, *, complain: bool = False
) -> Response:
    asked = ask(paper.questions, form, complain=complain)
    errors = _errors(asked)
    return member_page(
        request,
        "member/question.html",
        status_code=422 if errors else 200,
        ballot=paper.ballot,
        form=form,
        asked=asked,
        errors=errors,
    )


def _errors(asked: Sequence[AskedQuestion]) -> list[tuple[str, str]]:
    return [(question.field, question.error) for question in asked if question.error]


async def _unknown(request: Request, now: datetime) -> Response:
    """Answer a code that opens nothing: unknown, revoked and malformed ones all alike."""
    await _count_wrong_code(request, now)
    return member_page(request, "member/unknown.html", status_code=404)


async def _count_wrong_code(request: Request, now: datetime) -> None:
    origin = client_address(request)
    await to_thread.run_sync(count_wrong_code, request.app, origin, now)


async def _paper_of(request: Request, code: str) -> Paper | None:
    """Return what a code opens, and speak its holder's language from here on."""
    paper = await to_thread.run_sync(_find_paper, request.app, code)
    follow_the_roll(paper.language if paper else None)
    return paper


def _find_paper(app: FastAPI, code: str) -> Paper | None:
    database: Database = app.state.database
    with database.reading() as session:
        found = look_up_typed(session, code, settings=app.state.settings)
        if found is None:
            return None
        questions = repository.questions_of(session, key_of(found.ballot))
    return Paper(found.ballot, questions=questions, voted=found.voted, language=found.language)


async def _sent_form(request: Request) -> PaperForm:
    async with request.form() as sent:
        return read_form(sent)


def _now(request: Request) -> datetime:
    clock: Clock = request.app.state.clock
    return clock()
