"""`scripts/bench mail`: how long a whole union is queued, and how fast its messages leave."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.freeze import freeze_roll
from app.ballots.models import Credential
from app.ballots.service import create_ballot, get_ballot
from app.core.clock import system_clock
from app.core.database import Database
from app.core.settings import Settings
from app.notices.invitations import queue_invitations
from app.notices.models import Delivery, OutboxMessage
from app.roll.models import Branch, Member
from tests.support.ballots import HQ, ballot_in
from tests.support.databases import PostgresForTests, SqliteForTests, postgres_for_tests

from .crew import processes
from .electorate import SECRET
from .findings import Figure, Findings, Limit, load_average
from .post_office import PostOffice, post_office, send_bare, send_outbox
from .report import machine

SLUG = "pay-2026"
MOST_SECONDS = 30.0
LEAST_SHARE = 0.5
BRANCHES = 500
SLICE = 5000
# Longer than any round takes.
LATER = timedelta(days=1)
PATIENCE = 3600  # seconds


class NotSent(Exception):
    """A message was lost or sent twice, so the figures mean nothing."""


@dataclass(frozen=True)
class Effort:
    """How many are queued, how many of them leave, by how many connections, and how often."""

    rounds: int
    messages: int
    leaving: int
    connections: int = 4


@dataclass(frozen=True)
class _Found:
    """Seconds to queue all, and messages a second that left: one a round."""

    queued: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)


def run_mail_benchmark(effort: Effort, *, tell: Callable[[str], None]) -> Findings:
    """Queue and send by each database, and send the same without an outbox, in turn.

    Raises:
        NotSent: a message was lost or sent twice.
    """
    load_before = load_average()
    found = {"PostgreSQL": _Found(), "SQLite": _Found()}
    bare: list[float] = []
    made: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="muster-bench-")))
        postgres = stack.enter_context(postgres_for_tests())
        facts = machine(postgres.url("postgres"), load_before=load_before)
        places: dict[str, PostgresForTests | SqliteForTests]
        places = {"PostgreSQL": postgres, "SQLite": SqliteForTests(folder)}
        tell(f"Putting {effort.messages:,} members on a roll of each database ...")
        urls = {name: load_roll(place, members=effort.messages) for name, place in places.items()}
        office = stack.enter_context(post_office(folder))
        for number in range(1, effort.rounds + 1):
            for name, url in urls.items():
                # One process a round, as a worker that has just been started.
                with processes(1) as pool:
                    seconds, rate = measure(url, office, pool, effort=effort)
                found[name].queued.append(seconds)
                found[name].left.append(rate)
            bare.append(_bare(office, effort=effort, made=False))
            made.append(_bare(office, effort=effort, made=True))
            tell(
                f"round {number}: bare {bare[-1]:,.0f}/s, making each {made[-1]:,.0f}/s; "
                + ", ".join(
                    f"{name} queued in {each.queued[-1]:.1f} s, left at {each.left[-1]:,.0f}/s"
                    for name, each in found.items()
                )
            )
    return _findings(effort, facts | {"load_after": load_average()}, found, bare, made)


def load_roll(place: PostgresForTests | SqliteForTests, *, members: int) -> str:
    """Make a database with a frozen ballot of so many members with an e-mail address each."""
    url = place.create_migrated()
    database = Database(url)
    now = system_clock()
    with database.writing() as session:
        names = [f"Branch {n:03}" for n in range(BRANCHES)]
        session.execute(
            sa.insert(Branch), [{"code": name, "folded_code": name.casefold()} for name in names]
        )
        for start in range(0, members, SLICE):
            numbers = range(start, min(start + SLICE, members))
            session.execute(sa.insert(Member), [_member(n, names[n % BRANCHES]) for n in numbers])
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in(now=now), staff=HQ, now=now)
        freeze_roll(session, ballot, staff=HQ, now=now)
    database.dispose()
    return url


def _member(number: int, branch: str) -> dict[str, Any]:
    return {
        "membership_number": f"M{number:07}",
        "given_name": "Invented",
        "family_name": f"Member {number}",
        "email": f"m{number}@example.org",
        "branch": branch,
        "category": "full",
        "joined_on": date(2020, 1, 1),
    }


def measure(url: str, office: PostOffice, pool: Executor, *, effort: Effort) -> tuple[float, float]:
    """Queue every message, let some leave, and return the seconds and the messages a second.

    Raises:
        NotSent: another number was queued, or left, than was to.
    """
    settings = Settings(database_url=url, secret_key=SECRET, smtp_url=office.url)
    database = Database(url)
    try:
        with database.writing() as session:
            _empty(session)
        began_at = time.perf_counter()
        with database.writing() as session:
            now = system_clock()
            ballot = get_ballot(session, SLUG)
            queued = queue_invitations(session, ballot, staff=HQ, settings=settings, now=now)
        seconds = time.perf_counter() - began_at
        with database.writing() as session:
            _hold_back(session, leaving=effort.leaving)
        before = office.accepted
        taken = pool.submit(send_outbox, url, office.url, effort.connections).result(
            timeout=PATIENCE
        )
        with database.reading() as session:
            left = session.execute(
                sa.select(sa.func.count()).where(col(OutboxMessage.state) == Delivery.ACCEPTED)
            ).scalar_one()
    finally:
        database.dispose()
    _reconcile(queued, effort.messages)
    _reconcile(left, effort.leaving)
    _reconcile(office.accepted - before, effort.leaving)
    return seconds, effort.leaving / taken


def _empty(session: Session) -> None:
    session.execute(sa.delete(OutboxMessage))
    session.execute(sa.delete(Credential))


def _hold_back(session: Session, *, leaving: int) -> None:
    """Let all but so many messages wait beyond this round."""
    last = session.execute(
        sa.select(col(OutboxMessage.id)).order_by(col(OutboxMessage.id)).offset(leaving).limit(1)
    ).scalar()
    if last is not None:
        session.execute(
            sa.update(OutboxMessage)
            .where(col(OutboxMessage.id) >= last)
            .values(due_at=system_clock() + LATER)
        )


def _bare(office: PostOffice, *, effort: Effort, made: bool) -> float:
    before = office.accepted
    with processes(1) as pool:
        taken = pool.submit(
            send_bare,
            office.port,
            str(office.sample),
            effort.leaving,
            effort.connections,
            made=made,
        ).result(timeout=PATIENCE)
    _reconcile(office.accepted - before, effort.leaving)
    return effort.leaving / taken


def _reconcile(found: int, expected: int) -> None:
    if found != expected:
        raise NotSent(f"{found} messages where {expected} should be.")


def _findings(
    effort: Effort,
    facts: Mapping[str, Any],
    found: Mapping[str, _Found],
    bare: list[float],
    made: list[float],
) -> Findings:
    queued = [
        Figure(f"{effort.messages:,} queued on {name}, s", each.queued, places=2)
        for name, each in found.items()
    ]
    left = [Figure(f"left from {name}, messages/s", each.left) for name, each in found.items()]
    return Findings(
        "Mail",
        [
            f"{effort.messages:,} invitations queued in one click; {effort.leaving:,} leave to",
            f"an aiosmtpd in a process of its own, by {effort.connections} connections, each",
            "with a code and a Message-ID of its own. The bare loops of aiosmtplib hand as many",
            "to the same server by as many connections and write nothing down: one sends the same",
            "bytes each time, one makes each message.",
        ],
        facts,
        [
            *queued,
            *left,
            Figure("bare loop, messages/s", bare),
            Figure("bare loop that makes each, messages/s", made),
        ],
        [
            *(Limit(each.words, each.median, most=MOST_SECONDS) for each in queued),
            *_shares(found, made),
        ],
    )


def _shares(found: Mapping[str, _Found], made: list[float]) -> list[Limit]:
    """Return the shares, reckoned round by round: what slows one of them slows the other."""
    return [
        Limit(
            f"left from {name} / bare loop that makes each",
            median(rate / own for rate, own in zip(each.left, made, strict=True)),
            least=LEAST_SHARE,
        )
        for name, each in found.items()
    ]
