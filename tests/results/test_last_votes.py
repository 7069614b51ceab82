"""The count begins when no vote that arrived in time can still be on its way."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.voting.box import open_box
from app.voting.votes import Outcome
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.votes import cast, sealed_vote

CLOSES = NOW + timedelta(days=7)
RESULT = "/api/v1/ballots/pay-2026/result"


def cast_late(database, ballot, code):
    """A vote whose request arrived a second before the close and whose batch commits now."""

    async def alone():
        box = open_box(database.url)
        outcome = await box.cast(
            sealed_vote(
                ballot,
                code,
                answers='{"offer":"reject"}',
                receipt="late",
                at=CLOSES - timedelta(seconds=1),
            )
        )
        await box.close()
        return outcome

    return asyncio.run(alone())


def test_a_vote_that_arrived_in_time_and_is_stored_after_the_close_is_counted(
    client, database, settings, clock
):
    add_members(database, 3)
    ballot = given_ballot(database, settings)
    hq = given_token(database, settings)
    cast(database, ballot, ["accept", "accept"])
    clock.now = CLOSES + settings.close_grace - timedelta(seconds=3)
    with ThreadPoolExecutor(1) as officer:
        asked = officer.submit(client.get, RESULT, token=hq)
        time.sleep(0.3)
        last = list(ballot.codes.values())[-1]
        assert cast_late(database, ballot, last) is Outcome.COUNTED
        assert not asked.done()
    result = asked.result().json()
    assert result["votes_cast"] == 3
    assert [each["votes"] for each in result["questions"][0]["answers"]] == [2, 1]
