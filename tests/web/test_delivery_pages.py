"""Which mail came back: headquarters sees every branch, a branch its own; what providers say."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.audit.service import COMMAND_LINE
from app.notices.bounce_reports import read_report
from app.notices.bounces import mark_all
from app.notices.in_hand import IN_HAND
from app.notices.models import OutboxMessage
from app.security.models import Role
from tests.support.ballots import NOON, add_members
from tests.support.bounces import message_id_to, report_of
from tests.support.desks import given_desk, words
from tests.support.drafts import given_draft
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import a_post_office, deliver, with_mail

FIRST = "lee1@example.org"
HERE = "/hq/ballots/pay-2026/delivery"
HOOK = "/api/v1/mail/bounces"
SECRET = "s" * 40


@pytest.fixture
def settings(settings):
    with a_post_office() as office:
        yield with_mail(settings, office)


@pytest.fixture
def invited(database, settings, clock):
    clock.now = NOON
    add_members(database, 3)
    add_members(database, 1, branch="Hull", email="")
    frozen_ballot(database)
    invite(database, settings)
    deliver(database, settings, clock=clock)


@pytest.fixture
def came_back(database, invited):
    del invited
    heard = read_report(report_of(message_id_to(database, FIRST)))
    mark_all(database, [heard], actor=COMMAND_LINE, now=NOON)


@pytest.mark.usefixtures("came_back")
def test_headquarters_sees_every_branch(client, database):
    page = given_desk(client, database).page(HERE)
    branches, codes = page.select("main table")
    assert [words(row) for row in branches.select("tbody tr")] == [
        "Hull 1 0 0 1 0 100.00 %",
        "Leeds 3 2 1 0 1 33.33 %",
    ]
    assert [words(row) for row in codes.select("tbody tr")] == [
        "members were ever given a code 3",
        "invitations were queued, each with a code 3",
        "codes ended because their message came back 1",
    ]
    assert "2 members have no working e-mail address, of 4 entitled" in words(page.main)


@pytest.mark.usefixtures("came_back")
def test_a_branch_sees_its_own_and_no_other(client, database):
    rep = given_desk(client, database, name="leeds-rep", role=Role.BRANCH, branch="Leeds")
    page = rep.page("/branch/pay-2026/delivery")
    assert "1 member in this branch has no working e-mail address" in words(page.main)
    assert FIRST in words(page.select_one("tbody"))
    assert rep.get("/branch/pay-2026/delivery?branch=Hull").status_code == 404
    assert rep.get(HERE).status_code == 403


@pytest.mark.usefixtures("came_back")
def test_the_page_of_a_draft_says_whose_mail_came_back_before(client, database):
    given_draft(database, slug="next", title="Next")
    page = given_desk(client, database).page("/hq/ballots/next")
    assert "Mail to the address of 1 member came back before" in words(page.main)


@pytest.fixture
def with_secret(client):
    app = client.app
    app.state.settings = type(app.state.settings)(
        **app.state.settings.model_dump() | {"bounce_secret": SECRET}
    )
    return client


def report(message_id, **more):
    return {"bounces": [{"message_id": message_id, "recipient": FIRST, "kind": "hard"} | more]}


@pytest.mark.usefixtures("invited")
def test_a_provider_that_knows_the_secret_is_believed(with_secret, database):
    bare = message_id_to(database, FIRST).strip("<>")
    answer = with_secret.post(HOOK, token=SECRET, json=report(bare))
    assert answer.status_code == 200
    assert answer.json() == {"known": 1, "unknown": 0}
    again = with_secret.post(HOOK, token=SECRET, json=report(bare))
    assert again.json() == answer.json()
    other = with_secret.post(HOOK, token=SECRET, json=report("else@example.org"))
    assert other.json() == {"known": 0, "unknown": 1}


def test_a_stranger_is_not(with_secret):
    for token in ("x" * 40, "", "0"):
        answer = with_secret.post(HOOK, token=token, json=report("a@b"))
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_bounce_secret")


def test_without_a_secret_no_report_is_taken(client):
    answer = client.post(HOOK, token=SECRET, json=report("a@b"))
    assert (answer.status_code, answer.json()["code"]) == (409, "bounce_reports_off")


@pytest.mark.parametrize(
    "sent", [[], {}, {"bounces": [{}]}, report("a", kind="maybe"), report("a", status="9.1.1")]
)
def test_what_is_no_report_is_refused(with_secret, sent):
    assert with_secret.post(HOOK, token=SECRET, json=sent).status_code == 422


@pytest.mark.usefixtures("invited")
def test_a_worker_that_was_not_seen_for_a_minute_is_named(client, database, clock):
    desk = given_desk(client, database)
    said = "The worker that sends mail was last seen on Saturday 21 November 2026"
    clock.now += timedelta(seconds=60)
    assert said not in words(desk.page(HERE).main)
    clock.now += timedelta(seconds=1)
    assert said in words(desk.page(HERE).main)


@pytest.mark.usefixtures("invited")
def test_a_worker_that_waits_for_a_slow_server_is_seen_by_what_it_has_in_hand(
    client, database, clock
):
    desk = given_desk(client, database)
    clock.now += timedelta(hours=1)
    with database.writing() as session:
        [message, *_] = session.exec(select(OutboxMessage)).all()
        message.state, message.claimed_until = "sending", clock.now + IN_HAND
        session.add(message)
    assert "was last seen" not in words(desk.page(HERE).main)


def test_a_worker_that_never_ran_is_named(client, database, settings):
    add_members(database, 1)
    frozen_ballot(database)
    assert "No worker that sends mail was ever seen" in words(
        given_desk(client, database).page(HERE).main
    )


def test_before_anything_was_sent_the_page_says_that_and_not_only_noughts(client, database):
    add_members(database, 3)
    frozen_ballot(database)
    page = given_desk(client, database).page(HERE)
    assert "Muster has sent no message for this ballot so far." in words(page.main)


@pytest.mark.usefixtures("invited")
def test_once_something_was_sent_nothing_is_said_of_no_message(client, database):
    page = given_desk(client, database).page(HERE)
    assert "has sent no message" not in words(page.main)
