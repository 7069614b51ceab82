"""What everybody may read: the first page, a ballot and its result, how a vote is kept secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from app.ballots.commencements import commenced
from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.service import describe, get_visible_ballot, visible_ballots
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.language import gettext
from app.core.settings import Settings, SettingsDep
from app.core.spoken_times import long_day, long_time
from app.cutoffs.events import WHOLE_DAYS
from app.cutoffs.timetable import read_timetable
from app.evidence.pack_store import find_pack
from app.results.boards import board_of
from app.results.schemas import ResultOut
from app.results.service import result_of
from app.rules.london import london_day, start_of
from app.security import access
from app.web.ballot_words import KINDS, constituency_rows
from app.web.ballot_words import state_words as words_of_state
from app.web.filters import percent as shown
from app.web.filters import thousands
from app.web.result_words import question_words
from app.web.sharing import sharing_of
from app.web.templating import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])

# What members want to know; the timetable page has every date.
SHOWN = frozenset({"announced", "cut-off", "frozen", "opens", "replacement", "closes", "declared"})


@dataclass(frozen=True)
class KeyDate:
    """One date of a ballot: what happens, when in words, and whether that is over."""

    title: str
    when: str
    past: bool


@router.get("/")
def show_first_page(
    request: Request, session: ReadSession, settings: SettingsDep, now: NowDep
) -> Response:
    """Show what Muster is, and every ballot that is no draft."""
    ballots = visible_ballots(session, staff=None, now=now)
    guide = getattr(request.app.state, "demo_guide", None) if settings.demo else None
    return page(
        "public/landing.html",
        running=sorted(_in(ballots, now, State.OPEN), key=lambda ballot: ballot.closes_at),
        to_come=sorted(_in(ballots, now, State.FROZEN), key=lambda ballot: ballot.opens_at),
        over=_in(ballots, now, State.CLOSED, State.DECLARED),
        guide=guide,
    )


@router.get("/ballots/{slug}")
def show_ballot(session: ReadSession, settings: SettingsDep, now: NowDep, slug: str) -> Response:
    """Show a ballot; after its declaration the result. Before that, never an answer."""
    ballot = get_visible_ballot(session, slug, staff=None, now=now)
    state = state_of(ballot, now=now)
    declared = state is State.DECLARED
    result = result_of(session, slug, staff=None, now=now) if declared else None
    words, kind = words_of_state(ballot, now=now)
    shown_ballot = describe(session, ballot, now=now)
    return page(
        "public/ballot.html",
        ballot=shown_ballot,
        state=state.value,
        state_words=gettext(words),
        state_kind=kind,
        rows=[
            (gettext("Kind of ballot"), gettext(KINDS[ballot.kind])),
            *constituency_rows(shown_ballot.constituency),
            _join_by(ballot, now=now),
        ],
        dates=_key_dates(session, ballot, settings=settings, now=now),
        sharing=sharing_of(shown_ballot, state=state, result=result, settings=settings),
        help_contact=settings.help_contact,
        result=result,
        has_board=board_of(session, ballot) is not None,
        evidence=find_pack(session, ballot) if declared else None,
        facts=_whole_facts(result) if result else [],
        answered=[
            (
                question.carried,
                question_words(
                    question,
                    ballot=ballot,
                    votes_cast=result.votes_cast,
                    commenced=commenced(session),
                ),
            )
            for question in result.questions
        ]
        if result
        else [],
    )


@router.get("/secrecy")
def show_secrecy() -> Response:
    """Say in plain words what keeps a vote secret, and what nobody can promise."""
    return page("public/secrecy.html")


def _in(ballots: Sequence[Ballot], now: datetime, *states: State) -> list[Ballot]:
    return [ballot for ballot in ballots if state_of(ballot, now=now) in states]


def _join_by(ballot: Ballot, *, now: datetime) -> tuple[str, str]:
    day = long_day(london_day(ballot.cut_off_at))
    if ballot.cut_off_at <= now:
        next_one = gettext("%(day)s. Whoever joins now can vote in the next ballot.", day=day)
        return gettext("Last day to join"), next_one
    return gettext("Join by"), gettext("%(day)s. That day is in time.", day=day)


def _key_dates(
    session: Session, ballot: Ballot, *, settings: Settings, now: datetime
) -> list[KeyDate]:
    timetable = read_timetable(session, ballot, close_grace=settings.close_grace, now=now)
    return [
        KeyDate(
            event.title,
            long_day(event.day)
            if event.at is None or event.key in WHOLE_DAYS
            else long_time(event.at),
            past=(event.at or start_of(event.day)) <= now,
        )
        for event in timetable.events
        if event.key in SHOWN and not event.cancelled
    ]


def _whole_facts(result: ResultOut) -> list[tuple[str, str]]:
    return [
        (gettext("Members entitled"), thousands(result.entitled)),
        (gettext("Votes cast"), thousands(result.votes_cast)),
        (gettext("Turnout"), shown(result.turnout_percent)),
    ]
