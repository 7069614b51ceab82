"""Headquarters changes the words of each message, looks at them, and has a test sent."""

from datetime import timedelta
from itertools import product

import pytest

from app.core.settings import Settings
from app.main import create_app
from app.notices.models import Purpose
from app.notices.words import LANGUAGES, Words
from app.notices.words_kinds import KINDS, MEANINGS, Way, faults_in
from tests.support.ballots import NOON, add_members, given_ballot
from tests.support.client import AppClient
from tests.support.desks import given_desk, words
from tests.support.extensions import REASON, extend
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import deliver, html_of, text_of, with_mail
from tests.support.one_database import ON_ONE_DATABASE, one_case_on_both
from tests.support.pages import check_page
from tests.support.pdf import Pdf
from tests.support.reminders import look, plan
from tests.support.staff import events_of, facts_of

HERE = "/hq/ballots/pay-2026/words"
MAILS = [key for key, kind in KINDS.items() if kind.way is Way.MAIL]
OUR_WORDS = {"language": "en", "subject": "Vote: {title}", "body": "Hello {name}\n\n{link}"}
# What a message of each kind cannot do without.
NEEDED = {key: " ".join(f"{{{name}}}" for name in kind.required) for key, kind in KINDS.items()}


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def desk(client, database):
    add_members(database, 1)
    frozen_ballot(database)
    return given_desk(client, database)


def changes(database):
    return [facts_of(event) for event in events_of(database) if event.action == "WordsChanged"]


def preview(page):
    return words(page.select_one("[aria-labelledby=preview]"))


@ON_ONE_DATABASE
def test_every_message_is_listed_with_who_gets_it(desk):
    page = desk.page(HERE)
    assert [card.h2.get_text() for card in page.select("main section")] == [
        kind.name for kind in KINDS.values()
    ]
    assert "Words that ship" in words(page.select_one("main section li"))
    for link in page.select("main section a"):
        assert desk.get(link["href"]).status_code == 200


@one_case_on_both(("key", "language"), list(product(KINDS, LANGUAGES)))
def test_the_words_of_a_message_are_changed_shown_and_given_up_again(desk, database, key, language):
    here = f"{HERE}/{key}"
    ours = {
        "language": language,
        "subject": "Ours {title}",
        "body": f"Ours of {NEEDED[key]}".strip(),
    }
    answer = desk.post(here, data=ours | {"do": "save"})
    assert answer.status_code == 303, answer.text
    page = desk.page(answer.headers["location"])
    assert "The words are saved" in words(page.main)
    assert page.textarea.get_text().strip() == ours["body"]
    assert "Ours of" in preview(page)
    assert "Changed by hq-officer on Saturday 21 November 2026" in words(page.main)
    other = desk.page(f"{here}?language={'en' if language == 'cy' else 'cy'}")
    assert "These are the words that ship." in words(other.main)
    desk.post(here, data=ours | {"do": "restore"})
    assert "Ours of" not in preview(desk.page(f"{here}?language={language}"))
    assert changes(database) == [{"purpose": key, "language": language}] * 2
    desk.post(here, data=ours | {"do": "restore"})
    assert len(changes(database)) == 2, "nothing was given up the second time"


@one_case_on_both("key", list(KINDS))
def test_a_field_that_a_message_does_not_have_is_never_saved(desk, database, key):
    typed = {"subject": "Ours", "body": f"{NEEDED[key]} {{surname}}", "do": "save"}
    answer = desk.post(f"{HERE}/{key}", data=typed)
    assert answer.status_code == 422
    [link] = check_page(answer.text).select(".govuk-error-summary a")
    assert link["href"] == "#body"
    assert "There is no field {surname} in this message. Its fields are: " in link.get_text()
    assert changes(database) == []


@one_case_on_both(
    ("key", "field"), [(key, name) for key, kind in KINDS.items() for name in kind.required]
)
def test_a_message_without_a_field_that_it_needs_is_not_saved(desk, database, key, field):
    others = " ".join(f"{{{name}}}" for name in KINDS[key].required if name != field)
    typed = {"subject": "Ours", "body": f"Ours {others}", "do": "save"}
    answer = desk.post(f"{HERE}/{key}", data=typed)
    assert answer.status_code == 422
    [link] = check_page(answer.text).select(".govuk-error-summary a")
    assert link.get_text() == KINDS[key].required[field]
    assert changes(database) == []


@one_case_on_both(
    ("changes_to", "field", "sentence"),
    [
        ({"subject": "{Title}"}, "#subject", "There is no field {Title}"),
        ({"subject": "{link}"}, "#subject", "Keep {link} out of the subject"),
        ({"body": "{link} and {"}, "#body", "A curly bracket stands alone"),
        ({"body": "{link} {name!r}"}, "#body", "There is no field {name!r}"),
        ({"subject": "Vote\r\nBcc: thief@example.org"}, "#subject", "Leave out line breaks"),
        ({"subject": " "}, "#subject", "Write something"),
        ({"body": "{link}" + "x" * 5000}, "#body", "Use at most 5,000 characters"),
    ],
)
def test_words_that_would_not_work_are_not_saved(desk, database, changes_to, field, sentence):
    answer = desk.post(f"{HERE}/invitation", data=OUR_WORDS | changes_to | {"do": "save"})
    assert answer.status_code == 422
    summary = check_page(answer.text).select(".govuk-error-summary a")
    assert (field, sentence) in [
        (link["href"], sentence) for link in summary if sentence in link.get_text()
    ]
    assert changes(database) == []


def test_the_words_that_ship_could_be_saved_and_every_field_is_explained():
    for kind in KINDS.values():
        for shipped in kind.shipped.values():
            assert faults_in(shipped, kind) == []
        every = " ".join(f"{{{name}}}" for name in kind.fields)
        assert faults_in(Words("Vote", every), kind) == []
        assert set(kind.fields) <= set(MEANINGS)


def test_no_subject_that_ships_holds_more_than_the_ballots_title():
    """So nothing in it can say how anybody should vote, unless headquarters wrote it."""
    for kind in KINDS.values():
        for shipped in kind.shipped.values():
            fields = {name for name in MEANINGS if f"{{{name}}}" in shipped.subject}
            assert fields <= {"title"}


@ON_ONE_DATABASE
def test_a_preview_shows_what_a_member_would_read_and_saves_nothing(desk, database):
    page = check_page(desk.post(f"{HERE}/invitation", data=OUR_WORDS | {"do": "preview"}).text)
    assert "Hello Sam Sample" in preview(page)
    assert "http://testserver/vote/0000-" in preview(page)
    assert "Why we used this address" in preview(page)
    assert "Hello" not in desk.page(f"{HERE}/invitation").textarea.get_text()
    assert changes(database) == []


@ON_ONE_DATABASE
def test_the_welsh_words_have_a_page_of_their_own(desk):
    page = desk.page(f"{HERE}/invitation?language=cy")
    assert "Annwyl {name}" in page.textarea.get_text()
    assert "Annwyl Siân Sampl" in preview(page)
    assert page.select_one("[lang=cy]")


def test_the_words_of_a_ballot_are_in_its_messages(desk, database, settings, office, clock):
    assert desk.post(f"{HERE}/invitation", data=OUR_WORDS | {"do": "save"}).status_code == 303
    invite(database, settings)
    deliver(database, settings, clock=clock)
    letter = office.letter_to("lee1@example.org")
    assert letter["Subject"] == "Vote: Pay offer 2026"
    assert text_of(letter).startswith("Hello Invented Member 1\n\nhttp://testserver/vote/")
    # Help, and why this address was used, stand in every message.
    assert "For help, or if you doubt" in text_of(letter)
    assert "Why we used this address" in html_of(letter)


@one_case_on_both("key", MAILS)
def test_a_test_of_each_mail_goes_to_the_officer_and_opens_nothing(
    desk, database, settings, office, clock, key
):
    desk.post(
        f"{HERE}/{key}",
        data={"language": "cy", "subject": "Ein {title}", "body": NEEDED[key], "do": "save"},
    )
    sent = desk.post(f"{HERE}/{key}/test", data={"address": "me@example.org", "language": "cy"})
    assert sent.status_code == 303
    deliver(database, settings, clock=clock)
    assert office.recipients == ["me@example.org"]
    [letter] = office.letters
    assert letter["Subject"] == "Ein Pay offer 2026"
    text = text_of(letter)
    voting = "link" in KINDS[key].fields
    assert ("http://testserver/vote/0000-0000-" in text) is voting
    assert "http://testserver/lost-link" in text
    assert "invitations" not in words(desk.page(HERE).main)


@ON_ONE_DATABASE
def test_a_test_to_no_address_is_refused_beside_the_field(desk, office):
    answer = desk.post(f"{HERE}/reminder/test", data={"address": "a@example.org, b@example.org"})
    assert answer.status_code == 422
    assert check_page(answer.text).select_one("#address-error")


@ON_ONE_DATABASE
@pytest.mark.parametrize("key", ["text", "letter"])
def test_what_does_not_leave_as_mail_is_not_sent_as_a_test(desk, key):
    answer = desk.post(f"{HERE}/{key}/test", data={"address": "me@example.org"})
    assert answer.status_code == 422
    assert not desk.page(f"{HERE}/{key}").select("#address")


@ON_ONE_DATABASE
def test_a_message_that_no_ballot_sends_has_no_page(desk):
    assert desk.get(f"{HERE}/own_check").status_code == 404
    assert desk.post(f"{HERE}/test", data=OUR_WORDS).status_code == 404


@ON_ONE_DATABASE
def test_the_length_of_a_text_is_shown_as_it_is_charged(desk):
    plain = desk.page(f"{HERE}/text")
    assert "characters: sent, and charged, as 1 text." in preview(plain)
    typed = {"body": "Pleidleisiwch yng Nghymru â’r ddolen ŵ: {link} " + "x" * 60}
    wide = check_page(desk.post(f"{HERE}/text", data=typed | {"do": "preview"}).text)
    assert "charged, as 3 texts. Because of â ŵ a text holds 70 characters" in preview(wide)


@ON_ONE_DATABASE
def test_a_letter_is_seen_as_the_page_that_it_will_be(desk, database):
    typed = {"language": "cy", "subject": "Ein {title}", "body": "Annwyl {name}, #panic()"}
    answer = desk.post(f"{HERE}/letter", data=typed | {"do": "page"})
    assert answer.headers["content-type"] == "application/pdf"
    [text] = Pdf(answer.content).texts
    assert "Ein Pay offer 2026" in text
    assert "Annwyl Siân Sampl, #panic()" in text
    assert "0000-0000-0000-0000-0000-0000-0000" in text
    assert changes(database) == []


@ON_ONE_DATABASE
def test_a_letter_that_fits_on_no_page_is_not_saved(desk, database):
    typed = {"subject": "Ours", "body": "line\n" * 400, "do": "save"}
    answer = desk.post(f"{HERE}/letter", data=typed)
    assert answer.status_code == 422
    [link] = check_page(answer.text).select(".govuk-error-summary a")
    assert link.get_text().startswith("The letter does not fit on one page.")
    assert changes(database) == []


def test_the_notice_of_a_later_close_shows_the_reason_that_officers_gave(
    desk, database, settings, clock
):
    assert "Why: the reason that officers give" in preview(desk.page(f"{HERE}/extension"))
    extend(database)
    assert f"Why: {REASON}" in preview(desk.page(f"{HERE}/extension"))


def test_without_a_mail_server_nothing_is_sent_as_a_test(database, settings, clock):
    off = Settings(**settings.model_dump() | {"smtp_url": None})
    with AppClient(create_app(off, clock=clock)) as client:
        add_members(database, 1)
        frozen_ballot(database)
        desk = given_desk(client, database)
        assert "Mail is off" in words(desk.page(f"{HERE}/reminder").main)
        answer = desk.post(f"{HERE}/reminder/test", data={"address": "me@example.org"})
        assert answer.status_code == 409


def test_the_words_of_a_message_are_read_for_its_own_ballot_only(
    desk, database, settings, office, clock
):
    desk.post(f"{HERE}/invitation", data=OUR_WORDS | {"do": "save"})
    frozen_ballot(database, slug="other", title="Other", now=NOON)
    invite(database, settings, slug="other")
    deliver(database, settings, clock=clock)
    assert office.letter_to("lee1@example.org")["Subject"] == "Other: your voting link"


def test_reminders_are_in_the_ballots_own_words(client, database, settings, office, clock):
    near = with_mail(settings, office, reminder_batch=10)
    add_members(database, 10)
    given_ballot(database, near)
    desk = given_desk(client, database)
    body = "Hello {name}, vote by {closes}.\n\n{lost_link}"
    desk.post(f"{HERE}/{Purpose.REMINDER}", data={"subject": "Ours", "body": body, "do": "save"})
    plan(database, near, at=NOON)
    look(database, near, clock=clock)
    clock.now += timedelta(minutes=30)
    deliver(database, near, clock=clock)
    assert {letter["Subject"] for letter in office.letters} == {"Ours"}
    assert "Hello Invented Member" in text_of(office.letters[0])
