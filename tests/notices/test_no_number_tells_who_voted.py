"""Whatever staff ask for and look at, it reads the same whether or not the member has voted."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from app.audit.service import COMMAND_LINE
from app.ballots.service import get_ballot
from app.core.settings import Settings
from app.notices.bounce_reports import read_report
from app.notices.bounces import counts_of, mark_all
from app.notices.code_figures import code_figures
from app.notices.delivery import delivery_by_branch
from app.notices.models import Delivery
from app.notices.new_links import send_new_link
from app.notices.outbox import numbers_by_state
from app.notices.requests import ask
from app.notices.text_worker import TextWorker
from app.notices.texts import queue_texts, texts_to_send
from app.roll.models import Member
from tests.support.ballots import HQ, NOON, add_members
from tests.support.bounces import message_id_to, report_of
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import code_in, deliver, with_mail
from tests.support.staff import events_of
from tests.support.texts import a_provider

MINE = "lee1@example.org"
SLUG = "pay-2026"
VOTED = pytest.mark.parametrize("voted", [True, False], ids=["voted", "not yet"])


@pytest.fixture
def settings(settings, office):
    with a_provider() as provider:
        yield Settings(**with_mail(settings, office).model_dump() | {"sms_url": provider.url})


@pytest.fixture
def member(database, settings, clock, client, office, voted):
    """One of three who were invited; votes where the test says so."""
    clock.now = NOON
    add_members(database, 3, mobile="07700900001", postcode="LS1 1AA")
    frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    if voted:
        code = code_in(office.letter_to(MINE))
        vote = {"answers": {"offer": "accept"}}
        answer = client.post(f"/api/v1/ballots/{SLUG}/votes", token=code, json=vote)
        assert answer.status_code == 201


def seen(database):
    """Everything that staff are shown of mail, texts and codes."""
    with database.reading() as session:
        ballot = get_ballot(session, SLUG)
        return (
            dict(numbers_by_state(session)),
            dict(counts_of(session, ballot.id)),
            delivery_by_branch(session, ballot),
            texts_to_send(session, ballot),
            code_figures(session, ballot),
            [(each.action, each.details) for each in events_of(database)][3:],
        )


@VOTED
def test_a_new_link_is_counted_as_it_is_asked_for(database, settings, clock, member, office):
    with database.writing() as session:
        for reason in ("Rang", "Rang again"):
            send_new_link(
                session,
                get_ballot(session, SLUG),
                number="LEE0001",
                reason=reason,
                staff=HQ,
                settings=settings,
                now=NOON,
            )
    deliver(database, settings, clock=clock)
    numbers, _, _, _, figures, events = seen(database)
    assert {state: number for state, number in numbers.items() if number} == {"accepted": 5}
    assert (figures.renewed_by_staff, figures.renewed_by_members, figures.members) == (2, 0, 3)
    assert [action for action, _ in events] == ["LinkAskedFor"] * 2


@VOTED
def test_members_who_ask_in_a_hurry_are_counted_alike(database, settings, clock, member, office):
    office.busy = {MINE}
    for _ in range(3):
        with database.writing() as session:
            ask(
                session,
                "link",
                number="LEE0001",
                proof="LS1 1AA",
                origin="192.0.2.7",
                settings=settings,
                now=clock.now,
            )
        deliver(database, settings, clock=clock)
        clock.now += timedelta(seconds=30)
    _, _, _, _, figures, events = seen(database)
    assert figures.renewed_by_members == 3
    assert events == [("NewLinksAskedFor", {"links": 1})] * 3


@VOTED
def test_mail_that_came_back_and_what_follows_from_it_is_counted_alike(
    database, settings, clock, member, office
):
    heard = read_report(report_of(message_id_to(database, MINE)))
    mark_all(database, [heard], actor=COMMAND_LINE, now=NOON)
    _, counts, [branch], to_text, figures, _ = seen(database)
    assert (counts["hard"], branch.accepted, branch.came_back, to_text) == (1, 2, 1, 1)
    assert (figures.ended_by_return, figures.members) == (1, 3)
    with database.writing() as session:
        ballot = get_ballot(session, SLUG)
        assert queue_texts(session, ballot, staff=HQ, settings=settings, now=NOON) == 1
    deliver_texts(database, settings, clock)
    numbers, *_, to_text, figures, _ = seen(database)
    assert (numbers["accepted"], numbers["dropped"], to_text) == (4, 0, 0)
    assert figures.texts == 1


@VOTED
def test_a_changed_address_is_counted_alike(database, settings, clock, member, office):
    heard = read_report(report_of(message_id_to(database, MINE)))
    mark_all(database, [heard], actor=COMMAND_LINE, now=NOON)
    with database.writing() as session:
        row = session.exec(select(Member).where(Member.email == MINE)).one()
        row.email = "new@example.org"
    for _ in range(2):
        clock.now += timedelta(minutes=1)
        deliver(database, settings, clock=clock)
    numbers, counts, [branch], _, _, _ = seen(database)
    assert (numbers[Delivery.ACCEPTED], numbers[Delivery.DROPPED]) == (3, 0)
    assert (counts["hard"], branch.accepted, branch.came_back) == (0, 3, 0)


def deliver_texts(database, settings, clock):
    worker = TextWorker(database, settings=settings, clock=clock)
    asyncio.run(worker.run(asyncio.Event(), until_idle=True))
