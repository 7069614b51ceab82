"""What the count reads and what a declaration writes."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col, select

from app.ballots.schemas import QuestionIO
from app.results.count import AlikePapers, Count, QuestionCount
from app.results.models import SPOILED, WHOLE, Tally
from app.voting.models import BallotPaper

NO_ANSWER = "{}"


def alike_papers(session: Session, ballot_id: int) -> Iterator[AlikePapers]:
    """Yield the papers of a sealed box, those exactly alike together."""
    rows = session.execute(
        sa.select(col(BallotPaper.unit), col(BallotPaper.answers), func.count())
        .where(col(BallotPaper.ballot_id) == ballot_id)
        .group_by(col(BallotPaper.unit), col(BallotPaper.answers))
    )
    for unit, answers, alike in rows:
        # What came in sealed after the stir did not come through the box: it is counted as a paper
        # that answers nothing, and there are then more papers than marks.
        yield unit, answers or NO_ANSWER, alike


def store_tally(session: Session, ballot_id: int, counts: Mapping[str | None, Count]) -> None:
    """Keep the count as it is declared."""
    for unit, count in counts.items():
        for question, given in count.questions.items():
            for answer, votes in {**given.votes, SPOILED: given.spoiled}.items():
                session.add(
                    Tally(
                        ballot_id=ballot_id,
                        unit=_stored(unit),
                        question_key=question,
                        answer_key=answer,
                        votes=votes,
                    )
                )
    session.flush()


def stored_tally(
    session: Session, ballot_id: int, *, questions: Sequence[QuestionIO]
) -> dict[str | None, Count]:
    """Return the count as it was declared."""
    votes: dict[str | None, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in session.exec(select(Tally).where(Tally.ballot_id == ballot_id)):
        votes[_unit_of(row)][row.question_key][row.answer_key] = row.votes
    counts: dict[str | None, Count] = {}
    for unit, by_question in votes.items():
        answered = {
            question.key: QuestionCount(
                votes={each.key: by_question[question.key][each.key] for each in question.answers},
                spoiled=by_question[question.key][SPOILED],
            )
            for question in questions
        }
        counts[unit] = Count(next(iter(answered.values())).votes_cast, questions=answered)
    return counts


def _stored(unit: str | None) -> str:
    return "" if unit is WHOLE else f"={unit}"


def _unit_of(row: Tally) -> str | None:
    return row.unit.removeprefix("=") if row.unit else WHOLE


def tally_digest(counts: Mapping[str | None, Count]) -> str:
    """Return the SHA-256 (hex) of a count's canonical JSON."""
    content = {
        _stored(unit): {
            key: {"votes": dict(question.votes), "spoiled": question.spoiled}
            for key, question in count.questions.items()
        }
        for unit, count in counts.items()
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
