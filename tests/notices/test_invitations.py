"""Invitations: who gets one, what it says, and that its link votes."""

import time
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.ballots.credentials import BallotOver, RollNotFrozen, issue_codes
from app.ballots.service import create_ballot, get_ballot
from app.notices.desk import desk_of
from app.notices.invitations import MailIsOff, reach_of
from app.roll.models import Branch, Member
from app.roll.repository import find_member
from tests.support.ballots import HQ, NOON, add_members, ballot_in
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import code_in, deliver, html_of, text_of, with_mail
from tests.support.staff import events_of, everything_in

VOTES = "/api/v1/ballots/pay-2026/votes"


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office, union_name="Union of Invented Workers")


def change_member(database, number, **facts):
    with database.writing() as session:
        member = find_member(session, number)
        for name, value in facts.items():
            setattr(member, name, value)
        session.add(member)


def test_each_entitled_member_with_an_address_is_invited_and_their_link_votes(
    client, database, settings, office, clock
):
    add_members(database, 3)
    change_member(database, "LEE0003", email="")
    frozen_ballot(database)
    assert invite(database, settings) == 2
    deliver(database, settings, clock=clock)
    assert sorted(office.recipients) == ["lee1@example.org", "lee2@example.org"]
    codes = {code_in(letter) for letter in office.letters}
    assert len(codes) == 2
    for code in codes:
        voted = client.post(VOTES, token=code, json={"answers": {"offer": "reject"}})
        assert voted.status_code == 201


def test_an_invitation_says_what_a_member_needs_to_know(database, settings, office, clock):
    add_members(database, 1)
    frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert letter["Subject"] == "Pay offer 2026: your voting link"
    text = text_of(letter)
    for needed in (
        "Dear Invented Member 1,",
        "You are asked by Union of Invented Workers to vote in this ballot: Pay offer 2026.",
        "Do you accept the pay offer?",
        "http://testserver/vote/",
        "Saturday 21 November 2026 at 11am",
        "Saturday 28 November 2026 at midday",
        "contact your branch",
        "http://testserver/lost-link",
        "Why we used this address",
    ):
        assert needed in text
        assert needed in html_of(letter)
    assert letter["Message-ID"]
    assert letter["List-Unsubscribe"] is None
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "en"


def test_a_member_who_reads_welsh_is_written_to_in_welsh(database, settings, office, clock):
    add_members(database, 1, language="cy")
    frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert letter["Subject"] == "Pay offer 2026: eich dolen bleidleisio"
    assert "Annwyl Invented Member 1," in text_of(letter)
    assert "Dydd Sadwrn 28 Tachwedd 2026 am hanner dydd" in text_of(letter)
    assert '<html lang="cy">' in html_of(letter)


def test_asked_twice_nobody_is_invited_twice(database, settings, office, clock):
    add_members(database, 2)
    frozen_ballot(database)
    assert (invite(database, settings), invite(database, settings)) == (2, 0)
    deliver(database, settings, clock=clock)
    assert invite(database, settings) == 0
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == 2
    queued = [event for event in events_of(database) if event.action == "InvitationsQueued"]
    assert [event.details["queued"] for event in queued] == [2, 0, 0]


def test_whoever_was_given_a_code_in_another_way_keeps_it(database, settings, office, clock):
    add_members(database, 2)
    slug = frozen_ballot(database)
    assert invite(database, settings) == 2
    with database.writing() as session:
        issue_codes(session, get_ballot(session, slug), staff=HQ, settings=settings, now=NOON)
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    with database.reading() as session:
        assert desk_of(session, settings=settings, now=NOON).numbers["dropped"] == 2
        assert reach_of(session, get_ballot(session, slug)).to_invite == 0


def test_those_who_were_invited_are_not_in_the_file_of_codes(database, settings, office, clock):
    add_members(database, 2)
    change_member(database, "LEE0002", email="")
    slug = frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    with database.writing() as session:
        issued = issue_codes(
            session, get_ballot(session, slug), staff=HQ, settings=settings, now=NOON
        )
    assert [each.membership_number for each in issued] == ["LEE0002"]


def test_no_invitation_leaves_before_the_ballot_opens(database, settings, office, clock):
    add_members(database, 1)
    frozen_ballot(database, opens_at=NOON + timedelta(hours=2))
    invite(database, settings)
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    clock.now = NOON + timedelta(hours=2)
    deliver(database, settings, clock=clock)
    assert office.recipients == ["lee1@example.org"]


def test_an_invitation_that_is_late_is_dropped(database, settings, office, clock):
    add_members(database, 1)
    frozen_ballot(database)
    invite(database, settings)
    clock.now = NOON + timedelta(days=7)
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    with database.reading() as session:
        assert desk_of(session, settings=settings, now=NOON).numbers["dropped"] == 1


def test_a_draft_and_a_closed_ballot_invite_nobody(database, settings):
    add_members(database, 1)
    with database.writing() as session:
        create_ballot(session, ballot_in(slug="draft"), staff=HQ, now=NOON)
    with pytest.raises(RollNotFrozen):
        invite(database, settings, slug="draft")
    slug = frozen_ballot(database)
    with pytest.raises(BallotOver):
        invite(database, settings, slug=slug, now=NOON + timedelta(days=7))


def test_without_a_mail_server_nothing_is_queued(database, settings):
    add_members(database, 1)
    frozen_ballot(database)
    with pytest.raises(MailIsOff):
        invite(database, settings.model_copy(update={"smtp_url": None}))


def test_no_code_is_kept_in_clear_before_or_after_it_left(database, settings, office, clock):
    add_members(database, 1)
    frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    code = code_in(office.letters[0])
    kept = everything_in(database)
    for written in (code, code.replace("-", "")):
        assert written not in kept
        assert written.encode().hex() not in kept


def test_a_name_adds_no_header_and_no_recipient(database, settings, office, clock):
    add_members(database, 1)
    frozen_ballot(database)
    evil = "Eve\r\nBcc: thief@example.org\r\n\r\nRead this instead"
    change_member(database, "LEE0001", given_name=evil)
    with database.writing() as session:
        ballot = get_ballot(session, "pay-2026")
        ballot.title = "Pay\r\nBcc: thief@example.org"
        session.add(ballot)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert office.recipients == ["lee1@example.org"]
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Pay Bcc: thief@example.org: your voting link"
    assert "Dear Eve Bcc: thief@example.org Read this instead Member 1," in text_of(letter)


@pytest.mark.parametrize(
    "address", ["a@example.org, thief@example.org", "a@example.org\r\nBcc: b@example.org", "nobody"]
)
def test_an_address_that_is_none_or_several_is_refused_and_nothing_is_sent(
    database, settings, office, clock, address
):
    add_members(database, 1)
    frozen_ballot(database)
    change_member(database, "LEE0001", email=address)
    invite(database, settings)
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    with database.reading() as session:
        assert desk_of(session, settings=settings, now=NOON).numbers["refused"] == 1


def test_what_a_name_holds_is_text_in_the_html_too(database, settings, office, clock):
    add_members(database, 1)
    frozen_ballot(database)
    change_member(database, "LEE0001", family_name='<a href="https://evil.example">{link}</a>')
    invite(database, settings)
    deliver(database, settings, clock=clock)
    [letter] = office.letters
    assert '<a href="https://evil.example">' not in html_of(letter)
    assert "{link}</a>," in text_of(letter)


def test_the_changed_address_of_a_member_is_used(database, settings, office, clock):
    add_members(database, 1)
    frozen_ballot(database)
    invite(database, settings)
    change_member(database, "LEE0001", email="new@example.org")
    deliver(database, settings, clock=clock)
    assert office.recipients == ["new@example.org"]


def test_a_hundred_thousand_would_be_queued_in_under_half_a_minute(database, settings):
    """A fifth of them in a fifth of the time, on a roll of which no statistics exist yet."""
    members = 20_000
    with database.writing() as session:
        session.add(Branch(code="Leeds", folded_code="leeds"))
        session.flush()
        facts = Member(
            membership_number="",
            family_name="Invented",
            branch="Leeds",
            category="full",
            joined_on=date(2020, 1, 1),
        ).model_dump(exclude={"id", "membership_number", "email"})
        session.execute(
            sa.insert(Member),
            [
                facts | {"membership_number": f"L{n:06}", "email": f"m{n}@example.org"}
                for n in range(members)
            ],
        )
    slug = frozen_ballot(database)
    begun = time.monotonic()
    assert invite(database, settings) == members
    with database.reading() as session:
        assert reach_of(session, get_ballot(session, slug)).invited == members
    assert invite(database, settings) == 0
    assert time.monotonic() - begun < 6
