"""The demonstration runs the worker beside its server, and mail is off unless somebody sets it."""

import time

from app.core.clock import system_clock
from app.demo import run
from app.notices.requests import ask
from app.notices.server import mail_server
from tests.support.ballots import add_members
from tests.support.mail import a_post_office, with_mail
from tests.support.one_database import ON_ONE_DATABASE


@ON_ONE_DATABASE
def test_a_request_is_answered_while_the_demonstration_runs(database, settings):
    add_members(database, 1, postcode="YO1 7HH")
    with a_post_office() as office, run._mail_worker(with_mail(settings, office)):
        with database.writing() as session:
            ask(
                session,
                "check",
                number="LEE0001",
                proof="yo1 7hh",
                origin="192.0.2.7",
                settings=settings,
                now=system_clock(),
            )
        give_up_at = time.monotonic() + 20
        while not office.accepted and time.monotonic() < give_up_at:
            time.sleep(0.05)
        assert office.recipients == ["lee1@example.org"]


def test_in_the_demonstration_mail_is_off_unless_a_server_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("MUSTER_SMTP_URL", raising=False)
    assert mail_server(run._settings(tmp_path, port=8000, secret_key="x" * 40)) is None
    monkeypatch.setenv("MUSTER_SMTP_URL", "smtp://127.0.0.1:1025")
    assert mail_server(run._settings(tmp_path, port=8000, secret_key="x" * 40)).port == 1025
