"""Check and apply kept files in the background, so that nobody has to keep a page open.

A job is a thread of the process that was asked, and a row that every process can read. If the
process dies, its transaction is undone, the row stops moving and the import shows as interrupted
(docs/decisions/0026). A process that is told to end stops the job first, and it shows at once.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from app.audit.service import Actor
from app.core.clock import Clock
from app.core.database import DATABASE_AWAY, Database
from app.core.errors import Conflict, DomainError
from app.core.statements import rows_touched
from app.roll.choices import Choices
from app.roll.import_models import ImportState, RollImport, RollImportProblem
from app.roll.importing import Imported, Task, run_import
from app.roll.refusals import ImportUnderWay
from app.roll.service import record_import
from app.roll.uploads import find_kept, open_kept
from app.rules.london import london_day

log = structlog.get_logger()

HEARTBEAT = 1.0  # seconds
# After so long without a word its process is taken for dead. On SQLite nothing can be said while
# a file is applied: the import itself is the writer.
PATIENCE = {
    ImportState.READING: timedelta(minutes=1),
    ImportState.APPLYING: timedelta(minutes=5),
}
MAY_BE_CHECKED = frozenset(
    {ImportState.UPLOADED, ImportState.READ, ImportState.FAILED, ImportState.INTERRUPTED}
)
MAY_BE_APPLIED = frozenset({ImportState.READ, ImportState.INTERRUPTED})
# Of the problems, so many are kept with the counts; the others have a table.
PROBLEMS_WITH_COUNTS = 200
WENT_WRONG = (
    "Muster itself failed while it worked on this file. The roll is as it was. Try again; if it "
    "fails again, whoever runs Muster finds the reason in its log."
)


class Superseded(Conflict):
    """Another process took the import over."""

    code = "import_superseded"
    message = "Another process has taken this import over, so this one did nothing."


class ToldToEnd(Exception):
    """The process is ending, and the file has not been read to its end."""


@dataclass(frozen=True)
class Job:
    """One piece of work on one import.

    Attributes:
        number: of the import.
        run: how many pieces of work there have been on it.
        file_name: what the sender calls the file.
        choices: what headquarters chose.
        clock: tells the time.
        actor: who applies it; None for a check.
    """

    number: int
    run: int
    file_name: str
    choices: Choices
    clock: Clock
    actor: Actor | None = None


def state_of(kept: RollImport, *, now: datetime) -> ImportState:
    """Return how far an import is; interrupted, where nobody has worked on it for a while."""
    state = ImportState(kept.state)
    patience = PATIENCE.get(state)
    if patience is not None and now - kept.alive_at > patience:
        return ImportState.INTERRUPTED
    return state


def start_check(
    database: Database, number: int, *, choices: Choices, clock: Clock
) -> threading.Thread:
    """Begin to find out what a file would do, and return at once.

    Raises:
        UnknownImport: there is no such import.
        ImportUnderWay: somebody works on it, or it has been applied.
    """
    job = _claim(database, number, choices=choices, clock=clock, actor=None)
    return _begin(database, job)


def start_apply(
    database: Database, number: int, *, choices: Choices, actor: Actor, clock: Clock
) -> threading.Thread:
    """Begin to apply a file that has been checked, and return at once.

    Raises:
        UnknownImport: there is no such import.
        ImportUnderWay: it has not been checked, somebody works on it, or it has been applied.
    """
    job = _claim(database, number, choices=choices, clock=clock, actor=actor)
    return _begin(database, job)


def _claim(
    database: Database, number: int, *, choices: Choices, clock: Clock, actor: Actor | None
) -> Job:
    now = clock()
    with database.writing() as session:
        session.execute(
            sa.select(col(RollImport.id)).where(col(RollImport.id) == number).with_for_update()
        )
        kept = find_kept(session, number)
        allowed = MAY_BE_CHECKED if actor is None else MAY_BE_APPLIED
        if state_of(kept, now=now) not in allowed:
            raise ImportUnderWay
        kept.state = ImportState.READING if actor is None else ImportState.APPLYING
        kept.run += 1
        kept.rows_done = 0
        kept.alive_at = now
        kept.refusal = None
        kept.choices = choices.model_dump_json()
        session.add(kept)
        return Job(number, kept.run, kept.file_name, choices=choices, clock=clock, actor=actor)


def _begin(database: Database, job: Job) -> threading.Thread:
    return database.background.start(lambda: work(database, job), name=f"roll-import-{job.number}")


def work(database: Database, job: Job) -> None:
    """Do one piece of work to its end, and write down how it ended."""
    heart = Heart(database, job)
    try:
        with heart, open_kept(database, job.number) as file:
            task = Task(
                dry_run=job.actor is None,
                today=london_day(job.clock()),
                choices=job.choices,
                tell=heart.tell,
                seal=None if job.actor is None else _sealed(job, actor=job.actor),
                lists=True,
            )
            imported = run_import(database, file, task, file_name=job.file_name)
        if job.actor is None:
            with database.writing() as session:
                _store(session, imported, job=job, state=ImportState.READ)
    except Superseded:
        log.warning("import_taken_over", number=job.number)
    except ToldToEnd:
        _leave(database, job)
    except DomainError as refusal:
        _fail(database, job, refusal=refusal.detail)
    except Exception as fault:
        log.exception("import_failed", number=job.number, kind=type(fault).__name__)
        _fail(database, job, refusal=WENT_WRONG)


def _sealed(job: Job, *, actor: Actor) -> Callable[[Session, Imported], None]:
    """Write down in the transaction that applies a file that it is applied."""

    def seal(session: Session, imported: Imported) -> None:
        record_import(session, imported, actor=actor, now=job.clock())
        _store(session, imported, job=job, state=ImportState.DONE)

    return seal


def _store(session: Session, imported: Imported, *, job: Job, state: ImportState) -> None:
    outcome = imported.outcome
    shown = outcome.model_copy(update={"problems": outcome.problems[:PROBLEMS_WITH_COUNTS]})
    stored = session.execute(
        _ours(job).values(
            state=state,
            rows_done=outcome.rows,
            rows_total=outcome.rows,
            alive_at=job.clock(),
            outcome=shown.model_dump_json(),
            findings=imported.findings.model_dump_json(),
        )
    )
    if rows_touched(stored) != 1:
        raise Superseded
    session.execute(
        sa.delete(RollImportProblem).where(col(RollImportProblem.import_id) == job.number)
    )
    rows = [
        {"import_id": job.number, "place": place, **problem.model_dump()}
        for place, problem in enumerate(outcome.problems)
    ]
    if rows:
        session.execute(sa.insert(RollImportProblem), rows)


def _ours(job: Job) -> sa.Update:
    """Change the import unless another process has taken it over."""
    return sa.update(RollImport).where(
        col(RollImport.id) == job.number, col(RollImport.run) == job.run
    )


def _fail(database: Database, job: Job, *, refusal: str) -> None:
    _end(database, job, state=ImportState.FAILED, refusal=refusal)


def _leave(database: Database, job: Job) -> None:
    """Let it show as interrupted without a wait: nobody works on it any more."""
    log.warning("import_interrupted", number=job.number)
    long_ago = job.clock() - max(PATIENCE.values()) - timedelta(seconds=1)
    _end(database, job, alive_at=long_ago)


def _end(database: Database, job: Job, **facts: object) -> None:
    try:
        with database.writing() as session:
            session.execute(_ours(job).values(**facts))
    except DATABASE_AWAY as away:
        # Nothing can be written: the import shows as interrupted in a while.
        log.warning("import_end_unsaid", number=job.number, kind=type(away).__name__)


class Heart:
    """Says every second that a job is alive and how far it is."""

    def __init__(self, database: Database, job: Job) -> None:
        self._database = database
        self._job = job
        self._rows = 0
        self._over = threading.Event()
        self._superseded = False
        self._thread = threading.Thread(
            target=self._beat, name=f"roll-import-{job.number}-heart", daemon=True
        )

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self._over.set()
        self._thread.join()

    def tell(self, rows: int) -> None:
        """Hear how many rows have been read.

        Raises:
            Superseded: another process has taken the import over.
            ToldToEnd: this process is ending.
        """
        self._rows = rows
        if self._database.background.is_over:
            raise ToldToEnd
        if self._superseded:
            raise Superseded

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT):
            try:
                with self._database.writing() as session:
                    alive = session.execute(
                        _ours(self._job).values(rows_done=self._rows, alive_at=self._job.clock())
                    )
                    self._superseded = rows_touched(alive) != 1
            except DATABASE_AWAY:
                # On SQLite the import itself is the writer by now; elsewhere the next beat tells.
                continue
