"""Votes cast through the ballot box itself, without the web, and papers read as the count will."""

import asyncio
import json

from sqlmodel import select

from app.ballots.codes import code_digest
from app.voting.box import open_box
from app.voting.models import BallotPaper
from app.voting.sealing import PaperSeal
from app.voting.votes import Outcome
from tests.conftest import NOW, SECRET

WIDTH = 60


def sealed_vote(ballot, code, *, answers, receipt, at=NOW):
    """A vote as the box takes it, its paper sealed as the service seals it."""
    return PaperSeal([SECRET], ballot=ballot.slug).vote(
        ballot.id,
        code_digest=code_digest(code, key=SECRET),
        answers=answers,
        receipt=receipt,
        width=WIDTH,
        arrived_at=at,
    )


def cast(database, ballot, choices, *, question="offer", at=NOW):
    """Cast one vote for each choice (None for a blank), by the first members on the roll.

    Each has the code of its voter for a receipt.
    """

    async def together():
        box = open_box(database.url)
        votes = [
            sealed_vote(
                ballot,
                code,
                answers=json.dumps({question: choice}, separators=(",", ":")),
                receipt=code,
                at=at,
            )
            for code, choice in zip(ballot.codes.values(), choices, strict=False)
        ]
        outcomes = await asyncio.gather(*(box.cast(vote) for vote in votes))
        await box.close()
        return outcomes

    assert set(asyncio.run(together())) == {Outcome.COUNTED}


def answers_in(database, ballot):
    """The answers on each paper of a ballot, sealed or not, in the order of the papers."""
    seal = PaperSeal([SECRET], ballot=ballot.slug)
    with database.reading() as session:
        papers = session.exec(
            select(BallotPaper).where(BallotPaper.ballot_id == ballot.id).order_by(BallotPaper.id)
        ).all()
    return [
        paper.answers if paper.sealed is None else seal.open(paper.sealed).answers
        for paper in papers
    ]
