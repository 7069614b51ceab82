"""The other benchmarks measure what they say: small runs of each, and limits at their edges."""

import pytest

from scripts.benchmarks.crew import Cast
from scripts.benchmarks.electorate import SLUG
from scripts.benchmarks.findings import Figure, Findings, Limit, as_json, print_findings
from scripts.benchmarks.imports import NotImported, import_once, write_roll
from scripts.benchmarks.reckoning import reconcile_receipts
from scripts.benchmarks.rush import Effort, run_rush_benchmark
from scripts.benchmarks.vote import NotReconciled

FACTS = dict.fromkeys(("cores", "processor", "memory", "python", "postgresql", "sqlite"), "x")


def findings(*limits):
    facts = FACTS | {"load_before": 0.1, "load_after": 0.2}
    return Findings("Turnout", ["How."], facts, [Figure("page, ms", [1, 2, 90])], limits)


def test_a_bound_is_kept_at_exactly_its_number():
    assert Limit("ms", 5.0, most=5.0).passed
    assert not Limit("ms", 5.01, most=5.0).passed
    assert Limit("ratio", 0.95, least=0.95).passed
    assert not Limit("ratio", 0.949, least=0.95).passed


def test_one_limit_missed_fails_the_whole_and_is_printed(capsys):
    found = findings(Limit("page", 2, most=5), Limit("votes", 0.9, least=0.95))
    assert not found.passed
    print_findings(found)
    said = capsys.readouterr().out
    assert "FAIL     0.900  (at least 0.95)  votes" in said
    assert "PASS     2.000  (at most 5)  page" in said
    assert as_json(found)["figures"]["page, ms"] == {"median": 2, "rounds": [1, 2, 90]}


def test_a_small_rush_is_counted_once_and_every_dashboard_hears_of_the_last_vote():
    found = run_rush_benchmark(Effort(rounds=2, minutes=0.02, dashboards=3), tell=print)
    rounds = {each.words: each.rounds for each in found.figures}
    assert rounds["votes answered and found once"] == [240, 240]
    assert rounds["dashboards told the last number"] == [3, 3]
    assert {len(each) for each in rounds.values()} == {2}


def test_a_vote_that_is_not_in_the_box_is_no_measurement(database, database_url):
    receipts = ["a" * 32]
    answered = Cast({"201": 1}, [0.1], seconds=1)
    with pytest.raises(NotReconciled, match="papers, marks, counters"):
        reconcile_receipts(database_url, slug=SLUG, cast=answered, receipts=receipts)
    refused = Cast({"503": 1}, [0.1], seconds=1)
    with pytest.raises(NotReconciled, match="503"):
        reconcile_receipts(database_url, slug=SLUG, cast=refused, receipts=receipts)


def test_an_import_is_measured_only_if_it_brings_every_row(database_url, tmp_path):
    file = tmp_path / "roll.csv"
    write_roll(file, rows=30)
    assert import_once(database_url, file, 30).peak_memory > 0
    with pytest.raises(NotImported, match="0 added"):
        import_once(database_url, file, 30)
