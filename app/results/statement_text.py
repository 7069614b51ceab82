"""A statement as plain text to paste in an e-mail, and as CSV for a spreadsheet."""

import textwrap
from collections.abc import Iterable, Iterator

from app.core.csv_lines import csv_line
from app.core.language import day_words, gettext, later
from app.core.spans import span_words
from app.results.calculator import TestOut
from app.results.statement_schemas import JudgementOut, LineOut, StatedOut, StatementOut
from app.rules.london import london_day

WIDTH = 72
NAMES = {
    "turnout": later("Turnout"),
    "support": later("Support"),
    "majority": later("Majority"),
}
TOGETHER = later("All units together")
COLUMNS = ("question", "unit", "line", "value")


def as_text(statement: StatementOut) -> str:
    """Return the statement as lines of at most 72 characters, wherever words allow."""
    return f"{as_text_without_source(statement)}{source_as_text(statement)}"


def as_text_without_source(statement: StatementOut) -> str:
    """Return the statement in the language that is spoken, up to where the form stands written."""
    return "\n".join(_wrapped(_text(statement))) + "\n"


def source_as_text(statement: StatementOut) -> str:
    """Return where the form stands written: the law, in English."""
    return "\n".join(_wrapped([f"{statement.source}."])) + "\n"


def as_csv(statement: StatementOut) -> Iterator[str]:
    """Yield the statement as CSV, a line for each of its lines; no cell is a formula."""
    yield csv_line(COLUMNS)
    for stated in statement.stated:
        unit = stated.unit or ("" if _is_whole(statement) else gettext(TOGETHER))
        for line in stated.lines:
            yield csv_line((stated.question, unit, plain(line.words), _value(line, mark="")))


def value_in_words(line: LineOut) -> str:
    """Return what stands on a line: "54,432", or "yes" or "no"."""
    return _value(line, mark=",")


def needed_in_words(test: TestOut) -> str:
    """Say one test in a line: "Turnout: 27,216 votes needed, 28,598 cast: met"."""
    values = {
        "test": gettext(NAMES[test.test]),
        "needed": f"{test.required_votes:,}",
        "votes": f"{test.actual_votes:,}",
        "met": gettext("met") if test.met else gettext("not met"),
    }
    if test.test == "turnout":
        return gettext("%(test)s: %(needed)s needed, %(votes)s cast: %(met)s", **values)
    return gettext("%(test)s: %(needed)s needed, %(votes)s in support: %(met)s", **values)


def outcome_in_words(judgement: JudgementOut, *, would: bool) -> str:
    """Return "Carried", or, where it is only what would have been, "Would have been carried"."""
    if would:
        if judgement.carried:
            return gettext("Would have been carried")
        return gettext("Would not have been carried")
    return gettext("Carried") if judgement.carried else gettext("Not carried")


def plain(words: str) -> str:
    """Return words as every mail program shows them: no space that does not break."""
    return words.replace("\N{NO-BREAK SPACE}", " ")


def _is_whole(statement: StatementOut) -> bool:
    """Whether the statement speaks of the whole alone."""
    return all(stated.unit is None for stated in statement.stated)


def _value(line: LineOut, *, mark: str) -> str:
    if line.number is not None:
        return f"{line.number:,}" if mark else str(line.number)
    return gettext("yes") if line.reached else gettext("no")


def _text(statement: StatementOut) -> Iterator[str]:
    yield statement.heading.upper()
    yield statement.title
    yield ""
    yield gettext(
        "Opened on %(opened)s. Date of the ballot, the last day on which votes could be cast: "
        "%(dated)s. Declared on %(declared)s.",
        opened=day_words(statement.opened_on),
        dated=day_words(statement.date_of_ballot),
        declared=day_words(london_day(statement.declared_at)),
    )
    for note in statement.notes:
        yield ""
        yield note
    if statement.units_withheld:
        yield ""
        yield gettext(
            "Units withheld because they are small: %(number)s.", number=statement.units_withheld
        )
    for stated in statement.stated:
        yield ""
        yield from _one(stated, together="" if _is_whole(statement) else gettext(TOGETHER))
    yield ""
    yield gettext("Form: ballots opened %(span)s.", span=span_words(statement.form.label))


def _one(stated: StatedOut, *, together: str) -> Iterator[str]:
    unit = stated.unit or together
    yield gettext("QUESTION: %(question)s", question=stated.question)
    if unit:
        yield gettext("UNIT: %(unit)s", unit=unit)
    yield from (f"- {plain(line.words)}: {value_in_words(line)}" for line in stated.lines)
    yield f"{stated.judgement.words}: {outcome_in_words(stated.judgement, would=False).lower()}."
    yield from _tests(stated.judgement.tests)
    if stated.statute is not None:
        outcome = outcome_in_words(stated.statute, would=True).lower()
        yield f"{stated.statute.words}: {outcome}."
        yield from _tests(stated.statute.tests)


def _tests(tests: Iterable[TestOut]) -> Iterator[str]:
    yield from (f"- {needed_in_words(test)}" for test in tests)


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        indent = "  " if line.startswith("- ") else ""
        yield from textwrap.wrap(
            line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
