"""Whatever tells of a ballot stops when it is cancelled, or tells of that."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from icalendar import Calendar
from sqlmodel import select

from app.ballots.models import Credential
from app.notices.models import OutboxMessage
from app.notices.new_links import BallotOver
from app.notices.webhook_events import news_of
from app.turnout.broadcast import Broadcast, Pace, Topic
from tests.support.ballots import NOON, add_members, given_ballot
from tests.support.cancelled import WHY, cancel
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import deliver, with_mail


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


def test_an_invitation_on_its_way_is_dropped_no_code_is_made_and_none_follows(
    database, settings, clock
):
    add_members(database, 2)
    frozen_ballot(database)
    assert invite(database, settings) == 2
    cancel(database)
    deliver(database, settings, clock=clock)
    with database.reading() as session:
        rows = session.exec(select(OutboxMessage)).all()
        codes = session.scalar(sa.select(sa.func.count()).select_from(Credential))
    assert {(row.state, row.reply) for row in rows} == {("dropped", "This ballot was cancelled.")}
    assert codes == 0
    with pytest.raises(BallotOver):
        invite(database, settings)


def test_the_unions_systems_are_told_and_never_of_a_close(database, settings):
    add_members(database, 2)
    given_ballot(database, settings)
    cancel(database)
    with database.reading() as session:
        much_later = NOON + timedelta(days=30)
        news = [each for _, each in news_of(session, settings=settings, now=much_later)]
    assert [each.kind for each in news] == ["ballot.opened", "ballot.cancelled"]
    assert (news[-1].occurred_at, news[-1].more) == (NOON, {"reason": WHY})


def test_calendars_strike_out_what_never_comes(client, database, settings):
    add_members(database, 2)
    given_ballot(database, settings)
    address = "/api/v1/ballots/pay-2026/timetable.ics"

    def events():
        calendar = Calendar.from_ical(client.get(address).content)
        return {str(each["uid"]).split("@")[0]: each for each in calendar.walk("VEVENT")}

    assert not any("status" in each for each in events().values())
    cancel(database)
    struck = {uid for uid, each in events().items() if each.get("status") == "CANCELLED"}
    assert {"pay-2026-closes", "pay-2026-count-from", "pay-2026-declared"} <= struck
    assert "pay-2026-opens" not in struck
    assert events()["pay-2026-closes"]["sequence"] == 1


def test_a_stream_of_turnout_ends_properly(database, settings, clock):
    add_members(database, 8)
    given_ballot(database, settings)
    cancel(database)

    async def listen():
        broadcast = Broadcast(database, clock=clock, pace=Pace())
        await broadcast.start()
        try:
            frames = broadcast.listen(Topic("pay-2026", group_by=None, branch=None))
            return [frame async for frame in frames]
        finally:
            await broadcast.stop()

    frames = asyncio.run(asyncio.wait_for(listen(), 20))
    assert frames[-1].endswith(b"event: closed\ndata:\n\n")
