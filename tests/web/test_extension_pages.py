"""A later close on every page, in every process and calendar, before the old one has come."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from app.main import create_app
from app.notices.worker import SEEN_EVERY
from app.security.models import Role
from tests.support.ballots import NOON, add_members, given_ballot, given_token
from tests.support.changes import SLUG, ballot_row
from tests.support.client import AppClient
from tests.support.extensions import CLOSE, LATER, REASON, extend, propose_later
from tests.support.mail import deliver, text_of, with_mail
from tests.support.pages import parsed

PAGE = f"/hq/ballots/{SLUG}/close"
VOTES = f"/api/v1/ballots/{SLUG}/votes"
ICS = f"/api/v1/ballots/{SLUG}/timetable.ics"
REJECT = {"answers": {"offer": "reject"}}
TYPED = {"closes_day": "2026-11-30", "closes_time": "12:00", "reason": REASON}


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


@pytest.fixture
def officers(database, settings):
    return [
        given_token(database, settings, name=name, role=Role.HQ)
        for name in ("hq-officer", "second-officer")
    ]


def text_on(client, path, **more):
    page = parsed(client.get(path, **more).text)
    return " ".join(page.get_text(" ").split())


def sequences(client):
    feed = Calendar.from_ical(client.get(ICS).content)
    return {
        str(event["uid"]).partition("@")[0].removeprefix(f"{SLUG}-"): (
            int(event["sequence"]),
            event["dtstart"].dt,
        )
        for event in feed.walk("VEVENT")
    }


def test_the_form_begins_with_the_close_that_is_set(client, ballot, officers):
    page = parsed(client.get(PAGE, token=officers[0]).text)
    found = [page.select_one(f"#closes_{part}")["value"] for part in ("day", "time")]
    assert found == [f"{NOON + timedelta(days=7):%Y-%m-%d}", f"{NOON:%H:%M}"]


def test_two_officers_extend_by_page_and_everybody_reads_why(client, database, ballot, officers):
    first, second = officers
    assert client.post(PAGE, token=first, data=TYPED).status_code == 303
    assert "somebody else at headquarters decides" in text_on(client, PAGE, token=first)
    assert "extended" not in text_on(client, f"/ballots/{SLUG}")
    assert client.post(f"{PAGE}/1/approve", token=first).status_code == 403
    assert client.post(f"{PAGE}/1/approve", token=second).status_code == 303
    assert ballot_row(database).closes_at == LATER
    said = text_on(client, f"/ballots/{SLUG}")
    assert "Voting was extended" in said
    assert "Voting closes on Monday 30 November 2026 at " in said
    assert f"Why: {REASON}" in said
    [extension] = client.get(f"/api/v1/ballots/{SLUG}").json()["extensions"]
    assert (extension["reason"], extension["old_close"]) == (REASON, "2026-11-28T12:00:00Z")


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"closes_day": "2026-11-28"}, "closes_day", "never shortened"),
        ({"closes_day": "2027-11-30"}, "closes_day", "cannot be taken back"),
        ({"closes_day": ""}, "closes_day", "Enter a day"),
        ({"reason": " "}, "reason", "Everybody reads it"),
        ({"reason": "x" * 501}, "reason", "500 characters"),
    ],
)
def test_what_cannot_be_proposed_stands_beside_what_was_typed(
    client, ballot, officers, typed, field, words
):
    answer = client.post(PAGE, token=officers[0], data=TYPED | typed)
    assert answer.status_code == 422
    page = parsed(answer.text)
    assert words in page.select_one(f"#{field.removesuffix('_day')}-error, #{field}-error").text


def test_a_proposal_is_withdrawn_by_page(client, database, ballot, officers):
    propose_later(database)
    assert client.post(f"{PAGE}/1/refuse", token=officers[0]).status_code == 303
    assert "Withdrawn by hq-officer" in text_on(client, PAGE, token=officers[0])
    assert ballot_row(database).closes_at == CLOSE


def test_a_process_that_has_served_the_ballot_takes_votes_after_the_old_close(
    client, database, settings, ballot, clock
):
    """Two applications on one database: what either holds in memory does not know the close."""
    codes = list(ballot.codes.values())
    with AppClient(create_app(settings, clock=clock)) as other:
        assert client.post(VOTES, token=codes[0], json=REJECT).status_code == 201
        assert other.post(VOTES, token=codes[1], json=REJECT).status_code == 201
        extend(database, now=CLOSE - timedelta(minutes=2))
        clock.now = CLOSE
        assert other.post(VOTES, token=codes[2], json=REJECT).status_code == 201
        assert other.get(f"/vote/{codes[1]}").status_code == 409
        clock.now = LATER
        late = client.post(VOTES, token=codes[2], json=REJECT)
        assert late.status_code == 410


def test_nothing_is_counted_or_shown_as_closed_before_the_new_close(
    client, database, ballot, clock, officers
):
    extend(database)
    clock.now = CLOSE + timedelta(hours=1)
    assert client.get(f"/api/v1/ballots/{SLUG}").json()["state"] == "open"
    refused = client.get(f"/api/v1/ballots/{SLUG}/result", token=officers[0])
    assert refused.json()["code"] == "ballot_not_closed"
    assert client.get(f"/hq/ballots/{SLUG}/turnout", token=officers[0]).status_code == 200
    assert ballot_row(database).sealed_at is None
    clock.now = LATER + timedelta(minutes=1)
    assert client.get(f"/api/v1/ballots/{SLUG}").json()["state"] == "closed"


def test_calendars_are_told_that_the_dates_after_the_close_moved(client, database, ballot, clock):
    before = sequences(client)
    clock.now += timedelta(hours=1)
    extend(database)
    after = sequences(client)
    assert before["closes"] == (0, CLOSE)
    assert after["closes"] == (1, LATER)
    assert after["count-from"][0] == 1
    assert after["opens"] == before["opens"]
    page = text_on(client, f"/ballots/{SLUG}/timetable")
    assert f"It was to be 28 November 2026 at 12:00, and was moved: {REASON}." in page


def test_the_notice_goes_to_those_who_have_not_voted_once_an_officer_says_so(
    client, database, settings, ballot, clock, officers, office
):
    numbers = list(ballot.codes)
    extend(database)
    deliver(database, settings, clock=clock)
    assert office.accepted == []
    assert REASON in text_on(client, PAGE, token=officers[0])
    assert client.post(VOTES, token=ballot.codes[numbers[0]], json=REJECT).status_code == 201
    assert client.post(f"{PAGE}/1/notice", token=officers[0]).status_code == 303
    assert client.post(f"{PAGE}/1/notice", token=officers[0]).status_code == 409
    clock.now += SEEN_EVERY
    deliver(database, settings, clock=clock)
    # Between queueing and sending another one votes.
    assert client.post(VOTES, token=ballot.codes[numbers[1]], json=REJECT).status_code == 201
    clock.now += timedelta(minutes=6)
    deliver(database, settings, clock=clock)
    assert office.recipients == [f"lee{int(numbers[2][3:])}@example.org"]
    [letter] = office.letters
    assert letter["Subject"] == "Pay offer 2026: voting closes later"
    assert f"Why: {REASON}" in text_of(letter)
    assert "Voting closes: Monday 30 November 2026 at midday" in text_of(letter)
    # The code that they have still works: a notice makes none.
    assert client.post(VOTES, token=ballot.codes[numbers[2]], json=REJECT).status_code == 201


def test_without_an_extension_there_is_no_notice_to_send(client, database, ballot, officers):
    propose_later(database)
    assert client.post(f"{PAGE}/1/notice", token=officers[1]).status_code == 404
