"""What a code opens, and the pages for somebody who cannot vote with it now, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from app.ballots.models import Ballot
from app.ballots.schemas import QuestionIO
from app.core.errors import DomainError
from app.core.settings import Settings
from app.voting.service import BallotClosed, BallotNotOpen, UnknownCode, VoteAfterCancel
from app.web.templating import page


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


def member_page(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response:
    """Render a page for a member, which says whose ballot this is and whom to ask."""
    settings: Settings = request.app.state.settings
    return page(
        template,
        status_code=status_code,
        headers=headers,
        union=settings.union_name,
        help_contact=settings.help_contact,
        **context,
    )


def standing(request: Request, paper: Paper, *, now: datetime) -> Response | None:
    """Return the page for somebody who cannot vote now, and why; None for who can."""
    if paper.voted and paper.ballot.cancelled_at is None:
        return _page_of(request, "already_voted", paper, status_code=409)
    return outside_window(request, paper, now=now)


def outside_window(request: Request, paper: Paper, *, now: datetime) -> Response | None:
    """Return the page for a moment at which nobody votes in this ballot; None for any other."""
    if paper.ballot.cancelled_at is not None:
        return _page_of(request, "cancelled", paper, status_code=410)
    if now < paper.ballot.opens_at:
        return _page_of(request, "not_open", paper, status_code=403)
    if now >= paper.ballot.closes_at:
        return _page_of(request, "closed", paper, status_code=410)
    return None


def refused(request: Request, refusal: DomainError, paper: Paper) -> Response:
    """Return the page for a vote that the ballot box refused, which has counted a wrong code."""
    if isinstance(refusal, UnknownCode):
        return member_page(request, "member/unknown.html", status_code=404)
    if isinstance(refusal, VoteAfterCancel):
        return _page_of(request, "cancelled", paper, status_code=410)
    if isinstance(refusal, BallotNotOpen):
        return _page_of(request, "not_open", paper, status_code=403)
    if isinstance(refusal, BallotClosed):
        return _page_of(request, "closed", paper, status_code=410)
    return _page_of(request, "already_voted", paper, status_code=409)


def _page_of(request: Request, name: str, paper: Paper, *, status_code: int) -> Response:
    return member_page(request, f"member/{name}.html", status_code=status_code, ballot=paper.ballot)
