"""What Muster is held against: the same endpoint without a database, and a session per vote.

Each rival is the real application, middleware and all, with only the vote's route or its box
replaced, so that nothing else differs.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from sqlalchemy import make_url, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col

from app.ballots.codes import code_digest
from app.ballots.models import Ballot, Credential, RollEntry
from app.core.clock import Clock, NowDep
from app.core.database import Database
from app.core.settings import SettingsDep, read_settings
from app.main import create_app
from app.security.access import client_address
from app.voting.models import BallotPaper, RollMark, TurnoutCounter
from app.voting.paper import Paper, PaperRack
from app.voting.receipts import new_receipt, receipt_digest
from app.voting.router import PATH, VOTE_ROUTE
from app.voting.schemas import ReceiptOut, VoteIn
from app.voting.service import BallotClosed, BallotNotOpen, CastVote, UnknownCode, cast_vote
from app.voting.votes import Outcome, Vote

CodeHeader = Annotated[str, Header(alias="authorization")]
# A session holds a connection until its answer is serialised, which takes a thread of the same
# pool that others hold while they wait for a connection: without a limit 64 clients stop for 30 s.
# These numbers served most votes; on SQLite every session waits for the one writer.
SESSIONS_AT_ONCE = {"postgresql": 10, "sqlite": 1}


def _session_of_ones_own(request: Request) -> Iterator[Session]:
    database: Database = request.app.state.database
    with database.writing() as session:
        yield session


def _with_vote_route(endpoint: Callable[..., object]) -> FastAPI:
    """Put FastAPI's own route where the thin one stands: first, so that it is found first."""
    app = create_app()
    app.post(PATH, status_code=201)(endpoint)
    own_route = app.router.routes.pop()
    app.router.routes[app.router.routes.index(VOTE_ROUTE)] = own_route
    return app


def no_database() -> FastAPI:
    """FastAPI's own route with the vote's schemas and middleware; counts nothing. This is 1.00."""

    async def cast_vote(slug: str, vote: VoteIn, authorization: CodeHeader) -> ReceiptOut:
        del slug, authorization
        return ReceiptOut(receipt=vote.receipt or new_receipt())

    return _with_vote_route(cast_vote)


class BoxThatAnswersAtOnce:
    """Says COUNTED and counts nothing: shows what the door alone costs."""

    async def cast(self, vote: Vote) -> Outcome:
        """Count nothing."""
        del vote
        return Outcome.COUNTED

    async def close(self) -> None:
        """Close nothing."""


class RackOfOnePaper(PaperRack):
    """Has the benchmark's paper at hand without a database."""

    def at_hand(self, slug: str) -> Paper:
        """Return the paper with the one question."""
        return Paper(1, slug=slug, answers={"offer": frozenset({"accept", "reject"})})


def thin_no_database() -> FastAPI:
    """Muster's thin route before a box that answers at once: the limit of what a box can reach."""
    app = create_app()
    app.state.papers = RackOfOnePaper(app.state.database)
    life = app.router.lifespan_context

    @asynccontextmanager
    async def with_the_box_replaced(app: FastAPI) -> AsyncIterator[None]:
        async with life(app):
            app.state.ballot_box = BoxThatAnswersAtOnce()
            yield

    app.router.lifespan_context = with_the_box_replaced
    return app


def through_fastapi() -> FastAPI:
    """Muster itself, its ballot box behind FastAPI's own route: what the thin route is worth."""

    async def vote_endpoint(
        slug: str, vote: VoteIn, authorization: CodeHeader, request: Request
    ) -> ReceiptOut:
        # Read here: FastAPI takes the clock's dependency to another thread and back.
        clock: Clock = request.app.state.clock
        cast = CastVote(
            slug=slug,
            code=authorization.partition(" ")[2],
            answers=vote.answers,
            receipt=vote.receipt,
            arrived_at=clock(),
            origin=client_address(request),
        )
        return ReceiptOut(receipt=await cast_vote(request.app, cast))

    return _with_vote_route(vote_endpoint)


def session_per_vote() -> FastAPI:
    """The textbook way: a `def` route, a SQLModel session, four statements and a commit a vote."""
    dialect = make_url(read_settings().database_url).get_backend_name()
    at_once = SESSIONS_AT_ONCE[dialect]
    session_dependency = Depends(_session_of_ones_own, scope="function", max_concurrency=at_once)

    def cast_vote(  # noqa: PLR0913, PLR0917 - what FastAPI injects
        slug: str,
        vote: VoteIn,
        authorization: CodeHeader,
        session: Annotated[Session, session_dependency],
        settings: SettingsDep,
        now: NowDep,
    ) -> ReceiptOut:
        digest = code_digest(
            authorization.partition(" ")[2], key=settings.secret_key.get_secret_value()
        )
        found = session.execute(
            select(Ballot, RollEntry)
            .join(Credential, col(Credential.ballot_id) == col(Ballot.id))
            .join(RollEntry, col(RollEntry.id) == col(Credential.entry_id))
            .where(col(Credential.digest) == digest, col(Credential.revoked_at).is_(None))
        ).first()
        if found is None:
            raise UnknownCode
        ballot, entry = found
        if now < ballot.opens_at:
            raise BallotNotOpen
        if now >= ballot.closes_at:
            raise BallotClosed
        receipt = vote.receipt or new_receipt()
        _store(session, entry, answers=str(vote.answers), digest=receipt_digest(receipt, slug=slug))
        return ReceiptOut(receipt=receipt)

    return _with_vote_route(cast_vote)


def _store(session: Session, entry: RollEntry, *, answers: str, digest: bytes) -> None:
    assert entry.id is not None  # noqa: S101 - it was read from the database
    session.add(RollMark(ballot_id=entry.ballot_id, entry_id=entry.id))
    session.add(
        BallotPaper(
            ballot_id=entry.ballot_id,
            id=digest[:16],
            answers=answers,
            receipt_digest=digest,
        )
    )
    session.flush()
    postgres = session.get_bind().dialect.name == "postgresql"
    one_more = (postgres_insert if postgres else sqlite_insert)(TurnoutCounter).values(
        ballot_id=entry.ballot_id, cell_id=entry.cell_id, writer=0, votes_cast=1
    )
    session.execute(
        one_more.on_conflict_do_update(
            index_elements=["ballot_id", "cell_id", "writer"],
            set_={"votes_cast": col(TurnoutCounter.votes_cast) + 1},
        )
    )
