"""Votes cast through the ballot box itself, without the web."""

import asyncio
import json

from app.ballots.codes import code_digest
from app.voting.box import open_box
from app.voting.receipts import receipt_digest
from app.voting.votes import Outcome, Vote
from tests.conftest import NOW, SECRET


def cast(database, ballot, choices, *, question="offer", at=NOW):
    """Cast one vote for each choice (None for a blank), by the first members on the roll."""

    async def together():
        box = open_box(database.url)
        votes = [
            Vote(
                ballot.id,
                code_digest=code_digest(code, key=SECRET),
                answers=json.dumps({question: choice}, separators=(",", ":")),
                receipt_digest=receipt_digest(code, slug=ballot.slug),
                arrived_at=at,
            )
            for code, choice in zip(ballot.codes.values(), choices, strict=False)
        ]
        outcomes = await asyncio.gather(*(box.cast(vote) for vote in votes))
        await box.close()
        return outcomes

    assert set(asyncio.run(together())) == {Outcome.COUNTED}
