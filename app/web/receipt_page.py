"""“Is my vote in the count?”: from a receipt to a proof, without script and without a log of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from sqlmodel import Session
from starlette.responses import Response

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.service import get_visible_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.language import gettext
from app.evidence.board import Published, open_board
from app.evidence.inclusion import (
    NotOnTheBoard,
    Proof,
    answers_shown,
    proof_file,
    prove_receipt,
)
from app.results.boards import board_of
from app.results.leaves import Shows
from app.security import access
from app.web.filters import thousands
from app.web.templating import page

router = APIRouter(
    prefix="/ballots", include_in_schema=False, dependencies=[Depends(access.PUBLIC)]
)
LARGEST_FORM = 4096  # bytes
LONGEST_RECEIPT = 200


@dataclass(frozen=True)
class Answer:
    """What the page says of a receipt.

    Attributes:
        proofs: one for each paper that carries it.
        place: of the first of them on the board, from 1, in words.
        answers: what the board shows of it: question, and answer or None for a blank.
    """

    proofs: list[Proof]
    place: str
    answers: list[tuple[str, str | None]]


@router.get("/{slug}/receipt")
def ask_for_receipt(session: ReadSession, slug: str, now: NowDep) -> Response:
    """Ask for a receipt; before the declaration say when to come back."""
    return _shown(session, get_visible_ballot(session, slug, staff=None, now=now), now=now)


@router.post("/{slug}/receipt", max_body_size=LARGEST_FORM)
def look_for_receipt(
    session: ReadSession, slug: str, now: NowDep, *, receipt: Annotated[str, Form()] = ""
) -> Response:
    """Say whether the paper of a receipt is in the count. It travels in the form alone."""
    ballot = get_visible_ballot(session, slug, staff=None, now=now)
    if _waits_for(session, ballot, now=now):
        return _shown(session, ballot, now=now)
    typed = receipt.strip()[:LONGEST_RECEIPT]
    if not typed:
        error = gettext("Enter your receipt")
        return _shown(session, ballot, now=now, error=error, status_code=422)
    published = open_board(session, slug, now=now)
    try:
        proofs = prove_receipt(session, published, receipt=typed)
    except NotOnTheBoard:
        error = gettext("No paper in this ballot has that receipt")
        return _shown(session, ballot, now=now, typed=typed, error=error, status_code=404)
    return _shown(session, ballot, now=now, typed=typed, answer=_answer(published, proofs))


@router.post("/{slug}/receipt/proof", max_body_size=LARGEST_FORM)
def send_proof(
    session: ReadSession, slug: str, now: NowDep, *, receipt: Annotated[str, Form()] = ""
) -> Response:
    """Send the proof of a receipt's paper as a small file to keep."""
    published = open_board(session, slug, now=now)
    [proof, *_] = prove_receipt(session, published, receipt=receipt.strip()[:LONGEST_RECEIPT])
    content = json.dumps(proof_file(published, proof), indent=2, ensure_ascii=False) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="{slug}-proof.json"'}
    return Response(content, media_type="application/json", headers=headers)


def _answer(published: Published, proofs: list[Proof]) -> Answer:
    first = proofs[0]
    place = thousands(first.index + 1)
    return Answer(proofs, place=place, answers=answers_shown(published, first))


def _waits_for(session: Session, ballot: Ballot, *, now: datetime) -> str:
    """Say what must happen before a receipt can be looked for; nothing if it can be."""
    if ballot.cancelled_at is not None:
        return "cancelled"
    state = state_of(ballot, now=now)
    if state is State.DECLARED:
        return "" if board_of(session, ballot) is not None else "no board"
    return "declaration" if state is State.CLOSED else "close"


def _shown(  # noqa: PLR0913 - the page has this many states
    session: Session,
    ballot: Ballot,
    *,
    now: datetime,
    typed: str = "",
    error: str | None = None,
    answer: Answer | None = None,
    status_code: int = 200,
) -> Response:
    return page(
        "public/receipt.html",
        status_code=status_code,
        ballot=ballot,
        waits_for=_waits_for(session, ballot, now=now),
        board=board_of(session, ballot),
        shows_answers=ballot.board == Shows.ANSWERS,
        receipt=typed,
        symbols=sum(symbol.isalnum() for symbol in typed),
        answer=answer,
        errors=[("receipt", error)] if error else [],
    )
