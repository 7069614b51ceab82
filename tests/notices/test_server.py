"""The mail server and the sender of the settings, and what is wrong with them."""

import pytest

from app.core.settings import Settings, WrongSetting, read_settings
from app.notices.server import mail_server, our_domain, sender_of

KEY = "0123456789abcdef0123456789abcdef"


def given(**settings):
    return Settings(secret_key=KEY, **settings)


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "starttls"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, False, None),
        ("smtp://anna:x@mail.example.org", "mail.example.org", 587, False, True),
        (
            "smtp://anna:x@mail.example.org:2525?starttls=never",
            "mail.example.org",
            2525,
            False,
            False,
        ),
        ("smtp://mail.example.org?starttls=always", "mail.example.org", 25, False, True),
        ("smtp://anna:x@127.0.0.1:1025", "127.0.0.1", 1025, False, None),
        ("smtp://anna:x@[::1]:1025", "::1", 1025, False, None),
        ("smtps://anna:x@mail.example.org", "mail.example.org", 465, True, False),
    ],
)
def test_the_address_of_the_server_says_how_it_is_reached(url, host, port, tls, starttls):
    server = mail_server(given(smtp_url=url))
    assert (server.host, server.port, server.tls, server.starttls) == (host, port, tls, starttls)


def test_a_user_and_a_password_may_hold_anything():
    server = mail_server(given(smtp_url="smtp://anna%40example.org:p%3A%2F%40ss@mail.example.org"))
    assert (server.user, server.password) == ("anna@example.org", "p:/@ss")
    assert "p:/@ss" not in repr(server)


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_address_means_that_mail_is_off(nothing):
    assert mail_server(given(smtp_url=nothing)) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MUSTER_SMTP_URL", "mail.hunter2.example"),
        ("MUSTER_SMTP_URL", "http://hunter2.example"),
        ("MUSTER_SMTP_URL", "smtp://"),
        ("MUSTER_SMTP_URL", "smtp://anna:x@mail.example.org:hunter2"),
        ("MUSTER_SMTP_URL", "smtp://mail.example.org?starttls=hunter2"),
        ("MUSTER_MAIL_FROM", "hunter2"),
        ("MUSTER_MAIL_FROM", "a@example.org, hunter2@example.org"),
        ("MUSTER_MAIL_FROM", "Union\r\nBcc: hunter2@example.org <a@example.org>"),
        ("MUSTER_UNION_NAME", "Union\nhunter2"),
        ("MUSTER_MAIL_RATE", "-1"),
        ("MUSTER_MAIL_CONNECTIONS", "0"),
    ],
)
def test_what_is_wrong_is_named_and_not_shown(monkeypatch, name, value):
    monkeypatch.setenv("MUSTER_SECRET_KEY", KEY)
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting) as wrong:
        read_settings()
    assert str(wrong.value).startswith(f"{name} is wrong: ")
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize(
    ("settings", "sender"),
    [
        ({"mail_from": "Union ballots <b@example.org>"}, "Union ballots <b@example.org>"),
        ({"mail_from": "b@example.org", "union_name": "Our Union"}, "Our Union <b@example.org>"),
        ({"smtp_url": "smtp://anna%40example.org:x@mail.example.org"}, "anna@example.org"),
        ({"base_url": "https://vote.example.org"}, "ballots@vote.example.org"),
        ({"base_url": "http://127.0.0.1:8000"}, "ballots@localhost"),
    ],
)
def test_mail_is_from_whom_the_settings_say(settings, sender):
    assert str(sender_of(given(**settings))) == sender


def test_our_domain_is_the_one_that_members_see():
    assert our_domain(given(base_url="https://vote.example.org:8443")) == "vote.example.org"
