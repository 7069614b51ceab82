"""The member's pages: from a link or a typed code to a receipt, without cookies or script."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI, Request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import RedirectResponse, Response

from app.ballots import repository
from app.ballots.models import Ballot
from app.ballots.schemas import QuestionIO
from app.ballots.service import key_of
from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import DomainError
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
    VoteAfterCancel,
    cast_vote,
    look_up_typed,
    moment_of_arrival,
)
from app.web.language import follow_the_roll
from app.web.paper_form import (
    AskedQuestion,
    PaperForm,
    ask,
    new_form,
    read_form,
    receipt_of,
    tidy_code,
)
from app.web.templating import page

LARGEST_PAPER = 64 * 1024  # bytes
AWAY = (NotTaken, OperationalError, InterfaceError, PoolTimeout)
REFUSALS = (UnknownCode, BallotNotOpen, BallotClosed, AlreadyVoted)
SOON = {"Retry-After": "2"}

router = APIRouter(prefix="/vote", include_in_schema=False, dependencies=[Depends(access.VOTER)])


@dataclass(frozen=True)
class Paper:
    """What a live code opens: the ballot, its questions, and what the page must know of its holder.

    Attributes:
        voted: whether its holder is on the marked roll.
        language: the one that the roll holds for them; None where they were erased.
    """

    ballot: Ballot
    questions: Sequence[QuestionIO]
    voted: bool
    language: str | None


@router.get("")
def show_code_entry() -> Response:
    """Show the page on which a code from a letter is typed."""
    return page("member/code.html", code="", errors=[])


@router.post("/code", max_body_size=LARGEST_PAPER)
async def open_with_typed_code(request: Request) -> Response:
    """Show the question to whoever types a code that works."""
    now = _now(request)
    async with request.form() as sent:
        code = tidy_code(read_form(sent).code)
    if not code:
        errors = [("code", gettext("Enter your voting code"))]
        return page("member/code.html", status_code=422, code="", errors=errors)
    paper = await _paper_of(request, code)
    if paper is None:
        await _count_wrong_code(request, now)
        errors = [("code", gettext(UnknownCode.message))]
        return page("member/code.html", status_code=404, code=code, errors=errors)
    return _standing(paper, now) or _question_page(paper, new_form(code))


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
    return _standing(paper, now) or _question_page(paper, form)


@router.post("/change", max_body_size=LARGEST_PAPER)
async def change_answer(request: Request) -> Response:
    """Show the question again, with the choice kept."""
    now = _now(request)
    form = await _sent_form(request)
    paper = await _paper_of(request, form.code)
    if paper is None:
        return await _unknown(request, now)
    return _standing(paper, now) or _question_page(paper, form)


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
        return _standing(paper, now) or _question_page(paper, form, complain=True)
    # Somebody whose receipt was lost on the way comes back here: the box will know the paper.
    return _outside_window(paper, now) or page(
        "member/check.html", ballot=paper.ballot, form=form, asked=asked
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
        return page("member/send_again.html", status_code=503, headers=SOON, form=form)


async def _cast(request: Request, form: PaperForm, arrived_at: datetime) -> Response:
    paper = await _paper_of(request, form.code)
    if paper is None:
        return await _unknown(request, arrived_at)
    asked = ask(paper.questions, form, complain=True)
    if _errors(asked):
        return _standing(paper, arrived_at) or _question_page(paper, form, complain=True)
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
        return _refused(refusal, paper)
    return page("member/receipt.html", ballot=paper.ballot, receipt=receipt)


async def _cast_or_find(app: FastAPI, vote: CastVote, receipts: Sequence[str]) -> str:
    """Cast a vote; one that was cast before a change of keys is found by its receipt of then."""
    try:
        return await cast_vote(app, vote)
    except (AlreadyVoted, BallotClosed):
        for receipt in receipts[1:]:
            return await cast_vote(app, replace(vote, receipt=receipt))
        raise


def _refused(refusal: DomainError, paper: Paper) -> Response:
    """Return the page for a vote that the ballot box refused, which has counted a wrong code."""
    if isinstance(refusal, UnknownCode):
        return page("member/unknown.html", status_code=404)
    if isinstance(refusal, VoteAfterCancel):
        return _cancelled(paper)
    if isinstance(refusal, BallotNotOpen):
        return _not_open(paper)
    if isinstance(refusal, BallotClosed):
        return _closed(paper)
    return _already_voted(paper)


def _question_page(paper: Paper, form: PaperForm, *, complain: bool = False) -> Response:
    asked = ask(paper.questions, form, complain=complain)
    errors = _errors(asked)
    return page(
        "member/question.html",
        status_code=422 if errors else 200,
        ballot=paper.ballot,
        form=form,
        asked=asked,
        errors=errors,
    )


def _errors(asked: Sequence[AskedQuestion]) -> list[tuple[str, str]]:
    return [(question.field, question.error) for question in asked if question.error]


def _standing(paper: Paper, now: datetime) -> Response | None:
    """Return the page for somebody who cannot vote now, and why."""
    if paper.voted and paper.ballot.cancelled_at is None:
        return _already_voted(paper)
    return _outside_window(paper, now)


def _outside_window(paper: Paper, now: datetime) -> Response | None:
    if paper.ballot.cancelled_at is not None:
        return _cancelled(paper)
    if now < paper.ballot.opens_at:
        return _not_open(paper)
    if now >= paper.ballot.closes_at:
        return _closed(paper)
    return None


def _not_open(paper: Paper) -> Response:
    return page("member/not_open.html", status_code=403, ballot=paper.ballot)


def _closed(paper: Paper) -> Response:
    return page("member/closed.html", status_code=410, ballot=paper.ballot)


def _cancelled(paper: Paper) -> Response:
    return page("member/cancelled.html", status_code=410, ballot=paper.ballot)


def _already_voted(paper: Paper) -> Response:
    return page("member/already_voted.html", status_code=409, ballot=paper.ballot)


async def _unknown(request: Request, now: datetime) -> Response:
    """Answer a code that opens nothing: unknown, revoked and malformed ones all alike."""
    await _count_wrong_code(request, now)
    return page("member/unknown.html", status_code=404)


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
