"""The tally of a pack, and back: numbers by question, for the whole and for the units shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.ballots.schemas import QuestionIO
from app.results.count import Count, QuestionCount
from app.results.models import WHOLE


def tally_facts(
    counts: Mapping[str | None, Count], *, entitled: int, units: Mapping[str, int], withheld: int
) -> dict[str, Any]:
    """Return a tally.

    Args:
        counts: the whole under `WHOLE`, and each unit that has votes under its name.
        entitled: members entitled in the whole.
        units: members entitled in each unit to be shown, by name.
        withheld: how many units are not.
    """
    return {
        "entitled": entitled,
        **_of_count(counts[WHOLE]),
        "units": [
            {"name": name, "entitled": size, **_of_count(counts.get(name))}
            for name, size in units.items()
        ],
        "units_withheld": withheld,
    }


def _of_count(count: Count | None) -> dict[str, Any]:
    if count is None:
        return {"votes_cast": 0, "questions": {}}
    return {
        "votes_cast": count.votes_cast,
        "questions": {
            key: {"votes": dict(question.votes), "spoiled": question.spoiled}
            for key, question in count.questions.items()
        },
    }


def counts_in(
    tally: Mapping[str, Any], *, questions: Sequence[QuestionIO]
) -> tuple[dict[str | None, Count], dict[str, int]]:
    """Read what `tally_facts` returns: the counts, and how many are entitled in each unit.

    Raises:
        KeyError, TypeError, ValueError: it is no tally of these questions.
    """
    counts: dict[str | None, Count] = {WHOLE: _count(tally, questions)}
    units: dict[str, int] = {}
    for unit in tally["units"]:
        units[str(unit["name"])] = int(unit["entitled"])
        if unit["questions"]:
            counts[str(unit["name"])] = _count(unit, questions)
    return counts, units


def _count(part: Mapping[str, Any], questions: Sequence[QuestionIO]) -> Count:
    return Count(
        int(part["votes_cast"]),
        questions={
            question.key: QuestionCount(
                votes={
                    answer.key: int(part["questions"][question.key]["votes"][answer.key])
                    for answer in question.answers
                },
                spoiled=int(part["questions"][question.key]["spoiled"]),
            )
            for question in questions
        },
    )
