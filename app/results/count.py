"""The count: pure, from papers to numbers, the same whoever repeats it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.ballots.schemas import QuestionIO
from app.results.models import SPOILED, WHOLE

# (unit, answers as the paper has them, how many papers are exactly alike)
AlikePapers = tuple[str | None, str, int]


@dataclass(frozen=True)
class QuestionCount:
    """How one question was answered."""

    votes: Mapping[str, int]
    spoiled: int

    @property
    def votes_cast(self) -> int:
        """Papers returned, valid and spoiled: the same for each question of a ballot."""
        return sum(self.votes.values()) + self.spoiled


@dataclass(frozen=True)
class Count:
    """How a ballot, or one unit of it, was answered, by question."""

    votes_cast: int
    questions: Mapping[str, QuestionCount]


def count_papers(
    papers: Iterable[AlikePapers], *, questions: Sequence[QuestionIO]
) -> dict[str | None, Count]:
    """Count papers: the whole ballot under `WHOLE`, and each unit under its name.

    A paper that is blank on a question, or states what the question does not offer, is spoiled for
    that question and still counts as a vote cast.
    """
    sizes: Counter[str | None] = Counter({WHOLE: 0})
    answers: Counter[tuple[str | None, str, str]] = Counter()
    offered = {question.key: {answer.key for answer in question.answers} for question in questions}
    for unit, content, alike in papers:
        given = json.loads(content)
        for place in {WHOLE, unit}:
            sizes[place] += alike
            for question, keys in offered.items():
                answer = given.get(question)
                answers[place, question, answer if answer in keys else SPOILED] += alike
    return {
        place: Count(
            votes_cast=size,
            questions={
                question: QuestionCount(
                    votes={
                        answer.key: answers[place, question, answer.key] for answer in asked.answers
                    },
                    spoiled=answers[place, question, SPOILED],
                )
                for question, asked in ((each.key, each) for each in questions)
            },
        )
        for place, size in sizes.items()
    }
