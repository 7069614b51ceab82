"""Where an officer is signed in: listed with what they know again, and ended one by one or all."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.core.database import Database
from app.main import create_app
from app.security.models import StaffSession
from app.security.sessions import SEEN_TO, browser_named, end_sessions, note_seen, sessions_of
from tests.support.client import AppClient
from tests.support.desks import Desk, words
from tests.support.factors import given_visit, visit_of
from tests.support.staff import ADDRESS, NOON, PASSWORD, events_of, given_account, signed_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/17.5 Safari/605.1.15"
            ),
            "Safari on Mac",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1"
            ),
            "Chrome on iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
            ),
            "Edge on Windows",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/126.0 Mobile Safari/537.36"
            ),
            "Chrome on Android",
        ),
        ("", "A browser"),
        ("\x00<script>", "A browser"),
    ],
)
def test_a_browser_is_named_in_a_few_words(said, named):
    assert browser_named(said) == named


def test_the_account_page_lists_where_one_is_signed_in(client, database):
    given_account(database, "anna")
    here = Desk(client, "anna")
    client.post(
        "/sign-in",
        data={"name": "anna", "password": PASSWORD},
        headers={"User-Agent": FIREFOX},
    )
    client.forget_cookies()
    text = words(here.page("/staff/account").main)
    assert "Firefox on Windows" in text
    assert "This browser" in text
    assert "From 127.0.0.1" in text


def test_one_browser_is_signed_out_and_the_others_stay(client, database):
    given_account(database, "anna")
    here, there, third = (Desk(client, "anna") for _ in range(3))
    forms = [
        form["action"]
        for form in here.page("/staff/account").select("form[action^='/staff/account/sessions/']")
    ]
    assert len(forms) == 3  # each of the others, and all of them
    assert here.post(forms[0]).status_code == 303
    alive = [desk.get("/staff").status_code == 200 for desk in (here, there, third)]
    assert alive[0]
    assert sorted(alive[1:]) == [False, True]
    assert here.post("/staff/account/sessions/end").status_code == 303
    assert [desk.get("/staff").status_code for desk in (here, there, third)] == [200, 303, 303]
    ended = [event for event in events_of(database) if event.action == "SessionsEnded"]
    assert [event.details["sessions"] for event in ended] == [1, 1]


def test_nobody_ends_anothers_session(client, database):
    given_account(database, "anna")
    given_account(database, "bea")
    anna, bea = Desk(client, "anna"), Desk(client, "bea")
    other = Desk(client, "bea")
    [one, _] = [
        form["action"]
        for form in bea.page("/staff/account").select("form[action^='/staff/account/sessions/']")
    ]
    assert anna.post(one).status_code == 303
    assert other.get("/staff").status_code == 200
    assert anna.post("/staff/account/sessions/not-one/end").status_code == 422


def test_a_session_that_asks_for_nothing_ends_before_its_time(database, settings):
    settings = settings.model_copy(update={"session_idle": timedelta(hours=4)})
    given_account(database)
    secret, _ = signed_in(database, settings)
    idle = NOON + timedelta(hours=4)
    assert visit_of(database, settings, secret, now=idle - timedelta(seconds=1))
    assert visit_of(database, settings, secret, now=idle) is None


def test_one_that_is_used_lives_as_long_as_the_setting_says(database, settings, clock):
    settings = settings.model_copy(update={"session_idle": timedelta(hours=4)})
    given_account(database)
    clock.now = NOON
    with AppClient(create_app(settings, clock=clock)) as client:
        desk = Desk(client, "anna")
        for _ in range(3):
            clock.now += timedelta(hours=3)
            assert desk.get("/staff").status_code == 200
            client.app.state.database.background.finish()
        clock.now += timedelta(hours=3)
        assert desk.get("/staff").status_code == 303, "twelve hours are over"


def test_it_is_noted_once_in_a_few_minutes(database, settings):
    given_account(database)
    visit = given_visit(database, settings)
    for after, seen_at in (
        (SEEN_TO - timedelta(seconds=1), NOON),
        (SEEN_TO, NOON + SEEN_TO),
    ):
        process = Database(settings.database_url)
        note_seen(process, visit, now=NOON + after)
        process.dispose()
        with database.reading() as session:
            assert session.exec(select(StaffSession.seen_at)).one() == seen_at


def test_only_sessions_that_open_something_are_listed(database, settings):
    given_account(database)
    mine = given_visit(database, settings)
    signed_in(database, settings, now=NOON - timedelta(hours=13))
    strict = settings.model_copy(update={"second_factor": "required"})
    signed_in(database, strict)  # its second factor is outstanding
    with database.reading() as session:
        [only] = sessions_of(session, mine, settings=settings, now=NOON)
    assert (only.is_this, only.address, only.seen_at) == (True, ADDRESS, NOON)
    with database.writing() as session:
        assert end_sessions(session, mine, now=NOON) == 2, "those that open nothing yet end too"


def test_a_new_password_signs_out_everywhere(client, database):
    given_account(database, "anna")
    here, there = Desk(client, "anna"), Desk(client, "anna")
    weak = here.post("/staff/account/password", data={"password": "short"})
    assert weak.status_code == 422
    changed = here.post("/staff/account/password", data={"password": "another long password"})
    assert changed.headers["location"] == "/sign-in"
    assert [desk.get("/staff").status_code for desk in (here, there)] == [303, 303]
    assert Desk(client, "anna", password="another long password").get("/staff").status_code == 200
