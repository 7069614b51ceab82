"""Reminders: to those who have not voted when they leave, in company, and never at night."""

import asyncio
import json
from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.ballots.credentials import BallotOver
from app.ballots.service import get_ballot
from app.notices.bounce_models import Bounce
from app.notices.invitations import MailIsOff
from app.notices.models import OutboxMessage
from app.notices.quiet import after_quiet, is_quiet
from app.notices.reminders import (
    BadTime,
    TooFewToRemind,
    UnknownReminder,
    about,
    cancel_reminder,
)
from app.notices.text_worker import TextWorker
from app.roll.models import Member
from tests.support.ballots import HQ, NOON, add_members, given_ballot
from tests.support.extensions import LATER, extend
from tests.support.mail import deliver, text_of, with_mail
from tests.support.reminders import SLUG, look, plan, stages
from tests.support.staff import events_of
from tests.support.texts import a_provider
from tests.support.votes import cast

BATCH, SPREAD = 10, timedelta(minutes=30)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEMBERS = 14
LONDON_NIGHT = (time(21), time(8))


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office, reminder_batch=BATCH, reminders_per_member=2)


@pytest.fixture
def ballot(database, settings):
    add_members(database, MEMBERS)
    return given_ballot(database, settings)


def dues(database):
    with database.reading() as session:
        return list(session.scalars(sa.select(col(OutboxMessage.due_at))))


def address(number):
    return f"lee{int(number[3:])}@example.org"


def test_only_those_who_have_not_voted_when_it_leaves_are_reminded(
    database, settings, ballot, clock, office
):
    voted = list(ballot.codes)[:4]
    cast(database, ballot, ["accept", "reject"])
    plan(database, settings, at=NOON + HOUR)
    look(database, settings, clock=clock)
    assert stages(database) == [("planned", 0)]
    clock.now = NOON + HOUR
    look(database, settings, clock=clock)
    assert stages(database) == [("queued", MEMBERS - 2)]
    already_sent = len(office.accepted)
    assert already_sent < MEMBERS - 2, "they leave over half an hour, not at once"
    office.accepted.clear()
    with database.writing() as session:
        # All are still to leave when two more vote.
        session.execute(sa.update(OutboxMessage).values(state="queued", due_at=NOON + 2 * HOUR))
    later = ballot.__class__(
        ballot.id, ballot.slug, {number: ballot.codes[number] for number in voted[2:]}
    )
    cast(database, later, ["reject", "reject"])
    clock.now = NOON + 2 * HOUR
    deliver(database, settings, clock=clock)
    assert sorted(office.recipients) == sorted(address(n) for n in list(ballot.codes)[4:])


def test_a_reminder_says_how_to_vote_and_holds_no_code(
    client, database, settings, ballot, clock, office
):
    plan(database, settings, hours_before=167)
    clock.now = NOON + HOUR
    look(database, settings, clock=clock)
    clock.now += SPREAD
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == MEMBERS
    letter = office.letter_to("lee1@example.org")
    assert letter["Subject"] == "Pay offer 2026: you have not voted yet"
    text = text_of(letter)
    assert "Voting closes: Saturday 28 November 2026 at midday" in text
    assert "http://testserver/lost-link" in text
    assert "/vote/" not in text
    voted = client.post(
        f"/api/v1/ballots/{SLUG}/votes",
        token=ballot.codes["LEE0001"],
        json={"answers": {"offer": "reject"}},
    )
    assert voted.status_code == 201, "the code that they had still works"


def test_a_welsh_reader_is_reminded_in_welsh(database, settings, clock, office):
    add_members(database, BATCH, language="cy")
    given_ballot(database, settings)
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    clock.now += SPREAD
    deliver(database, settings, clock=clock)
    assert office.letters[0]["Subject"] == "Pay offer 2026: nid ydych wedi pleidleisio eto"


@pytest.mark.parametrize(("votes", "stage"), [(4, "queued"), (5, "too_few")])
def test_fewer_than_the_batch_are_not_reminded_at_all(
    database, settings, ballot, clock, office, votes, stage
):
    cast(database, ballot, ["reject"] * votes)
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    clock.now += SPREAD
    deliver(database, settings, clock=clock)
    assert stages(database)[0][0] == stage
    assert len(office.accepted) == (BATCH if stage == "queued" else 0)


@pytest.fixture
def provider():
    with a_provider() as provider:
        yield provider


def by_mail_and_text(database, settings, provider, *, mobile_alone=4):
    """A ballot in which some have a mobile and no e-mail; the settings with a provider of texts."""
    add_members(database, MEMBERS - mobile_alone)
    add_members(database, mobile_alone, branch="Hull", email="")
    with database.writing() as session:
        for number, member in enumerate(session.scalars(sa.select(Member))):
            member.mobile = f"07700{number:06}"
    both = settings.model_copy(update={"sms_url": provider.url, "help_contact": "the office"})
    return both, given_ballot(database, settings)


def deliver_both(database, settings, clock):
    deliver(database, settings, clock=clock)
    worker = TextWorker(database, settings=settings, clock=clock)
    asyncio.run(worker.run(asyncio.Event(), until_idle=True))


def test_who_has_a_mobile_alone_is_reminded_by_text_in_the_same_company_and_without_a_code(
    database, settings, clock, office, provider
):
    settings, ballot = by_mail_and_text(database, settings, provider)
    assert len(ballot.codes) == MEMBERS
    voted = {"HUL0001": ballot.codes["HUL0001"]}
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    # Ten by mail would be enough; together with the four texts they are one company.
    assert stages(database) == [("queued", MEMBERS)]
    assert max(dues(database)) - min(dues(database)) > timedelta(minutes=2)
    cast(database, ballot.__class__(ballot.id, ballot.slug, voted), ["reject"])
    clock.now += SPREAD
    deliver_both(database, settings, clock)
    assert len(office.accepted) == MEMBERS - 4
    texts = [json.loads(body) for body in provider.accepted]
    assert len(texts) == 3, "who has voted meanwhile is sent none"
    for text in texts:
        assert "Pay offer 2026" in text["text"]
        assert "the office" in text["text"]
        assert "/vote/" not in text["text"]
        assert not any(code in text["text"] for code in ballot.codes.values())


def test_texts_keep_the_company_the_cap_and_the_night_of_reminders(
    database, settings, clock, office, provider
):
    settings, _ = by_mail_and_text(database, settings, provider, mobile_alone=MEMBERS - 1)
    night = NOON + timedelta(hours=10)
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    assert stages(database) == [("queued", MEMBERS)], "one with mail, the others with a mobile"
    with database.writing() as session:
        session.execute(sa.update(OutboxMessage).values(state="queued", due_at=night))
    clock.now = night
    deliver_both(database, settings, clock)
    assert provider.asked == []
    morning = NOON + timedelta(hours=20)
    assert len(set(dues(database))) == MEMBERS
    assert all(morning <= each < morning + SPREAD for each in dues(database))
    for _ in range(2):
        # Not a moment later: what is late by the whole spread is not sent any more.
        clock.now = max(dues(database))
        deliver_both(database, settings, clock)
        plan(database, settings, at=clock.now)
        look(database, settings, clock=clock)
    assert stages(database)[0] == ("too_few", 0), "everybody was reminded twice"
    assert len(provider.accepted) == 2 * (MEMBERS - 1)


def test_without_a_provider_of_texts_those_with_a_mobile_alone_are_no_company(
    database, settings, clock, provider
):
    by_mail_and_text(database, settings, provider, mobile_alone=5)
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    assert stages(database) == [("too_few", 0)]


@pytest.mark.parametrize(("dead", "stage"), [(4, "queued"), (5, "too_few")])
def test_an_address_of_no_use_is_no_company(database, settings, ballot, clock, dead, stage):
    with database.writing() as session:
        session.add(OutboxMessage(key="earlier", purpose="test", queued_at=NOON, due_at=NOON + DAY))
        session.flush()
        session.add_all(
            Bounce(message_id=f"<{n}>", outbox_id=1, address=address(n), hard=True, heard_at=NOON)
            for n in list(ballot.codes)[:dead]
        )
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    assert stages(database) == [(stage, MEMBERS - dead if stage == "queued" else 0)]


def test_each_leaves_at_a_random_moment_of_its_own(database, settings, ballot, clock):
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    moments = dues(database)
    assert len(set(moments)) == MEMBERS
    assert all(timedelta() <= each - clock.now < SPREAD for each in moments)
    assert max(moments) - min(moments) > timedelta(minutes=2)


def test_a_turnout_is_reached_by_whole_numbers_in_its_branch(database, settings, ballot, clock):
    plan(database, settings, turnout_percent=15)
    # Two of fourteen are 14.3 %, three are 21.4 %.
    cast(database, ballot, ["reject"] * 2)
    look(database, settings, clock=clock)
    assert stages(database) == [("planned", 0)]
    third = ballot.__class__(ballot.id, ballot.slug, dict(list(ballot.codes.items())[2:]))
    cast(database, third, ["accept"])
    look(database, settings, clock=clock)
    assert stages(database) == [("queued", MEMBERS - 3)]


def test_hours_before_the_close_follow_a_close_that_moved(database, settings, ballot, clock):
    plan(database, settings, hours_before=24)
    extend(database)
    clock.now = LATER - timedelta(hours=24) - timedelta(minutes=1)
    look(database, settings, clock=clock)
    assert stages(database) == [("planned", 0)]
    clock.now += timedelta(minutes=1)
    look(database, settings, clock=clock)
    assert stages(database) == [("queued", MEMBERS)]


def test_a_branch_is_reminded_by_itself_if_it_is_large_enough(database, settings, clock, office):
    add_members(database, BATCH)
    add_members(database, BATCH - 1, branch="York")
    given_ballot(database, settings)
    with pytest.raises(TooFewToRemind):
        plan(database, settings, at=NOON, branch="York")
    plan(database, settings, at=NOON, branch="Leeds")
    look(database, settings, clock=clock)
    clock.now += SPREAD
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == BATCH
    assert all(recipient.startswith("lee") for recipient in office.recipients)


def test_nobody_gets_more_than_the_cap(database, settings, ballot, clock, office):
    for _ in range(3):
        plan(database, settings, at=clock.now)
        look(database, settings, clock=clock)
        clock.now += SPREAD
        deliver(database, settings, clock=clock)
    assert len(office.accepted) == 2 * MEMBERS
    assert stages(database)[0] == ("too_few", 0)


def test_at_night_nothing_leaves_and_in_the_morning_it_is_spread_anew(
    database, settings, ballot, clock, office
):
    night = NOON + timedelta(hours=10)  # 22:00 in London
    plan(database, settings, at=night)
    clock.now = night
    look(database, settings, clock=clock)
    morning = NOON + timedelta(hours=20)
    assert all(morning <= each < morning + SPREAD for each in dues(database))
    with database.writing() as session:
        session.execute(sa.update(OutboxMessage).values(due_at=night))
    deliver(database, settings, clock=clock)
    assert office.accepted == [], "not even what a pause had delayed into the night"
    assert len(set(dues(database))) == MEMBERS
    assert all(morning <= each < morning + SPREAD for each in dues(database))
    clock.now = morning
    deliver(database, settings, clock=clock)
    assert len(office.accepted) <= 1, "not all at the moment at which the night ends"
    clock.now = morning + SPREAD
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == MEMBERS


def test_what_comes_due_too_late_is_missed_and_audited(database, settings, ballot, clock, office):
    plan(database, settings, hours_before=1)
    clock.now = NOON + timedelta(days=7) - timedelta(minutes=9)
    look(database, settings, clock=clock)
    assert stages(database) == [("missed", 0)]
    assert office.accepted == []
    planned, missed = events_of(database)[-2:]
    assert (planned.action, planned.details["due"]) == (
        "ReminderPlanned",
        "1 h before the close",
    )
    assert (missed.action, missed.actor, missed.details["stage"]) == (
        "ReminderQueued",
        "muster",
        "missed",
    )


@pytest.mark.parametrize(("minutes", "stage"), [(41, "queued"), (39, "missed")])
def test_a_reminder_that_cannot_be_spread_before_the_last_moment_is_missed(
    database, settings, ballot, clock, minutes, stage
):
    plan(database, settings, hours_before=1)
    clock.now = NOON + timedelta(days=7) - timedelta(minutes=minutes)
    look(database, settings, clock=clock)
    assert stages(database)[0][0] == stage


@pytest.mark.parametrize(("late", "sent"), [(SPREAD, MEMBERS), (2 * SPREAD, 0)])
def test_what_was_held_back_for_longer_than_the_spread_does_not_leave_all_at_once(
    database, settings, ballot, clock, office, late, sent
):
    plan(database, settings, at=NOON)
    look(database, settings, clock=clock)
    office.accepted.clear()
    with database.writing() as session:
        session.execute(sa.update(OutboxMessage).values(state="queued", due_at=clock.now))
    clock.now += late
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == sent


def test_a_reminder_is_called_off_until_it_begins(database, settings, ballot, clock):
    number = plan(database, settings, at=NOON)
    with database.writing() as session:
        cancel_reminder(session, get_ballot(session, SLUG), number, staff=HQ, now=NOON)
    look(database, settings, clock=clock)
    assert stages(database) == [("cancelled", 0)]
    with database.writing() as session, pytest.raises(UnknownReminder):
        cancel_reminder(session, get_ballot(session, SLUG), number, staff=HQ, now=NOON)


@pytest.mark.parametrize(
    "when",
    [
        {"at": NOON - 2 * HOUR},
        {"at": NOON + timedelta(days=7) - timedelta(minutes=10) - SPREAD},
        {"hours_before": 170},
    ],
)
def test_a_time_at_which_nobody_can_vote_is_refused(database, settings, ballot, when):
    with pytest.raises(BadTime):
        plan(database, settings, **when)


def test_without_mail_or_after_the_close_nothing_is_planned(database, settings, ballot):
    with pytest.raises(MailIsOff):
        plan(database, settings.model_copy(update={"smtp_url": None}), at=NOON)
    with pytest.raises(BallotOver):
        plan(database, settings, at=NOON, now=NOON + timedelta(days=7))


@pytest.mark.parametrize(("count", "said"), [(14, 10), (15, 20), (4, 0), (100, 100)])
def test_headquarters_sees_counts_to_the_nearest_ten(count, said):
    assert about(count) == said


@pytest.mark.parametrize(
    ("hour", "quiet"), [(20, False), (21, True), (23, True), (7, True), (8, False), (12, False)]
)
def test_quiet_hours_run_over_midnight(hour, quiet):
    at = NOON.replace(hour=hour)
    assert is_quiet(at, hours=LONDON_NIGHT) is quiet
    assert is_quiet(at, hours=None) is False


def test_quiet_hours_are_those_on_the_wall_in_summer_too():
    summer = NOON.replace(month=7, hour=20)  # 21:00 in London
    assert after_quiet(summer, hours=LONDON_NIGHT) == summer.replace(day=22, hour=7)
    early = NOON.replace(hour=3)
    assert after_quiet(early, hours=LONDON_NIGHT) == early.replace(hour=8)
