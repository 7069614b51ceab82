"""One column for each period of a rule book, side by side: what it asks for and what there is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.language import gettext, later
from app.core.spans import span_words
from app.results.calculator import RulePeriodOut, TestOut, ThresholdsOut, rule_books
from app.web.filters import thousands

NAMES = {
    "turnout": later("Turnout"),
    "support": later("Support"),
    "majority": later("Majority"),
}
NO_SUCH_TEST = {
    "turnout": later("No turnout test."),
    "support": later("No support test."),
    "majority": later("No majority test."),
}

# What people call "the April change": of recognition, and of the union's own yardstick.
APRIL_CHANGE = date(2026, 4, 6)


@dataclass(frozen=True)
class TestLine:
    """One test of a period in words; `met` is None where the test does not apply."""

    __test__ = False  # a test that a ballot must pass, not one for pytest

    name: str
    rule: str
    numbers: str
    met: bool | None
    source: str


@dataclass(frozen=True)
class PeriodColumn:
    """What the numbers come to under one period.

    Attributes:
        title: the opening days it covers, and on which side of the April change it stands.
        beside_april: whether the title says on which side of the April change it stands.
        standing: "in force", "other", or "planned", which applies to no ballot.
        carried: whether every test that applies is met.
        verdict: the same in words.
        source: what makes the period begin.
    """

    title: str
    beside_april: bool
    standing: str
    carried: bool
    verdict: str
    lines: Sequence[TestLine]
    source: str


def columns_of(
    judged: ThresholdsOut, *, book: str, commenced: Mapping[str, date]
) -> list[PeriodColumn]:
    """Return every period of a book in the order of its days, the one in force marked.

    Args:
        judged: what the numbers come to, by the same book.
        book: which rule book that was.
        commenced: the planned changes of law that have their day.
    """
    [rules] = [each for each in rule_books(commenced=commenced) if each.key == book]
    answers = {other.label: (other.tests, other.carried) for other in judged.other_periods}
    answers[judged.in_force.label] = (judged.tests, judged.carried)
    changed = any(period.since == APRIL_CHANGE for period in rules.periods)
    columns = []
    for period in rules.periods:
        tests, carried = answers[period.label]
        in_force = period.label == judged.in_force.label
        columns.append(
            PeriodColumn(
                title=_title(period, changed_in_april=changed),
                beside_april=changed and not period.planned,
                standing="in force" if in_force else "planned" if period.planned else "other",
                carried=carried,
                verdict=_verdict(carried=carried, in_force=in_force),
                lines=list(_lines(period, {test.test: test for test in tests})),
                source=period.source,
            )
        )
    return columns


def _title(period: RulePeriodOut, *, changed_in_april: bool) -> str:
    """Return a period's name, with the side of the April change unless the name says it itself."""
    label = span_words(period.label)
    if changed_in_april and not period.planned and "April change" not in label:
        begun = period.since is not None and period.since >= APRIL_CHANGE
        if begun:
            return gettext("After the April change: %(span)s", span=label)
        return gettext("Before the April change: %(span)s", span=label)
    return label[:1].upper() + label[1:]


def _verdict(*, carried: bool, in_force: bool) -> str:
    if in_force:
        return gettext("Carried") if carried else gettext("Not carried")
    return gettext("Would be carried") if carried else gettext("Would not be carried")


def _lines(period: RulePeriodOut, tests: Mapping[str, TestOut]) -> Iterator[TestLine]:
    for key, unsaid in NAMES.items():
        name, test = gettext(unsaid), tests.get(key)
        if test is None:
            yield TestLine(name, _why_not(period, key), numbers="", met=None, source="")
            continue
        needed, votes = thousands(test.required_votes), thousands(test.actual_votes)
        if key == "turnout":
            numbers = gettext("%(needed)s needed, %(votes)s cast.", needed=needed, votes=votes)
        else:
            numbers = gettext(
                "%(needed)s needed, %(votes)s in support.", needed=needed, votes=votes
            )
        rule = _rule_in_words(period, key)
        yield TestLine(name, rule, numbers=numbers, met=test.met, source=test.source)


def _why_not(period: RulePeriodOut, key: str) -> str:
    if key == "support" and period.support is not None:
        return gettext(
            "Only where most of those entitled work in important public services outside devolved "
            "Welsh authorities, which this ballot does not state."
        )
    return gettext(NO_SUCH_TEST[key])


def _rule_in_words(period: RulePeriodOut, key: str) -> str:
    if key == "turnout" and period.turnout is not None:
        share = _whole(period.turnout.threshold)
        return gettext("At least %(share)s of those entitled vote.", share=share)
    if key == "support" and period.support is not None:
        share = _whole(period.support.threshold)
        return gettext("At least %(share)s of those entitled are in support.", share=share)
    if period.spoiled_count_as_voting:
        return gettext(
            "More than half of those voting are in support. Spoiled papers count as voting."
        )
    return gettext("More than half of the answers are in support. Spoiled papers do not count.")


def _whole(threshold: str) -> str:
    return f"{threshold.removesuffix('.00')}\N{NO-BREAK SPACE}%"
