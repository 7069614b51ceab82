"""`muster mail`: what an operator learns about the server and the outbox."""

import pytest

from app.core.clock import system_clock
from tests.support.ballots import add_members
from tests.support.invitations import frozen_ballot, invite
from tests.support.mail import PASSWORD, a_post_office, deliver, with_mail
from tests.support.ports import free_port


@pytest.fixture
def office():
    with a_post_office(password=PASSWORD) as office:
        yield office


@pytest.fixture
def settings(settings, office):
    return with_mail(settings, office)


def guarded(office, password):
    return office.url.replace("//", f"//union:{password}@")


def test_a_server_that_takes_our_mail_is_said_to(muster, office):
    status, out, _ = muster("mail", "check", smtp_url=guarded(office, PASSWORD))
    assert status == 0
    assert out.endswith("signed us in as union and takes mail from ballots@testserver.\n")
    assert PASSWORD not in out
    assert office.accepted == []


def test_a_wrong_password_is_told_in_the_servers_words_and_not_shown(muster, office):
    status, _, err = muster("mail", "check", smtp_url=guarded(office, "wrong-hunter2"))
    assert status == 1
    assert "535" in err
    assert "Authentication credentials invalid" in err
    assert "Check MUSTER_SMTP_URL." in err
    assert "hunter2" not in err


def test_a_sender_that_is_not_ours_is_told_in_the_servers_words(muster, office):
    office.refuse_sender = True
    status, _, err = muster("mail", "check")
    assert status == 1
    assert "550 5.7.1 Sender address rejected: not owned by you" in err


@pytest.mark.parametrize("kind", ["nobody listens", "no such name", "no TLS there"])
def test_a_server_that_cannot_be_reached_is_named(muster, office, kind):
    url = {
        "nobody listens": f"smtp://127.0.0.1:{free_port()}",
        "no such name": "smtp://mail.invalid",
        "no TLS there": office.url.replace("smtp://", "smtps://"),
    }[kind]
    status, _, err = muster("mail", "check", smtp_url=url)
    assert status == 1
    assert " said: " in err
    assert "Traceback" not in err


def test_without_a_server_it_says_that_mail_is_off(muster):
    status, _, err = muster("mail", "check", smtp_url="")
    assert status == 1
    assert "Mail is off" in err


def test_the_outbox_is_counted_and_paused_and_resumed(muster, database, settings):
    now = system_clock()
    add_members(database, 3)
    frozen_ballot(database, now=now)
    invite(database, settings, now=now)
    status, out, _ = muster("mail", "status")
    assert status == 0
    assert "No worker is running" in out
    assert "           3  waiting\n" in out
    assert "Mail is paused" in muster("mail", "pause")[1]
    deliver(database, settings, clock=system_clock)
    assert "Mail was paused by command line at " in muster("mail", "status")[1]
    muster("mail", "resume")
    deliver(database, settings, clock=system_clock)
    _, out, _ = muster("mail", "status", "pay-2026")
    assert out.startswith("Mail is on, and a worker is running.\n")
    assert "           3  accepted by the mail server, or not needed any more\n" in out
    assert "           3  invitations were queued, each with a code\n" in out
    assert "           0  new links were asked for by officers\n" in out


def test_the_worker_ends_when_nothing_is_due_if_asked_to(muster):
    assert muster("worker", "--until-idle")[0] == 0
