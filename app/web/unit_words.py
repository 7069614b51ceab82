"""The units of a disaggregated ballot as they read: carried, not carried, by how many votes."""

from dataclasses import dataclass
from typing import Protocol

from app.core.language import gettext, later, ngettext
from app.results.schemas import QuestionResult, UnitByStatute, UnitOut
from app.web.ballot_words import units_counted
from app.web.filters import percent, thousands

NOT_STATED = later("Not stated on the roll")
TESTS = {"turnout": later("turnout"), "support": later("support"), "majority": later("majority")}


class ByVotes(Protocol):
    """Whether something is carried, and by how many votes in support."""

    @property
    def carried(self) -> bool:
        """Whether every test is met."""

    @property
    def margin(self) -> int:
        """Votes to spare, or, below nought, short."""

    @property
    def within_reach(self) -> bool:
        """Whether those who did not vote could have carried it."""


@dataclass(frozen=True, slots=True)
class UnitWords:
    """The units of one question.

    Attributes:
        summary: how many are carried by themselves, and the whole beside them.
        withheld: how many are not shown, or nothing.
        columns: (heading, whether it is a number) of both tables.
        carried: rows of the units carried, those with most to spare first.
        missed: rows of the others, the closest first.
    """

    summary: str
    withheld: str
    columns: list[tuple[str, bool]]
    carried: list[tuple[str, ...]]
    missed: list[tuple[str, ...]]


def unit_words(question: QuestionResult, *, one: str) -> UnitWords | None:
    """Put a question's units into words; None for a ballot that has none.

    Args:
        question: the count, judged.
        one: what a unit is called, such as "Branch".
    """
    totals = question.unit_totals
    if question.units is None or totals is None:
        return None
    by_margin = sorted(question.units, key=lambda unit: (-unit.margin, unit.name))
    shown = totals.carried + totals.not_carried
    together = gettext("carried") if question.carried else gettext("not carried")
    return UnitWords(
        summary=ngettext(
            "%(num)s of %(units)s carried it by itself. All together it is %(together)s: "
            "that stands beside them, and decides for none of them.",
            "%(num)s of %(units)s carried it by themselves. All together it is %(together)s: "
            "that stands beside them, and decides for none of them.",
            totals.carried,
            units=units_counted(one.lower(), shown),
            together=together,
        ),
        withheld=_withheld(totals.withheld, one=one.lower()),
        columns=_columns(question, one=one),
        carried=[_row(unit) for unit in by_margin if unit.carried],
        missed=[_row(unit) for unit in by_margin if not unit.carried],
    )


def margin_words(judged: ByVotes) -> str:
    """Say by how many votes: "carried, 34 to spare", "5 short", "5 short, out of reach"."""
    if judged.carried:
        if not judged.margin:
            return gettext("just carried")
        return gettext("carried, %(votes)s to spare", votes=thousands(judged.margin))
    short = gettext("%(votes)s short", votes=thousands(-judged.margin))
    return short if judged.within_reach else gettext("%(short)s, out of reach", short=short)


def _withheld(number: int, *, one: str) -> str:
    if not number:
        return ""
    return gettext(
        "%(units)s not shown: so few are entitled there, or in one beside it, "
        "that the numbers would say how somebody voted. The scrutineer and headquarters have them.",
        units=units_counted(one, number),
    )


def _columns(question: QuestionResult, *, one: str) -> list[tuple[str, bool]]:
    columns = [
        (gettext(one), False),
        (gettext("Entitled"), True),
        (gettext("Voted"), True),
        (gettext("Turnout"), True),
        *[(answer.text, True) for answer in question.answers],
        (gettext("Spoiled"), True),
        (gettext("By itself"), False),
    ]
    return [*columns, (gettext("If it were statutory"), False)] if question.statute else columns


def _row(unit: UnitOut) -> tuple[str, ...]:
    return (
        unit.name or gettext(NOT_STATED),
        thousands(unit.entitled),
        thousands(unit.votes_cast),
        percent(unit.turnout_percent),
        *[thousands(answer.votes) for answer in unit.answers],
        thousands(unit.spoiled),
        _outcome(unit),
        *([_outcome(unit.statute)] if unit.statute else []),
    )


def _outcome(judged: UnitByStatute) -> str:
    """Say by how many votes, and which tests are not met: "5 short (turnout)"."""
    missed = ", ".join(gettext(TESTS[test.test]) for test in judged.tests if not test.met)
    return f"{margin_words(judged)} ({missed})" if missed else margin_words(judged)
