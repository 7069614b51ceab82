"""A trial of one fault: members vote and people read while something breaks, then all is counted.

Each trial leaves one row for the table of docs/reliability.md. `scripts/faults` runs them all.
"""

import http.client
import json
import os
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.core.database import Database
from app.core.settings import Settings
from tests.support.ballots import ReadyBallot, add_members, given_ballot, given_token
from tests.support.servers import RealServer, running_server
from tests.voting.test_killed_server import papers_by_receipt, totals

ROWS = "MUSTER_FAULT_ROWS"  # the file that collects the rows, if they are wanted
VOTES = "/api/v1/ballots/pay-2026/votes"
READ = ("/readyz", "/", "/ballots/pay-2026", "/api/v1/ballots/pay-2026/turnout", "/staff")
VOTERS = 1800
CLIENTS = 12
PAUSE = 0.03  # seconds between two votes of one client: some 300 votes a second arrive
PAUSE_AFTER_A_REFUSAL = 0.2
PAUSE_OF_A_READER = 0.1  # seconds between two rounds of all pages: votes are what is tried
LONGEST_ANSWER = 8.0  # seconds; a member is told within this, whatever is broken
LONGEST_RECOVERY = 10.0
# Until enough was broken, or enough votes are in: no promise, and other tests run meanwhile.
LONGEST_WAIT = 60.0
COUNTED = http.HTTPStatus.CREATED
AWAY = http.HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True)
class Answer:
    """What somebody was told, and when. The status is None if the line was cut."""

    status: int | None
    said: str
    retry_after: str | None
    came_at: float
    seconds: float


def ask(line: http.client.HTTPConnection, method: str, path: str, **more: Any) -> Answer:
    """Send one request over a line, which opens itself again where it was cut."""
    started = time.monotonic()
    try:
        line.request(method, path, **more)
        answer = line.getresponse()
        said = answer.read().decode()
        status, retry_after = answer.status, answer.headers["Retry-After"]
    except (OSError, http.client.HTTPException):
        line.close()
        status, said, retry_after = None, "", None
    now = time.monotonic()
    return Answer(status, said, retry_after, came_at=now, seconds=now - started)


class Crowd:
    """Members who vote one after another through a few clients, and readers beside them."""

    def __init__(self, codes: Iterable[str], *, port: int, token: str) -> None:
        # A receipt is made before the vote, so that it can be sent again.
        self.votes = {secrets.token_hex(16): code for code in codes}
        self.voted: list[tuple[str, Answer]] = []
        self.read: list[tuple[str, Answer]] = []
        self._port = port
        self._token = token
        self._waiting: deque[str] = deque()
        self._stopped = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let votes and readers come while the block lasts."""
        self._stopped.clear()
        self._waiting.extend(self.votes)
        work = [self._vote] * CLIENTS + [self._read]
        threads = [threading.Thread(target=each) for each in work]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._waiting.clear()
            for thread in threads:
                thread.join()

    def send_again(self, receipts: Iterable[str]) -> None:
        """Send votes once more, all at once through the same clients, and wait for the answers."""
        self._stopped.clear()
        self._waiting.extend(receipts)
        threads = [threading.Thread(target=self._vote, args=(0,)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _vote(self, pause: float = PAUSE) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with closing(line):
            while self._waiting and not self._stopped.is_set():
                try:
                    receipt = self._waiting.popleft()
                except IndexError:
                    return
                answer = ask(line, "POST", VOTES, **self._paper(receipt))
                self.voted.append((receipt, answer))
                time.sleep(pause if answer.status == COUNTED else PAUSE_AFTER_A_REFUSAL)

    def _paper(self, receipt: str) -> dict[str, Any]:
        return {
            "body": json.dumps({"answers": {"offer": "reject"}, "receipt": receipt}),
            "headers": {"Authorization": f"Bearer {self.votes[receipt]}"},
        }

    def _read(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Authorization": f"Bearer {self._token}"}
        with closing(line):
            while not self._stopped.is_set():
                for path in READ:
                    self.read.append((path, ask(line, "GET", path, headers=headers)))
                time.sleep(PAUSE_OF_A_READER)

    def sent(self) -> set[str]:
        return {receipt for receipt, _ in self.voted}

    def answered(self) -> set[str]:
        """The receipts of all who were told that their vote is counted."""
        return {receipt for receipt, answer in list(self.voted) if answer.status == COUNTED}

    def counted_after(self, moment: float) -> float | None:
        """Seconds from a moment to the first vote counted after it."""
        later = [
            each.came_at - moment
            for _, each in list(self.voted)
            if each.status == COUNTED and each.came_at >= moment
        ]
        return min(later, default=None)


@dataclass(frozen=True)
class Row:
    """What came of one trial. Times in seconds."""

    fault: str
    database: str
    answered: int
    found: int
    twice: int
    refused: int
    pages_refused: int
    cut_off: int
    slowest: float
    recovery: float


@dataclass
class Trial:
    """What a fault may touch while the crowd is at work."""

    server: RealServer
    database: Database
    ballot: ReadyBallot
    crowd: Crowd
    over_at: float = 0.0

    def wait_for(self, number: int) -> None:
        """Wait until so many more votes are counted."""
        enough = len(self.crowd.answered()) + number
        self.wait_until(lambda: len(self.crowd.answered()) >= enough)

    def wait_until(self, happened: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + LONGEST_WAIT
        while not happened():
            assert time.monotonic() < give_up_at, "it did not come about by itself"
            time.sleep(0.01)

    def over(self) -> None:
        """Say that what was broken is mended: from here the recovery is measured."""
        self.over_at = time.monotonic()


def try_fault(
    fault: str,
    *,
    settings: Settings,
    strike: Callable[[Trial], None],
    process_dies: bool = False,
    allowed: Mapping[int, str] | None = None,
    window: Mapping[str, datetime] | None = None,
    **server: Any,
) -> Row:
    """Let a fault strike while votes come in, and hold what is left against what was promised.

    Args:
        fault: its name in the table.
        settings: of the server, and of the database it uses.
        strike: breaks something and mends it, and calls `over` once it is mended.
        process_dies: whether lines may be cut, because the process ends.
        allowed: further statuses a vote may get, with the code that goes with each.
        window: when the ballot opens and closes, if not an hour ago and in a week.
        server: what `running_server` is told besides.
    """
    database = Database(settings.database_url)
    now = datetime.now(UTC)
    add_members(database, VOTERS)
    ballot = given_ballot(database, settings, now=now, **(window or {}))
    token = given_token(database, settings, now=now)
    with running_server(settings, **server) as running:
        crowd = Crowd(ballot.codes.values(), port=running.port, token=token)
        trial = Trial(running, database=database, ballot=ballot, crowd=crowd)
        with crowd.at_work():
            trial.wait_for(100)
            strike(trial)
            trial.wait_until(lambda: crowd.counted_after(trial.over_at) is not None)
            trial.wait_for(100)
        row = _row_of(trial, fault=fault)
        check_answers(crowd, process_dies=process_dies, allowed=allowed or {})
        check_readers(crowd, process_dies=process_dies, over_at=trial.over_at)
        _check_votes(trial)
        assert '"unexpected"' not in running.log, "the server met an error nobody foresaw"
    database.dispose()
    assert (row.found, row.twice) == (row.answered, 0)
    assert row.recovery <= LONGEST_RECOVERY
    _keep(row)
    return row


def _row_of(trial: Trial, *, fault: str) -> Row:
    crowd, answered = trial.crowd, trial.crowd.answered()
    papers = papers_by_receipt(trial.database, trial.ballot, crowd.votes)
    assert len(set(totals(trial.database, trial.ballot))) == 1, "papers, marks, counters differ"
    return Row(
        fault,
        database="SQLite" if trial.database.is_sqlite else "PostgreSQL",
        answered=len(answered),
        found=len(answered & papers.keys()),
        twice=sum(number > 1 for number in papers.values()),
        refused=sum(each.status not in {COUNTED, None} for _, each in crowd.voted),
        pages_refused=sum(each.status == AWAY for _, each in crowd.read),
        cut_off=sum(each.status is None for _, each in crowd.voted),
        slowest=round(max(each.seconds for _, each in crowd.voted), 2),
        recovery=round(crowd.counted_after(trial.over_at) or 0.0, 2),
    )


def check_answers(crowd: Crowd, *, process_dies: bool, allowed: Mapping[int, str]) -> None:
    """Every voter was told the truth, soon, and when to try again."""
    codes = {AWAY: "not_counted"} | dict(allowed)
    for receipt, answer in crowd.voted:
        if answer.status is None:
            assert process_dies, f"a line was cut after {answer.seconds:.1f} s"
            continue
        assert answer.seconds <= LONGEST_ANSWER, answer
        if answer.status == COUNTED:
            assert json.loads(answer.said)["receipt"] == receipt
        else:
            assert json.loads(answer.said)["code"] == codes.get(answer.status), answer
        if answer.status == AWAY:
            assert int(answer.retry_after or 0) > 0


def check_readers(crowd: Crowd, *, process_dies: bool, over_at: float) -> None:
    """Every reader got the page, or 503 with a time to come back, and never a stack trace."""
    for path, answer in crowd.read:
        if answer.status is None:
            assert process_dies, f"{path} was cut after {answer.seconds:.1f} s"
            continue
        assert answer.status in {200, 303, AWAY}, (path, answer)
        assert answer.seconds <= LONGEST_ANSWER, (path, answer)
        assert "Traceback" not in answer.said
        if answer.status == AWAY:
            assert int(answer.retry_after or 0) > 0, (path, answer)
    last = {path: answer for path, answer in crowd.read if answer.came_at >= over_at}
    assert {answer.status for answer in last.values()} <= {200, 303}, last


def _check_votes(trial: Trial) -> None:
    """Whoever was not answered sends the vote again, and ends counted once."""
    crowd = trial.crowd
    crowd.send_again(crowd.sent() - crowd.answered())
    assert crowd.answered() == crowd.sent(), "a vote could not be sent again"
    papers = papers_by_receipt(trial.database, trial.ballot, crowd.votes)
    assert papers == dict.fromkeys(crowd.sent(), 1)
    assert totals(trial.database, trial.ballot) == (len(papers),) * 3


def _keep(row: Row) -> None:
    line = json.dumps(asdict(row))
    print(line)  # noqa: T201 - shown by pytest -rP
    if rows := os.environ.get(ROWS):
        with Path(rows).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


HEADINGS = {
    "fault": "Fault",
    "database": "Database",
    "answered": "Votes answered",
    "found": "Votes found",
    "twice": "Twice",
    "refused": "Refused",
    "pages_refused": "Pages refused",
    "cut_off": "Cut off",
    "slowest": "Slowest answer (s)",
    "recovery": "Recovery (s)",
}


def table_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay the rows out as Markdown."""
    lines = [list(HEADINGS.values()), ["---"] * 2 + ["---:"] * (len(HEADINGS) - 2)]
    lines += [[_cell(row[name]) for name in HEADINGS] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    print(table_of(json.loads(line) for line in lines))  # noqa: T201 - the script's answer
