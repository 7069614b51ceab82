"""How an import reads to headquarters."""

import json
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import Path

from app.roll.choices import Missing
from app.roll.columns import COLUMN_NAMES, REQUIRED
from app.roll.findings import ListedMember, ListedPair
from app.roll.import_models import ImportState
from app.roll.schemas import ProblemOut

# An import in the address of its page; what no database counts to is no number.
ImportNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]
# Seconds that an answer waits for work in the background: a small file is done by then.
MOMENT = 1.0
# What a column is called on a page: by its name, where nothing else is said.
COLUMN_WORDS = {
    **{name: name.replace("_", " ").capitalize() for name in COLUMN_NAMES},
    "email": "E-mail address",
    "mobile": "Mobile number",
    "category": "Membership category",
}
COLUMN_HINTS = {
    "category": "Full, retired, student and so on.",
    "left_on": "The day on which a member left the union.",
    "in_arrears": "Yes or no.",
    "language": "en or cy.",
}
HEADINGS = {
    ImportState.UPLOADED: "Which column is which?",
    ImportState.READING: "Checking the file",
    ImportState.READ: "What this file would change",
    ImportState.APPLYING: "Importing the file",
    ImportState.DONE: "The file was imported",
    ImportState.FAILED: "The file was not imported",
    ImportState.INTERRUPTED: "This import was interrupted",
}
STATES = {
    ImportState.UPLOADED: "waits for you to say which column is which",
    ImportState.READING: "is being checked",
    ImportState.READ: "was checked and waits for you to import it",
    ImportState.APPLYING: "is being imported",
    ImportState.DONE: "was imported",
    ImportState.FAILED: "was not imported",
    ImportState.INTERRUPTED: "was interrupted",
}
MISSING_WORDS = (
    (Missing.KEEP.value, "Keep them as they are: the file holds only some of our members"),
    (Missing.LEFT.value, "Mark them as having left: the file holds every member there is"),
)
NOT_IN_FILE = "Not in this file"
MERGE = "merge-"


class PairQuestion(NamedTuple):
    """Two members who may be one, on the form that imports."""

    field: str
    question: str
    answers: tuple[tuple[str, str], ...]
    hint: str


def pair_question(pair: ListedPair, *, place: int) -> PairQuestion:
    """Ask whether two members are one person. The answer to merge is their numbers, as JSON."""
    numbers = json.dumps([pair.first.membership_number, pair.second.membership_number])
    return PairQuestion(
        field=f"{MERGE}{place}",
        question=f"Are these one person: {_member(pair.first)}; and {_member(pair.second)}?",
        answers=(
            ("", "Keep both: they are two people"),
            (numbers, "Merge them: they are one person"),
        ),
        hint=pair.what_merging_does,
    )


def _member(member: ListedMember) -> str:
    where = "on the roll" if member.row is None else f"row {member.row:,} of the file"
    return f"{member.name}, number {member.membership_number}, {member.branch} ({where})"


class ColumnField(NamedTuple):
    """One of our columns on the form that asks which column is which."""

    name: str
    label: str
    hint: str | None
    chosen: str
    error: str | None


def column_field(name: str, *, chosen: str, error: str | None) -> ColumnField:
    """Return how one of our columns is asked about; what a member cannot be without is said so."""
    needed = "Needed." if name in REQUIRED else ""
    hint = " ".join(filter(None, [needed, COLUMN_HINTS.get(name, "")]))
    return ColumnField(name, COLUMN_WORDS[name], hint or None, chosen, error)


def problem_rows(problems: Sequence[ProblemOut]) -> list[tuple[str, str, str]]:
    """Return (row in the file, column in words, sentence) for each reason."""
    return [
        (
            f"{problem.row:,}",
            COLUMN_WORDS.get(problem.column or "", "The whole row"),
            problem.message,
        )
        for problem in problems
    ]
