"""Build the demonstration where it is not built yet, and serve it."""

import asyncio
import io
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from app.audit.service import COMMAND_LINE
from app.ballots.codes import code_digest
from app.ballots.credentials import voting_link
from app.ballots.service import create_ballot
from app.core.clock import system_clock
from app.core.database import Database
from app.core.migrations import migrate
from app.core.settings import Settings
from app.demo import scenes
from app.demo.courses import write_course
from app.demo.live import has_codes, keep_codes, voting_crowd
from app.demo.people import EMPLOYERS_DOMAIN, write_roll
from app.main import create_app
from app.notices.worker import Worker
from app.roll.service import import_roll
from app.security.models import Role
from app.security.service import Staff, add_staff
from app.voting.service import look_up

# The branch that stands just short of half.
BRANCH = "Northumbria"
SPARE_OF_A_BRANCH = 2


@dataclass(frozen=True)
class Keys:
    """What the demonstration must remember: nothing in it protects anybody real."""

    secret_key: str
    password: str
    codes: list[str]
    closes_at: str


@dataclass(frozen=True)
class Step:
    """One thing for a newcomer to click."""

    text: str
    href: str
    detail: str


def run_demo(*, port: int, data: Path, live: bool = False, pace: float = 1.0) -> None:
    """Serve the demonstration on a port of this machine, building it first where needed.

    Args:
        port: where.
        data: the folder that keeps it.
        live: whether invented members vote while it runs.
        pace: how many times as fast as usual they do.
    """
    import uvicorn

    data.mkdir(parents=True, exist_ok=True)
    keys = _kept(data, live=live) or _build(data, port=port, now=system_clock())
    settings = _settings(data, port=port, secret_key=keys.secret_key)
    app = create_app(settings)
    app.state.demo_guide = steps = _guide(keys, settings=settings, live=live)
    for step in steps:
        print(f"{step.text}: {settings.base_url if step.href.startswith('/') else ''}{step.href}")
        if step.detail:
            print(f"    {step.detail}")
    print(f"\nMuster is ready at {settings.base_url} (everyone in it is invented). Ctrl-C ends it.")
    if live:
        print("Invented members vote while it runs: an invented day passes in an hour.")
    sys.stdout.flush()
    crowd = _crowd(data, settings=settings, pace=pace) if live else nullcontext()
    with _mail_worker(settings), crowd:
        uvicorn.run(
            app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=3
        )


@contextmanager
def _mail_worker(settings: Settings) -> Iterator[None]:
    """Run the worker beside the server, in a thread of its own with a loop of its own."""
    database = Database(settings.database_url)
    worker = Worker(database, settings=settings, clock=system_clock)
    with start_blocking_portal() as portal:
        stop = portal.call(asyncio.Event)
        working = portal.start_task_soon(worker.run, stop)
        try:
            yield
        finally:
            portal.call(stop.set)
            working.result()
            database.dispose()


def _crowd(data: Path, *, settings: Settings, pace: float) -> AbstractContextManager[None]:
    return voting_crowd(data, base_url=settings.base_url, pace=pace, say=_say)


def _say(said: str) -> None:
    print(said, flush=True)


def _settings(data: Path, *, port: int, secret_key: str) -> Settings:
    return Settings.model_validate(
        {
            "database_url": f"sqlite:///{data / 'muster.sqlite3'}",
            "secret_key": secret_key,
            "base_url": f"http://127.0.0.1:{port}",
            "work_mail_domains": EMPLOYERS_DOMAIN,
            "union_name": "The Invented Union",
            "demo": True,
            # Off, unless whoever tries Muster has a mail server of their own: its people are
            # invented, and their addresses go nowhere.
            "smtp_url": os.environ.get("MUSTER_SMTP_URL"),
            "mail_from": os.environ.get("MUSTER_MAIL_FROM"),
        }
    )


def _kept(data: Path, *, live: bool = False) -> Keys | None:
    """Return the keys of a demonstration that is still worth looking at."""
    if live and not has_codes(data):
        return None
    try:
        keys = Keys(**json.loads((data / "demo.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return keys if datetime.fromisoformat(keys.closes_at) > system_clock() else None


def _build(data: Path, *, port: int, now: datetime) -> Keys:
    print("Building the demonstration: about 5,200 invented members in 18 branches…")
    for old in data.glob("muster.sqlite3*"):
        old.unlink()
    secret_key = secrets.token_hex(32)
    settings = _settings(data, port=port, secret_key=secret_key)
    migrate(settings.database_url)
    database = Database(settings.database_url)
    password = f"demo-{secrets.token_hex(5)}"
    days = scenes.Days(now)
    _import_roll(database, data, now=now, days=days)
    left = _stage(database, days, password=password, settings=settings)
    database.dispose()
    # The first few of each branch are for whoever tries the demonstration.
    spare = [code for codes in left.values() for code in codes[:SPARE_OF_A_BRANCH]]
    keep_codes(data, {branch: codes[SPARE_OF_A_BRANCH:] for branch, codes in left.items()})
    keys = Keys(secret_key, password, codes=spare, closes_at=days.london_noon(12).isoformat())
    kept = data / "demo.json"
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(asdict(keys)), "utf-8")
    return keys


def _import_roll(database: Database, data: Path, *, now: datetime, days: scenes.Days) -> None:
    roll = data / "roll.csv"
    write_roll(roll, today=now.date(), cut_off=days.london_noon(-10).date())
    outcome = import_roll(
        database,
        io.BytesIO(roll.read_bytes()),
        file_name=roll.name,
        dry_run=False,
        actor=COMMAND_LINE,
        now=datetime(2026, 2, 9, 9, tzinfo=UTC),
    )
    assert outcome.rejected == 0, outcome.problems[:3]  # noqa: S101 - our own file


def _stage(
    database: Database, days: scenes.Days, *, password: str, settings: Settings
) -> Mapping[str, list[str]]:
    begun = datetime(2026, 2, 9, 10, tzinfo=UTC)
    hq = _staff(database, "h.mensah", Role.HQ, password=password, now=begun)
    _staff(database, "b.charlton", Role.BRANCH, branch=BRANCH, password=password, now=begun)
    scrutineer = _staff(database, "s.okoro", Role.SCRUTINEER, password=password, now=begun)

    before = scenes.declared_ballot()
    frozen_at = before.opens_at - timedelta(hours=3)
    issued = scenes.set_up(
        database, before, hq=hq, holder=scrutineer, settings=settings, now=frozen_at
    )
    scenes.vote_and_declare(database, issued, scrutineer=scrutineer, settings=settings)

    running = scenes.open_ballot(days)
    frozen_at = running.opens_at - timedelta(hours=3)
    issued = scenes.set_up(database, running, hq=hq, holder=hq, settings=settings, now=frozen_at)
    left = scenes.vote_by_branch(database, scenes.OPEN, issued, settings=settings)

    scenes.set_up(
        database,
        scenes.ballot_to_come(days),
        hq=hq,
        holder=scrutineer,
        settings=settings,
        now=days.now,
    )
    with database.writing() as session:
        create_ballot(session, scenes.ballot_being_planned(days), staff=hq, now=days.now)
    for slug in (scenes.DECLARED, scenes.OPEN):
        write_course(database, slug, now=days.now)
    return left


def _staff(  # noqa: PLR0913 - an account is this many facts
    database: Database,
    name: str,
    role: Role,
    *,
    password: str,
    now: datetime,
    branch: str | None = None,
) -> Staff:
    with database.writing() as session:
        add_staff(
            session,
            name=name,
            role=role,
            branch=branch,
            password=password,
            actor=COMMAND_LINE,
            now=now,
        )
    return Staff(name, role=role, branch=branch)


def _guide(keys: Keys, *, settings: Settings, live: bool = False) -> list[Step]:
    sign_in = "Sign in with the name {} and the password " + keys.password
    return [
        Step("Vote as a member", _unused_link(keys, settings=settings), "On a phone or here."),
        Step("Headquarters", "/sign-in", sign_in.format("h.mensah")),
        Step(
            "Headquarters’ live room",
            f"/sign-in?next=/hq/ballots/{scenes.OPEN}/turnout",
            "Invented members vote while you watch." if live else "It moves when somebody votes.",
        ),
        Step(f"The {BRANCH} branch", "/sign-in", sign_in.format("b.charlton")),
        Step("The scrutineer", "/sign-in", sign_in.format("s.okoro")),
        Step(
            "A declared result",
            f"/ballots/{scenes.DECLARED}",
            "It missed the half in March, before the April change.",
        ),
        Step(
            "Is a vote in the count?",
            f"/ballots/{scenes.DECLARED}/receipt",
            f"One of its receipts is {scenes.RECEIPT}.",
        ),
    ]


def _unused_link(keys: Keys, *, settings: Settings) -> str:
    database = Database(settings.database_url)
    code = keys.codes[0]
    with database.reading() as session:
        for each in keys.codes:
            found = look_up(session, code_digest(each, key=keys.secret_key))
            if found is not None and not found.voted:
                code = each
                break
    database.dispose()
    return voting_link(code, settings=settings)
