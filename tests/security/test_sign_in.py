"""Signing in: failures are throttled by address and by name, success costs nothing."""

import time
from datetime import timedelta

import pytest
from sqlmodel import select

from app.audit.service import COMMAND_LINE
from app.core.database import Database
from app.core.errors import TooMany
from app.security import sign_in as sign_in_module
from app.security.models import Role, StaffSession
from app.security.passwords import password_is_right
from app.security.service import change_password, disable_account
from app.security.sign_in import WIDE, WrongPassword
from tests.support.factors import add_app
from tests.support.staff import ADDRESS, NOON, PASSWORD, events_of, given_account, signed_in

ALLOWED = 3


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"failures_allowed": ALLOWED})


def fail(database, settings, name="anna", *, times=ALLOWED, origin=ADDRESS, now=NOON):
    for _ in range(times):
        with pytest.raises(WrongPassword):
            signed_in(database, settings, name, password="a wrong one", origin=origin, now=now)


def test_the_right_password_signs_in_and_says_who_it_is(database, settings):
    given_account(database, "bo", role=Role.BRANCH, branch="Leeds")
    secret, staff = signed_in(database, settings, "bo")
    assert len(secret) >= 43  # 256 bits in base 64
    assert (staff.name, staff.role, staff.branch, staff.origin) == (
        "bo",
        Role.BRANCH,
        "Leeds",
        ADDRESS,
    )
    assert [event.action for event in events_of(database)] == ["StaffAdded", "StaffSignedIn"]
    assert events_of(database)[-1].origin == ADDRESS


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("anna", "correct horse batterx", id="wrong password"),
        pytest.param("anna", "", id="no password"),
        pytest.param("nobody", PASSWORD, id="unknown name"),
        pytest.param("ANNA", PASSWORD, id="a name is exact"),
        pytest.param("an\0na", PASSWORD, id="a name that cannot be"),
        pytest.param("\ud800", PASSWORD, id="a name that is no text"),
    ],
)
def test_what_does_not_match_is_refused_in_the_same_words(database, settings, name, password):
    given_account(database, "anna")
    with pytest.raises(WrongPassword) as refusal:
        signed_in(database, settings, name, password=password)
    assert refusal.value.detail == WrongPassword.message
    assert [event.action for event in events_of(database)] == ["StaffAdded"]


def test_a_closed_account_does_not_sign_in(database, settings):
    given_account(database)
    with database.writing() as session:
        disable_account(session, "anna", actor=COMMAND_LINE, now=NOON)
    with pytest.raises(WrongPassword):
        signed_in(database, settings)


def test_an_account_closed_while_its_password_is_checked_does_not_sign_in(
    database, settings, monkeypatch
):
    given_account(database)

    def closed_meanwhile(stored, *, password):
        with database.writing() as session:
            disable_account(session, "anna", actor=COMMAND_LINE, now=NOON)
        return password_is_right(stored, password=password)

    monkeypatch.setattr(sign_in_module, "password_is_right", closed_meanwhile)
    with pytest.raises(WrongPassword):
        signed_in(database, settings)


def test_a_password_changed_while_it_is_checked_signs_nobody_in(database, settings, monkeypatch):
    given_account(database)

    def changed_meanwhile(stored, *, password):
        with database.writing() as session:
            change_password(session, "anna", password="x" * 12, actor=COMMAND_LINE, now=NOON)
        return password_is_right(stored, password=password)

    monkeypatch.setattr(sign_in_module, "password_is_right", changed_meanwhile)
    with pytest.raises(WrongPassword):
        signed_in(database, settings)
    with database.reading() as session:
        assert session.exec(select(StaffSession)).all() == []


def test_too_many_failures_from_an_address_stop_it_for_every_name(database, settings):
    given_account(database)
    for n in range(WIDE * ALLOWED):
        fail(database, settings, f"nobody {n}", times=1)
    with pytest.raises(TooMany):
        signed_in(database, settings, "anna")
    assert signed_in(database, settings, "anna", origin="192.0.2.8")


def test_too_many_failures_for_a_name_stop_it_from_every_address(database, settings):
    given_account(database, "anna")
    given_account(database, "bea")
    for host in range(WIDE * ALLOWED):
        fail(database, settings, "anna", times=1, origin=f"198.51.100.{host}")
    with pytest.raises(TooMany):
        signed_in(database, settings, "anna", origin="192.0.2.8")
    assert signed_in(database, settings, "bea", origin="192.0.2.8")


def test_guesses_from_everywhere_keep_no_officer_out_where_they_lately_signed_in(
    database, settings
):
    given_account(database, "anna")
    assert signed_in(database, settings, "anna", origin="2001:db8::7")
    day = NOON + timedelta(days=1)
    for host in range(WIDE * ALLOWED):
        fail(database, settings, "anna", times=1, origin=f"198.51.100.{host}", now=day)
    with pytest.raises(TooMany):
        signed_in(database, settings, "anna", now=day)
    # The same network, as another of its addresses.
    assert signed_in(database, settings, "anna", origin="2001:db8::8", now=day)
    fail(database, settings, "anna", origin="2001:db8::8", now=day)
    with pytest.raises(TooMany):
        signed_in(database, settings, "anna", origin="2001:db8::8", now=day)


def test_a_password_alone_makes_no_place_one_of_an_officers(database, settings):
    given_account(database, "anna")
    add_app(database, settings, "anna")
    assert signed_in(database, settings, "anna", origin=ADDRESS)
    for host in range(WIDE * ALLOWED):
        fail(database, settings, "anna", times=1, origin=f"198.51.100.{host}")
    with pytest.raises(TooMany):
        signed_in(database, settings, "anna", origin=ADDRESS)


def test_a_name_that_looks_like_an_address_does_not_stop_that_address(database, settings):
    given_account(database)
    for host in range(ALLOWED):
        fail(database, settings, ADDRESS, times=1, origin=f"198.51.100.{host}")
    assert signed_in(database, settings, origin=ADDRESS)


def test_the_password_is_not_even_looked_at_where_there_were_too_many_failures(
    database, settings, monkeypatch
):
    given_account(database)
    fail(database, settings)
    looked_at = []

    def look(stored, *, password):
        looked_at.append(stored)
        return password_is_right(stored, password=password)

    monkeypatch.setattr(sign_in_module, "password_is_right", look)
    with pytest.raises(TooMany):
        signed_in(database, settings)
    assert looked_at == []


def test_a_refusal_does_not_undo_the_count_and_every_process_sees_it(database, settings):
    given_account(database)
    fail(database, settings)
    another_process = Database(settings.database_url)
    with pytest.raises(TooMany):
        signed_in(another_process, settings)
    another_process.dispose()


def test_it_may_be_tried_again_when_the_window_is_over(database, settings):
    given_account(database)
    fail(database, settings)
    over = NOON + settings.failures_window
    with pytest.raises(TooMany) as refusal:
        signed_in(database, settings, now=over - timedelta(seconds=1))
    assert refusal.value.retry_after == 1
    assert signed_in(database, settings, now=over)


def test_a_whole_office_behind_one_address_signs_in_within_the_minute(database, settings):
    names = [f"officer {number}" for number in range(ALLOWED + 2)]
    for name in names:
        given_account(database, name)
    fail(database, settings, "somebody else", times=ALLOWED - 1)
    assert [signed_in(database, settings, name)[1].name for name in names] == names


def test_success_forgets_the_failures_of_that_name_at_that_address(database, settings):
    given_account(database)
    for _ in range(3):
        fail(database, settings, times=ALLOWED - 1)
        assert signed_in(database, settings)


def test_a_stranger_who_guesses_a_name_keeps_nobody_out(database, settings):
    given_account(database, "anna")
    fail(database, settings, "anna", origin="198.51.100.66")
    with pytest.raises(TooMany):
        signed_in(database, settings, "anna", origin="198.51.100.66")
    assert signed_in(database, settings, "anna", origin="192.0.2.8")


def test_a_clumsy_colleague_keeps_no_other_name_out(database, settings):
    given_account(database, "anna")
    given_account(database, "bea")
    fail(database, settings, "anna")
    with pytest.raises(TooMany):
        signed_in(database, settings, "anna")
    assert signed_in(database, settings, "bea")


def test_nobody_waits_for_a_password_to_be_checked(database, settings, monkeypatch):
    given_account(database, "anna")

    def somebody_else_writes(stored, *, password):
        another_process = Database(settings.database_url)
        given_account(another_process, "bea")
        another_process.dispose()
        return password_is_right(stored, password=password)

    monkeypatch.setattr(sign_in_module, "password_is_right", somebody_else_writes)
    started = time.monotonic()
    assert signed_in(database, settings)
    assert time.monotonic() - started < 5  # a lock would be waited for 10 s, and then in vain
