"""Whom to write to about a weakness: said where the union has named somebody, and nowhere else."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from app.core.settings import Settings
from app.main import create_app
from tests.support.client import AppClient

PATH = "/.well-known/security.txt"
CONTACT = "mailto:security@example.org"
KEY = "0123456789abcdef0123456789abcdef"


def answer(settings, clock, **changed):
    app = create_app(settings.model_copy(update=changed), clock=clock)
    with AppClient(app) as client:
        return client.get(PATH)


def fields(said):
    return [tuple(line.split(": ", 1)) for line in said.text.splitlines()]


def test_without_a_contact_there_is_no_such_file(client):
    said = client.get(PATH)
    assert said.status_code == 404
    assert "Contact:" not in said.text


@pytest.mark.parametrize("contact", [CONTACT, "https://union.example.org/security?from=vote"])
def test_it_says_whom_to_write_to_and_in_which_languages(settings, clock, contact):
    said = answer(settings, clock, security_contact=contact, base_url="https://vote.example.org")
    assert said.status_code == 200
    assert said.headers["content-type"] == "text/plain; charset=utf-8"
    assert said.text.endswith("\n")
    named = dict(fields(said))
    assert len(named) == len(fields(said)) == 4
    assert named["Contact"] == contact
    assert named["Preferred-Languages"] == "en, cy"
    assert named["Canonical"] == "https://vote.example.org/.well-known/security.txt"


def test_it_holds_for_less_than_a_year_from_each_request(settings, clock):
    for _ in range(2):
        clock.now += timedelta(days=400)
        said = answer(settings, clock, security_contact=CONTACT)
        expires = datetime.fromisoformat(dict(fields(said))["Expires"])
        assert timedelta(days=30) < expires - clock.now < timedelta(days=365)


def test_an_address_without_tls_is_not_called_canonical(settings, clock):
    said = answer(settings, clock, security_contact=CONTACT, base_url="http://127.0.0.1:8000")
    assert "Canonical" not in dict(fields(said))


@pytest.mark.parametrize(
    "wrong",
    [
        "security@example.org",
        "mailto:security",
        "mailto:",
        "http://union.example.org/security",
        "https:///security",
        "https://union.example.org:port",
        "https://[",
        "tel:+44-191-498-0001",
        "mailto:security@example.org\nExpires: 2099-01-01T00:00:00Z",
        "https://union.example.org/a b",
        "https://undeb.example.org/diogelŵch",
    ],
)
def test_what_is_no_such_address_stops_the_start(wrong):
    with pytest.raises(ValidationError, match=r"mailto:security@example\.org"):
        Settings(secret_key=KEY, security_contact=wrong)


def test_an_empty_one_is_none():
    assert Settings(secret_key=KEY, security_contact="").security_contact is None
