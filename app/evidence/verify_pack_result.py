"""Check the result of a pack: every test worked out again, and the papers that repeat it."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from app.ballots.models import Ballot
from app.ballots.schemas import BallotOut
from app.evidence.findings import Finding, broken, holds, note
from app.evidence.pack_software import software_facts
from app.evidence.pack_tally import counts_in
from app.evidence.summary import summary_pdf
from app.results.calculator import rule_books
from app.results.models import WHOLE
from app.results.presentation import judged_result
from app.results.schemas import ResultOut
from app.results.statement import statement_of
from app.results.statement_schemas import StatementOut
from app.results.statement_text import as_text
from app.rules.thresholds import ImpossibleCount

Facts = Mapping[str, Any]
# Words, and what later law adds beside the result: another version of Muster may have others.
BESIDE_THE_NUMBERS = frozenset({"source", "other_periods", "label", "words", "notes", "form"})
JUDGED = (
    "slug",
    "title",
    "kind",
    "opens_at",
    "closes_at",
    "important_public_service",
    "nation",
    "devolved_welsh_authority",
    "disaggregate_by",
    "floor",
    "declared_at",
)


def check_result(facts: Facts) -> Iterator[Finding]:
    """Work out every test again from the tally and this program's own dated rules."""
    described = BallotOut.model_validate(facts["ballot"]["ballot"])
    counts, _ = counts_in(facts["tally"], questions=described.questions)
    for unit, count in counts.items():
        for question in count.questions.values():
            if question.votes_cast != count.votes_cast:
                where = "in all" if unit is WHOLE else f"in {unit}"
                yield broken("tally", f"The votes on a question do not add up, {where}.")
                return
    if facts["tally"]["entitled"] != facts["roll"]["entitled"]:
        yield broken("tally", "The tally was held against another number of entitled.")
        return
    yield holds("tally", f"The tally adds up: {counts[WHOLE].votes_cast:,} votes were cast.")
    try:
        again = _result_again(facts).model_dump(mode="json")
    except ImpossibleCount as wrong:
        yield broken("result", f"The numbers cannot all be true. {wrong}")
        return
    yield from _held("result", facts, again, "Every test, and every percentage, comes out")
    yield from _rules(facts)


def check_statement(facts: Facts, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Make the statement again from the result, and its text from the statement."""
    ballot = _ballot_in(facts)
    result = ResultOut.model_validate(facts["result"])
    again = statement_of(result, ballot=ballot, commenced=_commenced(facts))
    yield from _held(
        "statement",
        facts,
        again.model_dump(mode="json"),
        "The statement of the result comes out",
    )
    text = as_text(StatementOut.model_validate(facts["statement"]))
    if files["statement.txt"].decode() != text:
        yield _unlike(facts, "statement", "statement.txt")


def check_summary(facts: Facts, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Set the summary again from the other files, and compare the two byte for byte."""
    try:
        again = summary_pdf(files)
    except (RuntimeError, ImportError, OSError):
        yield note("summary", "summary.pdf was signed; here it cannot be set again to compare.")
        return
    if again == files["summary.pdf"]:
        yield holds("summary", "summary.pdf says what the other files say.")
    else:
        yield _unlike(facts, "summary", "summary.pdf")


def _unlike(facts: Facts, about: str, name: str) -> Finding:
    if _made_by_this_program(facts):
        return broken(about, f"{name} does not say what the other files say.")
    return note(
        about,
        f"{name} was signed, and is not what this program would write. Another version of it, "
        f"{facts['software']['version']}, made the pack.",
    )


def _made_by_this_program(facts: Facts) -> bool:
    ours, theirs = software_facts(), facts["software"]
    return all(theirs[name] == ours[name] for name in ("code_sha256", "uses"))


def _held(about: str, facts: Facts, again: Any, what: str) -> Iterator[Finding]:  # noqa: ANN401 - JSON
    there = facts[about]
    if there == again:
        yield holds(about, f"{what} the same when worked out again.")
    elif _numbers(there) == _numbers(again) and not _made_by_this_program(facts):
        yield note(
            about,
            f"{what} the same in all numbers when worked out again; this version of Muster knows "
            "other words or later law beside them.",
        )
    else:
        yield broken(
            about, f"{what} differently when worked out again: what stands there is wrong."
        )


def _numbers(part: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a part without the words around its numbers."""
    if isinstance(part, list):
        return [_numbers(each) for each in part]
    if isinstance(part, dict):
        return {
            name: _numbers(value)
            for name, value in part.items()
            # The words of an answer are the answer.
            if name not in BESIDE_THE_NUMBERS or part.get("key") == "answer"
        }
    return part


def _rules(facts: Facts) -> Iterator[Finding]:
    known = {
        book.key: json.loads(json.dumps(book.model_dump(mode="json")))
        for book in rule_books(commenced=_commenced(facts))
    }
    books = {book["key"]: book for book in facts["rules"]["books"]}
    if facts["rules"]["own_book"] not in books:
        yield broken("rules", "The rules that the ballot was held against are not in the pack.")
    elif all(known.get(key) == book for key, book in books.items()):
        yield holds("rules", "The rules in the pack are those of this program, with their sources.")
    elif _made_by_this_program(facts):
        yield broken("rules", "The rules in the pack are not those that this program knows.")
    else:
        yield note(
            "rules", "The rules in the pack are not word for word those that this program knows."
        )


def _result_again(facts: Facts) -> ResultOut:
    described = BallotOut.model_validate(facts["ballot"]["ballot"])
    counts, units = counts_in(facts["tally"], questions=described.questions)
    return judged_result(
        _ballot_in(facts),
        described.questions,
        counts,
        entitled=facts["tally"]["entitled"],
        units=units,
        withheld=facts["tally"]["units_withheld"],
        commenced=_commenced(facts),
    )


def _ballot_in(facts: Facts) -> Ballot:
    """Return a ballot as the rules need it; it is in no database."""
    described = BallotOut.model_validate(facts["ballot"]["ballot"])
    return Ballot(**described.model_dump(include=set(JUDGED)))


def _commenced(facts: Facts) -> dict[str, date]:
    return {
        key: date.fromisoformat(day)
        for key, day in facts["rules"]["days_entered_by_headquarters"].items()
    }
