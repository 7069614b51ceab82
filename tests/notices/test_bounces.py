"""What came back: written down once, its code ended, its address left alone until it changes."""

import pytest
from sqlmodel import col, select

from app.audit.service import COMMAND_LINE
from app.ballots.models import Credential
from app.ballots.service import create_ballot, get_ballot
from app.notices import changed_addresses
from app.notices.bounce_models import Bounce
from app.notices.bounce_reports import read_report
from app.notices.bounces import Tally, mark_all
from app.notices.delivery import dead_at_freeze, delivery_by_branch, members_with_dead_address
from app.roll.models import Member
from tests.support.ballots import HQ, NOON, add_members, ballot_in
from tests.support.bounces import message_id_to, report_of
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import code_in, deliver, with_mail
from tests.support.staff import events_of

FIRST = "lee1@example.org"


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def invited(database, settings, clock):
    """Three members of Leeds, invited, and their messages accepted."""
    clock.now = NOON
    add_members(database, 3)
    frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)


def back(database, message_id, **facts):
    heard = read_report(report_of(message_id, **facts))
    return mark_all(database, [heard], actor=COMMAND_LINE, now=NOON)


def bounces(database):
    with database.reading() as session:
        return session.exec(select(Bounce)).all()


def opens(client, code):
    return client.get(f"/vote/{code}").status_code


def change_address(database, old, new):
    with database.writing() as session:
        member = session.exec(select(Member).where(Member.email == old)).one()
        member.email = new
        session.add(member)


@pytest.mark.usefixtures("invited")
def test_a_message_that_came_back_is_written_down_once_and_its_code_ended(database, client, office):
    code = code_in(office.letter_to(FIRST))
    message_id = message_id_to(database, FIRST)
    assert back(database, message_id) == Tally(hard=1, with_code=1)
    assert back(database, message_id) == Tally(known=1)
    [bounce] = bounces(database)
    assert (bounce.address, bounce.hard, bounce.status) == (FIRST, True, "5.1.1")
    with database.reading() as session:
        live = session.exec(select(Credential).where(col(Credential.revoked_at).is_(None))).all()
        assert len(live) == 2
    said = [each for each in events_of(database) if each.action == "MessagesCameBack"]
    assert [each.details["with_code"] for each in said] == [1]
    assert opens(client, code) == opens(client, "0000-0000")


@pytest.mark.usefixtures("invited")
def test_a_report_of_a_message_that_is_not_ours_is_counted_and_ignored(database):
    assert back(database, "<somebody@elses.example.org>") == Tally(unknown=1)
    assert bounces(database) == []


@pytest.mark.usefixtures("invited")
@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"status": "4.2.2", "said": "452 full"}, id="a full mailbox"),
        pytest.param({"recipient": "forwarded@elsewhere.example"}, id="behind a forwarder"),
    ],
)
def test_what_failed_this_time_only_is_soft_and_the_address_is_kept(database, facts):
    tally = back(database, message_id_to(database, FIRST), **facts)
    assert (tally.hard, tally.soft) == (0, 1)
    assert [each.hard for each in bounces(database)] == [False]


@pytest.mark.usefixtures("invited")
def test_a_soft_failure_can_turn_out_hard(database):
    message_id = message_id_to(database, FIRST)
    back(database, message_id, status="4.2.2", said="452 full")
    assert back(database, message_id).hard == 1
    assert [each.hard for each in bounces(database)] == [True]


@pytest.mark.usefixtures("invited")
@pytest.mark.parametrize(("status", "said"), [("5.1.1", "550 no"), ("4.2.2", "452 full")])
def test_a_report_does_not_tell_whether_the_member_voted(database, client, office, status, said):
    code = code_in(office.letter_to(FIRST))
    client.app.state.clock.now = NOON
    sent = client.post(
        "/api/v1/ballots/pay-2026/votes", token=code, json={"answers": {"offer": "accept"}}
    )
    assert sent.status_code == 201
    second = "lee2@example.org"
    tallies = {
        each: [
            back(database, message_id_to(database, each), recipient=each, status=status, said=said)
            for _ in range(2)
        ]
        for each in (FIRST, second)
    }
    assert tallies[FIRST] == tallies[second]
    assert tallies[FIRST][1] == Tally(known=1)
    of_voter, of_other = bounces(database)
    assert (of_voter.hard, of_voter.status) == (of_other.hard, of_other.status)
    said_of_both = [each for each in events_of(database) if each.action == "MessagesCameBack"]
    assert said_of_both[0].details == said_of_both[1].details
    again = client.post(
        "/api/v1/ballots/pay-2026/votes", token=code, json={"answers": {"offer": "accept"}}
    )
    assert again.json()["code"] == "already_voted", "the code of a voter is left"


@pytest.mark.usefixtures("invited")
def test_a_changed_address_is_written_to_and_the_old_one_never_again(
    database, settings, office, clock
):
    old_code = code_in(office.letter_to(FIRST))
    back(database, message_id_to(database, FIRST))
    office.accepted.clear()
    deliver(database, settings, clock=clock)
    assert office.recipients == []
    change_address(database, FIRST, "new@example.org")
    clock.now = NOON.replace(minute=5)
    deliver(database, settings, clock=clock)
    deliver(database, settings, clock=clock)
    assert office.recipients == ["new@example.org"]
    assert code_in(office.letter_to("new@example.org")) != old_code


def test_addresses_that_only_look_changed_do_not_stand_before_those_that_did(
    database, settings, office, clock, monkeypatch
):
    monkeypatch.setattr(changed_addresses, "SLICE", 2)
    clock.now = NOON
    add_members(database, 5)
    with database.writing() as session:
        for member in session.exec(select(Member).where(Member.email != "lee5@example.org")):
            member.email = member.email.replace("example", "EXAMPLE")
    frozen_ballot(database)
    invite(database, settings)
    office.refuse = {f"lee{n}@example.org" for n in range(1, 6)}
    deliver(database, settings, clock=clock)
    assert office.recipients == []
    office.refuse = set()
    change_address(database, "lee5@example.org", "new@example.org")
    clock.now = NOON.replace(minute=5)
    deliver(database, settings, clock=clock)
    deliver(database, settings, clock=clock)
    assert office.recipients == ["new@example.org"]


@pytest.mark.usefixtures("invited")
def test_a_mailbox_that_is_read_again_keeps_no_vote_waiting(database):
    message_id = message_id_to(database, FIRST)
    back(database, message_id)

    class ReadsOnly:
        """A database whose one writer is busy for ever."""

        def reading(self):
            return database.reading()

    again = [read_report(report_of(message_id)), read_report(report_of("<x@elsewhere.example>"))]
    tally = mark_all(ReadsOnly(), again, actor=COMMAND_LINE, now=NOON)
    assert tally == Tally(known=1, unknown=1)


def test_nothing_is_sent_to_an_address_of_no_use_until_it_changes(
    database, settings, office, clock
):
    clock.now = NOON
    add_members(database, 1)
    frozen_ballot(database, slug="earlier")
    invite(database, settings, slug="earlier")
    deliver(database, settings, clock=clock)
    back(database, message_id_to(database, FIRST))
    frozen_ballot(database)
    invite(database, settings)
    office.accepted.clear()
    deliver(database, settings, clock=clock)
    assert office.recipients == []
    change_address(database, FIRST, "new@example.org")
    clock.now = NOON.replace(minute=5)
    deliver(database, settings, clock=clock)
    deliver(database, settings, clock=clock)
    assert office.recipients == ["new@example.org"] * 2


@pytest.mark.usefixtures("invited")
def test_an_address_that_failed_once_only_is_written_to_again(database, settings, office, clock):
    back(database, message_id_to(database, FIRST), status="4.2.2", said="452 full")
    frozen_ballot(database, slug="later")
    invite(database, settings, slug="later")
    deliver(database, settings, clock=clock)
    assert office.recipients.count(FIRST) == 2


@pytest.mark.usefixtures("invited")
def test_each_branch_has_its_own_figures(database):
    add_members(database, 2, branch="Hull", email="")
    back(database, message_id_to(database, FIRST))
    with database.reading() as session:
        ballot = get_ballot(session, "pay-2026")
        [leeds] = delivery_by_branch(session, ballot)
        assert (leeds.entitled, leeds.dead, leeds.accepted, leeds.came_back) == (3, 1, 2, 1)
        assert (leeds.without_working_address, leeds.rate) == (1, "33.33")
        assert delivery_by_branch(session, ballot, branch="LEEDS") == [leeds]
        assert delivery_by_branch(session, ballot, branch="Hull") == []
        [member] = members_with_dead_address(session, ballot, branch="leeds")
        assert member.email == FIRST


@pytest.mark.usefixtures("invited")
def test_addresses_from_which_mail_came_back_are_counted_before_the_next_freeze(database):
    back(database, message_id_to(database, FIRST))
    with database.writing() as session:
        add = ballot_in(slug="next", title="Next", now=NOON)
        draft = create_ballot(session, add, staff=HQ, now=NOON)
        assert dead_at_freeze(session, draft) == 1
    change_address(database, FIRST, "new@example.org")
    with database.reading() as session:
        assert dead_at_freeze(session, draft) == 0
