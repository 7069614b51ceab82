"""Headquarters at the pages of invitations: send, watch, pause and mend."""

import pytest

from app.main import create_app
from tests.support.ballots import NOON, add_members
from tests.support.client import AppClient
from tests.support.desks import given_desk, words
from tests.support.invitations import frozen_ballot
from tests.support.mail import deliver, with_mail
from tests.support.staff import events_of

HERE = "/hq/ballots/pay-2026/invitations"


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def desk(client, database):
    add_members(database, 3)
    frozen_ballot(database)
    return given_desk(client, database)


def figures(page):
    grid = page.select_one(".stat-grid")
    names = [each.get_text(strip=True) for each in grid.select("dt")]
    return dict(zip(names, [each.get_text(strip=True) for each in grid.select("dd")], strict=True))


def table(page):
    return {
        words(row.select_one("th")): words(row.select_one("td"))
        for row in page.select("main tbody tr")
    }


def test_invitations_are_sent_with_one_click_and_followed(desk, database, settings, office, clock):
    page = desk.page(HERE)
    assert figures(page)["To invite"] == "3"
    assert "Nothing is being sent" in words(page)
    assert desk.post(HERE).status_code == 303
    page = desk.page(HERE)
    assert figures(page)["Invited"] == "3"
    assert table(page) == {"Waiting": "3"}
    office.refuse = {"lee1@example.org"}
    deliver(database, settings, clock=clock)
    page = desk.page(HERE)
    assert table(page) == {
        "Accepted by the mail server, or not needed any more": "2",
        "Refused, or without a usable address": "1",
    }
    assert "Nothing is being sent" not in words(page)
    office.refuse = set()
    assert desk.post(f"{HERE}/again", data={"state": "refused"}).status_code == 303
    deliver(database, settings, clock=clock)
    assert table(desk.page(HERE)) == {"Accepted by the mail server, or not needed any more": "3"}


def test_no_code_and_no_name_is_on_the_page(desk, database, settings, office, clock):
    desk.post(HERE)
    deliver(database, settings, clock=clock)
    html = desk.get(HERE).text
    assert "/vote/" not in html
    assert "lee1@example.org" not in html
    assert "Member 1" not in html


def test_only_what_was_not_accepted_can_be_sent_again(desk, database, settings, office, clock):
    desk.post(HERE)
    deliver(database, settings, clock=clock)
    desk.post(f"{HERE}/again", data={"state": "accepted"})
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == 3


def test_mail_is_paused_and_let_go_again(desk, database, settings, office, clock):
    desk.post(HERE)
    assert desk.post(f"{HERE}/pause").status_code == 303
    assert "hq-officer paused it on Saturday 21 November 2026 at midday" in words(desk.page(HERE))
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    desk.post(f"{HERE}/resume")
    deliver(database, settings, clock=clock)
    assert len(office.accepted) == 3
    actions = [event.action for event in events_of(database)]
    assert actions[-2:] == ["MailPaused", "MailResumed"]


def test_the_servers_own_words_are_on_the_page(desk, database, settings, office, clock):
    desk.post(HERE)
    office.refuse_sender = True
    deliver(database, settings, clock=clock)
    assert "550 5.7.1 Sender address rejected: not owned by you" in words(desk.page(HERE))


def test_without_a_mail_server_the_page_says_so_and_sends_nothing(database, settings, clock):
    off = settings.model_copy(update={"smtp_url": None})
    with AppClient(create_app(off, clock=clock)) as client:
        add_members(database, 1)
        frozen_ballot(database)
        desk = given_desk(client, database)
        page = desk.page(HERE)
        assert "Mail is off" in words(page)
        assert "Send 1 invitation" not in words(page)
        assert desk.post(HERE).status_code == 409


def test_a_draft_says_that_it_has_nobody_to_invite(client, database, settings, clock):
    from app.ballots.service import create_ballot
    from tests.support.ballots import HQ, ballot_in

    with database.writing() as session:
        create_ballot(session, ballot_in(), staff=HQ, now=NOON)
    desk = given_desk(client, database)
    assert "The roll is not frozen yet" in words(desk.page(HERE))
    assert desk.post(HERE).status_code == 409


def test_when_everybody_has_a_link_the_page_says_that_nobody_is_left_to_invite(desk):
    assert "Nobody is left to invite" not in words(desk.page(HERE).main)
    desk.post(HERE)
    assert "Nobody is left to invite" in words(desk.page(HERE).main)
