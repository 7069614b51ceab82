"""`scripts/backtest` in small: the interval holds the count as often as it says."""

from dataclasses import replace

import pytest

from app.turnout.course import DAY
from app.turnout.course_schemas import course_out
from app.turnout.simulated import simulated_family
from scripts import backtesting
from scripts.backtesting import (
    Trial,
    coverage,
    is_as_promised,
    read_folder,
    simulated_trials,
    supplied_trials,
    trials_of,
)
from tests.support.courses import course


@pytest.fixture(scope="module")
def twelve():
    return simulated_trials(12, unions=80, seed=7)


def histories(number):
    """Ballots one after the other, none open beside another."""
    found = []
    for course_before in simulated_family()[:number]:
        shift = 60 * DAY * len(found)
        found.append(
            replace(
                course_before,
                name=f"Ballot {len(found)}",
                opens_at=course_before.opens_at + shift,
                closes_at=course_before.closes_at + shift,
                points=tuple(replace(point, at=point.at + shift) for point in course_before.points),
            )
        )
    return found


@pytest.mark.parametrize("earlier", [0, 9])
def test_four_counts_in_five_lie_inside(earlier):
    assert is_as_promised(simulated_trials(earlier, unions=150, seed=7 + earlier))


def test_the_interval_narrows_towards_the_close(twelve):
    early = [trial.width for trial in twelve if trial.share < 0.3]
    late = [trial.width for trial in twelve if trial.share > 0.9]
    assert sum(early) / len(early) > 3 * sum(late) / len(late)


def test_it_is_the_same_for_everybody_who_runs_it():
    assert simulated_trials(3, unions=5, seed=1) == simulated_trials(3, unions=5, seed=1)


def test_no_forecast_is_made_before_there_is_evidence(twelve):
    assert min(trial.day for trial in twelve) == 2
    assert min(trial.share for trial in twelve) >= 0.15


def test_a_forecast_is_held_against_the_final_count():
    whole = [(24 * day, 100 * day) for day in range(1, 10)]
    steady = course(*whole, votes_cast=1000, is_over=True)
    rush = course(*whole, votes_cast=4900, is_over=True)
    assert all(trial.held for trial in trials_of(steady, earlier=[steady] * 9, ballot=0))
    assert not any(trial.held for trial in trials_of(rush, earlier=[steady] * 9, ballot=0))


@pytest.mark.parametrize(
    ("held", "promised"), [(74, False), (75, True), (80, True), (85, True), (86, False)]
)
def test_both_too_narrow_and_too_wide_break_the_promise(held, promised):
    trials = [Trial(2, share=0.5, width=1.0, held=number < held, ballot=0) for number in range(100)]
    assert coverage(trials) == held
    assert is_as_promised(trials) is promised


def test_supplied_histories_are_forecast_from_those_before_them(tmp_path, capsys):
    courses = histories(4)
    for number, each in enumerate(courses):
        (tmp_path / f"{number}.json").write_text(course_out(each).model_dump_json())
    (tmp_path / "notes.txt").write_text("not a course")
    assert read_folder(tmp_path) == courses
    assert {trial.ballot for trial in supplied_trials(courses)} == {0, 1, 2, 3}
    assert backtesting.judge_supplied(tmp_path)
    said = capsys.readouterr().out
    assert "Supplied histories: 4 ballots" in said
    assert "shown, and not judged" in said


def test_a_wrong_file_is_named(tmp_path, capsys):
    (tmp_path / "wrong.csv").write_text("hello")
    assert backtesting.main(["--histories", str(tmp_path), "--unions", "1"]) == 2
    assert "wrong.csv" in capsys.readouterr().err


def test_coverage_out_of_bounds_fails_the_command(monkeypatch, capsys):
    monkeypatch.setattr(backtesting, "LEAST_COVERAGE", 99.9)
    assert backtesting.main(["--unions", "12"]) == 1
    assert "NOT within" in capsys.readouterr().out
