"""The benchmark measures what it says: each contender counts its votes, and ratios are judged."""

from pathlib import Path

import pytest

from app.core.settings import Settings
from app.voting.seal import box_totals
from scripts.benchmarks.electorate import SECRET, load_electorate
from scripts.benchmarks.generator import Client, Load, Run, requests_for
from scripts.benchmarks.report import LIMITS, WORDS, Outcome, as_json, print_report
from scripts.benchmarks.vote import CONTENDERS, Effort, NotReconciled, reconcile
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


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda each: each.name)
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


def test_a_run_that_lost_or_refused_a_vote_is_no_measurement(database, database_url, settings):
    contender = next(each for each in CONTENDERS if each.database)
    with database.reading() as session:
        assert box_totals(session, 1) == (0, 0, 0)
    with pytest.raises(NotReconciled, match="papers, marks, counters"):
        reconcile(contender, url=database_url, load=load(1000, **{"201": 1}))
    with pytest.raises(NotReconciled, match="503"):
        reconcile(contender, url=database_url, load=load(1000, **{"201": 1, "503": 2}))


def test_a_limit_is_kept_at_exactly_its_ratio():
    kept = outcome(muster_postgres=600, muster_sqlite=500, session_postgres=120, session_sqlite=100)
    assert kept.passed
    assert not outcome(muster_postgres=599, session_postgres=1, session_sqlite=1).passed
    assert not outcome(muster_sqlite=499, session_postgres=1, session_sqlite=1).passed
    assert not outcome(session_postgres=201, session_sqlite=1).passed


def test_the_report_names_every_contender_and_every_verdict(capsys):
    print_report(outcome(muster_sqlite=499))
    said = capsys.readouterr().out
    assert all(words in said for words in WORDS.values())
    assert said.count("PASS") + said.count("FAIL") == len(LIMITS)
    assert "FAIL   0.50  (at least 0.5)  Muster on SQLite / no database" in said


def test_programs_get_the_same_figures():
    figures = as_json(outcome(session_postgres=100, session_sqlite=100))
    assert figures["passed"] is True
    assert figures["contenders"]["session-sqlite"]["votes_per_second"] == 100
    assert [limit["value"] for limit in figures["limits"]] == [1.0, 1.0, 10.0, 10.0]


def test_the_performance_page_tells_how_to_repeat_it():
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert "scripts/bench vote" in page
