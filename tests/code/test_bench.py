"""The benchmark measures what it says: each contender counts its votes, and ratios are judged."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.voting.seal import box_totals
from scripts.benchmarks.electorate import SECRET, load_electorate
from scripts.benchmarks.generator import Client, Load, Run, requests_for
from scripts.benchmarks.pgbench import run_pgbench
from scripts.benchmarks.report import WORDS, Outcome, as_json, print_report
from scripts.benchmarks.vote import CONTENDERS, PGBENCH, Effort, NotReconciled, reconcile
from tests.support.servers import running_server

VOTES = 150
ROOT = Path(__file__).resolve().parents[2]


def load(rate, **statuses):
    return Load(
        rate, p50_ms=1.0, p99_ms=2.0, statuses=statuses or {"201": 500}, generator_share=0.1
    )


def outcome(**rates):
    """Three rounds of each contender; one slow round does not move a median."""
    every = {each.name: [load(1000), load(1000), load(1)] for each in CONTENDERS}
    slow = {name.replace("_", "-"): [load(rate)] * 3 for name, rate in rates.items()}
    facts = dict.fromkeys(("cores", "processor", "memory", "python", "postgresql", "sqlite"), "x")
    effort = vars(Effort(rounds=3, seconds=5, clients=64, members=100))
    return Outcome(facts | {"load_before": 0.1, "load_after": 0.2}, effort, every | slow)


SERVERS = [each for each in CONTENDERS if each is not PGBENCH]


@pytest.mark.parametrize("contender", SERVERS, ids=lambda each: each.name)
def test_each_contender_answers_votes_and_counts_what_it_answered(contender, request, tmp_path):
    server_of_database = request.getfixturevalue(contender.database or "sqlite")
    url = server_of_database.create_migrated()
    codes = tmp_path / "codes"
    load_electorate(url, members=VOTES, codes=codes)
    settings = Settings(database_url=url, secret_key=SECRET)
    with running_server(settings, factory=contender.address) as server:
        requests = requests_for(codes.read_text("ascii").split(), slug="pay-2026")
        clients = [Client(server.port) for _ in range(8)]
        measured = Run(iter(requests), seconds=60, warm_up=20).drive(clients)
    assert measured.statuses == {"201": VOTES}
    assert 0 < measured.p50_ms <= measured.p99_ms
    reconcile(contender, url=url, load=measured)
    server_of_database.drop(url)


def test_pgbench_casts_each_vote_once_through_musters_own_statement(postgres, tmp_path):
    url = postgres.create_migrated()
    load_electorate(url, members=VOTES, codes=tmp_path / "codes")
    measured = run_pgbench(url, folder=tmp_path, clients=4, votes=VOTES)
    assert measured.statuses == {"201": VOTES // 4 * 4}
    assert 0 < measured.p50_ms <= measured.p99_ms
    reconcile(PGBENCH, url=url, load=measured)
    postgres.drop(url)


def test_a_run_that_lost_or_refused_a_vote_is_no_measurement(database, database_url, settings):
    contender = next(each for each in CONTENDERS if each.database)
    with database.reading() as session:
        assert box_totals(session, 1) == (0, 0, 0)
    with pytest.raises(NotReconciled, match="papers, marks, counters"):
        reconcile(contender, url=database_url, load=load(1000, **{"201": 1}))
    with pytest.raises(NotReconciled, match="503"):
        reconcile(contender, url=database_url, load=load(1000, **{"201": 1, "503": 2}))


KEPT = {
    "fastapi_postgres": 650,
    "muster_postgres": 1000,
    "muster_sqlite": 850,
    "two_processes": 1400,
    "session_postgres": 200,
    "session_sqlite": 170,
    "pgbench": 2222,
}


def test_a_limit_is_kept_at_exactly_its_ratio():
    assert outcome(**KEPT).passed
    slower = {"fastapi_postgres": 649, "muster_postgres": 999, "muster_sqlite": 849}
    slower |= {"two_processes": 1399}
    faster = {"session_postgres": 201, "session_sqlite": 171, "pgbench": 2223}
    for name, rate in (slower | faster).items():
        assert not outcome(**KEPT | {name: rate}).passed, name


def test_a_slow_hundredth_misses_its_limit():
    found = outcome(**KEPT)
    late = replace(load(1000), p99_ms=100.1)
    assert not replace(found, loads={**found.loads, "muster-postgres": [late] * 3}).passed


def test_the_report_names_every_contender_and_every_verdict(capsys):
    print_report(outcome(muster_sqlite=499))
    said = capsys.readouterr().out
    assert all(words in said for words in WORDS.values())
    assert said.count("PASS") + said.count("FAIL") == 9
    assert "FAIL     0.499  (at least 0.85)  Muster on SQLite / no database" in said


def test_programs_get_the_same_figures():
    figures = as_json(outcome(**KEPT))
    assert figures["passed"] is True
    assert figures["contenders"]["session-sqlite"]["votes_per_second"] == 170
    assert [limit["value"] for limit in figures["limits"][:6]] == [0.65, 1.0, 0.85, 5.0, 5.0, 1.4]


def test_the_performance_page_tells_how_to_repeat_it():
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert "scripts/bench vote" in page
