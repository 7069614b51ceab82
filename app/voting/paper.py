"""The paper as it must be filled in: a frozen ballot's questions, kept at hand by each process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fastapi import FastAPI
from sqlmodel import Session

from app.ballots import repository
from app.ballots.service import UnknownBallot, get_ballot, key_of
from app.core.database import Database
from app.core.errors import Invalid

# Made once, because every vote is written by it.
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class InvalidAnswers(Invalid):
    """The answers do not fit the questions on the paper."""

    code = "invalid_answers"
    message = "The answers do not fit the questions. Nothing was counted. Check them and try again."


@dataclass(frozen=True)
class Paper:
    """What a ballot asks: its key, its slug, and each question's possible answers."""

    ballot_id: int
    slug: str
    answers: Mapping[str, frozenset[str]]

    @cached_property
    def width(self) -> int:
        """The bytes of the longest content that this paper can have, to which each is filled up."""
        longest = {
            question: max((None, *offered), key=lambda answer: len(CANONICAL.encode(answer)))
            for question, offered in self.answers.items()
        }
        return len(CANONICAL.encode(longest))

    def fill_in(self, given: Mapping[str, str | None]) -> str:
        """Return the paper's content as canonical JSON; a null leaves its question blank.

        Raises:
            InvalidAnswers: a question is missing, unknown, or has an answer it does not offer.
        """
        if given.keys() != self.answers.keys():
            missing = sorted(self.answers.keys() - given.keys())
            unknown = sorted(given.keys() - self.answers.keys())
            what = f"no answer to {missing[0]}" if missing else f"no question {unknown[0]!r:.60}"
            raise InvalidAnswers(
                f"This paper has {what}. Nothing was counted. Answer each question once, "
                "with null to leave it blank."
            )
        for question, answer in given.items():
            if answer is not None and answer not in self.answers[question]:
                offered = ", ".join(sorted(self.answers[question]))
                raise InvalidAnswers(
                    f"Question {question} offers {offered}, or null to leave it blank. "
                    "Nothing was counted. Choose one of them."
                )
        return CANONICAL.encode(given)


def paper_of(session: Session, slug: str) -> Paper:
    """Return the paper of a ballot whose roll is frozen, which will not change any more.

    Raises:
        UnknownBallot: there is no such ballot, or it is a draft, which is nobody's to know of.
    """
    ballot = get_ballot(session, slug)
    if ballot.frozen_at is None:
        raise UnknownBallot
    questions = repository.questions_of(session, key_of(ballot))
    answers = {
        question.key: frozenset(answer.key for answer in question.answers) for question in questions
    }
    return Paper(key_of(ballot), slug=slug, answers=answers)


class PaperRack:
    """Papers of frozen ballots, which never change, so that a vote reads no ballot."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._papers: dict[str, Paper] = {}

    def at_hand(self, slug: str) -> Paper | None:
        """Return a paper without touching the database, if this process has it."""
        return self._papers.get(slug)

    def fetch(self, slug: str) -> Paper:
        """Return a paper from the database, and keep it.

        Raises:
            UnknownBallot: there is no such ballot, or it is a draft.
        """
        with self._database.reading() as session:
            paper = self._papers[slug] = paper_of(session, slug)
        return paper


def rack_of(app: FastAPI) -> PaperRack:
    """Return the application's papers."""
    rack: PaperRack = app.state.papers
    return rack
