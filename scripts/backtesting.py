"""How often the forecast's interval held the final count, and how wide it was, day by day.

Each ballot is forecast every day of its window from what was known by then, as the live page would
have done. The seeds are fixed: whoever runs it gets the same figures.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median

from app.core.errors import DomainError
from app.turnout.course import DAY, Course, Point
from app.turnout.course_files import read_courses
from app.turnout.forecast import LEAST_BALLOTS, LEAST_VOTES, Forecast, forecast_of
from app.turnout.simulated import Habits, another, draw_course, draw_habits

# Coverage that an interval of 80 % must have.
LEAST_COVERAGE, MOST_COVERAGE = 75.0, 85.0
EARLIER = (0, 3, 6, 9, 12)
UNIONS = 400
SEED = 7
# Fewer ballots than these are chance: their coverage is shown and not judged.
ENOUGH_TO_JUDGE = 30
DAYS = (2, 3, 4, 5, 7, 10, 14, 21, 28)
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Trial:
    """One forecast, held against the count.

    Attributes:
        day: full days since the opening.
        share: of the window that was over.
        width: of the interval, in points of turnout.
        held: whether the final count lay in it.
        ballot: in which it was made.
    """

    day: int
    share: float
    width: float
    held: bool
    ballot: int


def trials_of(course: Course, *, earlier: Sequence[Course], ballot: int) -> Iterator[Trial]:
    """Forecast a ballot at the end of each day of its window."""
    day, at = 1, course.opens_at + DAY
    while at < course.closes_at:
        share = course.share_at(at)
        point = Point(at, votes_cast=int(course.votes_at(share)))
        found = forecast_of(course, at=point, earlier=earlier)
        if isinstance(found, Forecast):
            width = WHOLE * (found.high - found.low) / course.entitled
            held = found.low <= course.votes_cast <= found.high
            yield Trial(day, share=share, width=width, held=held, ballot=ballot)
        day, at = day + 1, at + DAY


def simulated_trials(
    earlier: int, *, unions: int, seed: int, change: Callable[[Habits], Habits] | None = None
) -> list[Trial]:
    """Forecast one ballot of each of many invented unions.

    Args:
        earlier: how many ballots each union held before.
        unions: how many.
        seed: of all that is drawn.
        change: what makes these unions unlike those that the built-in courses were drawn from.
    """
    random = Random(seed)  # noqa: S311 - invented on purpose
    trials: list[Trial] = []
    for number in range(unions):
        habits = draw_habits(random)
        habits = change(habits) if change else habits
        ballots = [
            draw_course(random, habits=another(habits, random=random)) for _ in range(earlier + 1)
        ]
        trials += trials_of(ballots[-1], earlier=ballots[:-1], ballot=number)
    return trials


def supplied_trials(courses: Iterable[Course]) -> list[Trial]:
    """Forecast each supplied ballot from those that were over when it opened."""
    ordered = sorted(courses, key=lambda course: course.opens_at)
    trials: list[Trial] = []
    for number, course in enumerate(ordered):
        if course.is_comparable:
            earlier = [each for each in ordered if each.closes_at <= course.opens_at]
            trials += trials_of(course, earlier=earlier, ballot=number)
    return trials


def coverage(trials: Sequence[Trial]) -> float:
    """Return in how many of a hundred the final count lay inside."""
    return WHOLE * sum(trial.held for trial in trials) / len(trials)


def is_as_promised(trials: Sequence[Trial]) -> bool:
    """Say whether the coverage is that of an interval of 80 %."""
    return LEAST_COVERAGE <= coverage(trials) <= MOST_COVERAGE


def late_rush(habits: Habits) -> Habits:
    """Let far more vote in the last days than the built-in courses allow for."""
    return replace(habits, rush=8.0)


def read_folder(folder: Path) -> list[Course]:
    """Read every JSON and CSV file of a folder."""
    files = sorted(each for each in folder.iterdir() if each.suffix in {".json", ".csv"})
    return [course for file in files for course in read_courses(file.read_bytes(), name=file.name)]


def show(title: str, groups: Iterable[tuple[str, Sequence[Trial]]]) -> None:
    """Print a table: forecasts, coverage and width of each group of trials."""
    print(f"\n{title}")
    print(f"{'':<34}{'forecasts':>10}{'held':>9}{'width, points':>15}")
    for name, trials in groups:
        if trials:
            width = median(trial.width for trial in trials)
            print(f"{name:<34}{len(trials):>10,}{coverage(trials):>7.1f} %{width:>15.1f}")


def by_day(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    """Group forecasts by the day on which they were made."""
    grouped = defaultdict(list)
    for trial in trials:
        grouped[trial.day].append(trial)
    yield from ((f"after {day} days", grouped[day]) for day in DAYS)


def by_share(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    """Group forecasts by how much of the window was over."""
    grouped = defaultdict(list)
    for trial in trials:
        grouped[int(10 * trial.share)].append(trial)
    for tenth in sorted(grouped):
        yield f"{10 * tenth} to {10 * tenth + 10} % of the window over", grouped[tenth]


def judge_simulated(*, unions: int, seed: int) -> bool:
    """Print the tables of simulated histories; say whether every coverage is as promised."""
    found = {
        number: simulated_trials(number, unions=unions, seed=seed + number) for number in EARLIER
    }
    names = {number: f"{number} earlier ballots" for number in EARLIER}
    names[0] = "none: the built-in courses alone"
    show(
        f"Simulated histories: {unions} unions, by how many ballots each held before",
        ((names[number], trials) for number, trials in found.items()),
    )
    for number in (EARLIER[0], EARLIER[-1]):
        show(f"The same by day; {names[number]}", by_day(found[number]))
        show(f"The same by share of the window; {names[number]}", by_share(found[number]))
    show(
        "Not judged: unions unlike the built-in courses, with a far greater rush before the close",
        (
            (names[number], simulated_trials(number, unions=unions, seed=seed, change=late_rush))
            for number in (0, LEAST_BALLOTS, EARLIER[-1])
        ),
    )
    return all(is_as_promised(trials) for trials in found.values())


def judge_supplied(folder: Path) -> bool:
    """Print the tables of supplied histories; say whether their coverage is as promised."""
    trials = supplied_trials(read_folder(folder))
    ballots = len({trial.ballot for trial in trials})
    if not trials:
        print(f"\nIn {folder} no ballot had {LEAST_VOTES} votes and a course without a long gap.")
        return True
    show(f"Supplied histories: {ballots} ballots", [("all", trials), *by_day(trials)])
    show("The same by share of the window", by_share(trials))
    if ballots < ENOUGH_TO_JUDGE:
        print(f"Fewer than {ENOUGH_TO_JUDGE} ballots: shown, and not judged.")
        return True
    return is_as_promised(trials)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the backtest; 0 where every coverage is as promised, 1 where one is not."""
    parser = argparse.ArgumentParser(prog="scripts/backtest", description=__doc__)
    parser.add_argument("--unions", type=int, default=UNIONS, help="how many are simulated")
    parser.add_argument("--seed", type=int, default=SEED, help="of what is simulated")
    parser.add_argument("--histories", type=Path, help="a folder of courses, JSON or CSV")
    given = parser.parse_args(arguments)
    try:
        good = judge_supplied(given.histories) if given.histories else True
    except (OSError, DomainError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    good = judge_simulated(unions=given.unions, seed=given.seed) and good
    limits = f"{LEAST_COVERAGE:.0f} to {MOST_COVERAGE:.0f} %"
    print(f"\nCoverage of the 80 % interval: {'' if good else 'NOT '}within {limits} everywhere")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
