"""Headquarters at the pages of invitations: send, watch, pause, mend, and change the words."""

import pytest

from app.main import create_app
from app.notices.words import DEFAULTS, FIELDS, Words, faults_in
from tests.support.ballots import NOON, add_members
from tests.support.client import AppClient
from tests.support.desks import given_desk, words
from tests.support.invitations import frozen_ballot
from tests.support.mail import a_post_office, deliver, html_of, text_of, with_mail
from tests.support.pages import check_page
from tests.support.staff import events_of

HERE = "/hq/ballots/pay-2026/invitations"
OUR_WORDS = {"language": "en", "subject": "Vote: {title}", "body": "Hello {name}\n\n{link}"}


@pytest.fixture
def office():
    with a_post_office() as office:
        yield office


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
        "Accepted by the mail server": "2",
        "Refused, or without a usable address": "1",
    }
    assert "Nothing is being sent" not in words(page)
    office.refuse = set()
    assert desk.post(f"{HERE}/again", data={"state": "refused"}).status_code == 303
    deliver(database, settings, clock=clock)
    assert table(desk.page(HERE)) == {"Accepted by the mail server": "3"}


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


def test_the_words_of_a_ballot_are_its_own(desk, database, settings, office, clock):
    saved = desk.post(f"{HERE}/words", data=OUR_WORDS | {"do": "save"})
    assert saved.status_code == 303
    desk.post(HERE)
    deliver(database, settings, clock=clock)
    letter = office.letter_to("lee1@example.org")
    assert letter["Subject"] == "Vote: Pay offer 2026"
    assert text_of(letter).startswith("Hello Invented Member 1\n\nhttp://testserver/vote/")
    # Help, and why this address was used, stand in every message.
    assert "For help, contact" in text_of(letter)
    assert "Why we used this address" in html_of(letter)
    [changed] = [event for event in events_of(database) if event.action == "WordsChanged"]
    assert changed.details == {"purpose": "invitation", "language": "en"}


def test_a_preview_shows_what_a_member_would_read_and_saves_nothing(desk, database):
    page = check_page(desk.post(f"{HERE}/words", data=OUR_WORDS | {"do": "preview"}).text)
    assert "Hello Sam Sample" in words(page)
    assert "http://testserver/vote/0000-" in words(page)
    assert "Hello" not in desk.page(f"{HERE}/words").select_one("textarea").get_text()
    assert not [event for event in events_of(database) if event.action == "WordsChanged"]


def test_the_welsh_words_have_a_page_of_their_own(desk):
    page = desk.page(f"{HERE}/words?language=cy")
    assert "Annwyl {name}" in page.select_one("textarea").get_text()
    assert "Annwyl Siân Sampl" in words(page)
    assert page.select_one("[lang=cy]")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"body": "{link} {surname}"}, "#body", "There is no field {surname}"),
        ({"subject": "{Title}"}, "#subject", "There is no field {Title}"),
        ({"body": "No way to vote"}, "#body", "Put {link} where"),
        ({"subject": "{link}"}, "#subject", "Keep {link} out of the subject"),
        ({"body": "{link} and {"}, "#body", "A curly bracket stands alone"),
        ({"body": "{link} {name!r}"}, "#body", "There is no field {name!r}"),
        ({"subject": "Vote\r\nBcc: thief@example.org"}, "#subject", "Leave out line breaks"),
        ({"subject": " "}, "#subject", "Write something"),
        ({"body": "{link}" + "x" * 5000}, "#body", "Use at most 5,000 characters"),
    ],
)
def test_words_that_would_not_work_are_not_saved(desk, database, changes, field, sentence):
    answer = desk.post(f"{HERE}/words", data=OUR_WORDS | changes | {"do": "save"})
    assert answer.status_code == 422
    summary = check_page(answer.text).select(".govuk-error-summary a")
    assert (field, sentence) in [
        (link["href"], sentence) for link in summary if sentence in link.get_text()
    ]
    assert not [event for event in events_of(database) if event.action == "WordsChanged"]


def test_the_words_that_ship_could_be_saved_and_every_field_is_explained():
    for purpose in DEFAULTS:
        for shipped in DEFAULTS[purpose].values():
            assert faults_in(shipped) == []
    every = " ".join(f"{{{name}}}" for name in FIELDS)
    assert faults_in(Words("Vote", every)) == []


def test_a_test_goes_to_the_officer_with_a_link_that_opens_nothing(
    desk, database, settings, office, clock
):
    sent = desk.post(f"{HERE}/test", data={"address": "me@example.org", "language": "cy"})
    assert sent.status_code == 303
    deliver(database, settings, clock=clock)
    assert office.recipients == ["me@example.org"]
    [letter] = office.letters
    assert "Annwyl Siân Sampl" in text_of(letter)
    assert "http://testserver/vote/0000-0000-" in text_of(letter)
    assert table(desk.page(HERE)) == {}


def test_a_test_to_no_address_is_refused_beside_the_field(desk, office):
    answer = desk.post(f"{HERE}/test", data={"address": "a@example.org, b@example.org"})
    assert answer.status_code == 422
    assert check_page(answer.text).select_one("#address-error")


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
